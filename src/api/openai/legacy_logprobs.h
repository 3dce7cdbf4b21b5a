// Log-probabilities as /v1/completions has them: lists side by side, one entry a token.
#pragma once

#include <cstdint>
#include <span>

#include "api/logprobs.h"

namespace sotto::api::openai {

// {"tokens", "token_logprobs", "top_logprobs", "text_offset"}. offset: of the first token in the text, in characters;
// afterwards where the next one begins. A token that is no whole characters is spelled "bytes:\xe2\x80".
Json legacy_logprobs(std::span<const ChosenToken> tokens, std::int64_t& offset);

}  // namespace sotto::api::openai
