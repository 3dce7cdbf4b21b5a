// The shapes that llama.cpp's answers have in common.
#pragma once

#include <string>
#include <vector>

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::llamacpp {

Shape shape();  // {"error": {"code", "message", "type"}}

// llama.cpp's server has one model; here "model" names one, in the body or in the address. Otherwise it is the one that
// was loaded last among those that write text, or the default model.
std::string read_or_choose_model(Service& service, Call& call);

// How a request samples and when it ends, by llama.cpp's names.
Json settings_json(const Request& request, int ctx_tokens);

// The whole answer, or with an empty `content` the last part of a streamed one.
Json answer_json(const std::string& content, const Ask& ask, const Job& job, const Answer& answer);

// Of `object` what `fields` name, in their order: "timings/prompt_n" is that member of "timings", and keeps that name.
// What is not there is left out.
Json picked(const Json& object, const std::vector<std::string>& fields);

}  // namespace sotto::api::llamacpp
