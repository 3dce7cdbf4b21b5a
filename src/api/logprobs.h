// Log-probabilities in the form that OpenAI's and Ollama's interfaces share. Knows nothing of how they are computed.
#pragma once

#include <span>
#include <string>

#include "api/fields.h"
#include "sotto/token_logprobs.h"

namespace sotto::api {

// Reads "logprobs", a flag, and "top_logprobs", how many alternatives; gives Request::n_top_logprobs.
int read_logprobs(Fields& fields);

// [{"token", "logprob", "bytes", "top_logprobs": […]}]: a token that is no whole characters has U+FFFD in its text.
Json logprobs_json(std::span<const ChosenToken> tokens);

// JSON has no infinity: what is impossible has this logarithm, as with OpenAI.
double finite_logprob(float logprob);

}  // namespace sotto::api
