// The shapes that Ollama's answers have in common.
#pragma once

#include <string>

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::ollama {

// What programs that ask for a version of Ollama get: that of the interface which is spoken here.
inline constexpr const char* kInterfaceVersion = "0.6.4";

Shape shape();  // {"error": message}

// With a tag, as Ollama's clients show it: "smollm2:135m", "mine:latest".
std::string tagged(const std::string& name);

// The request's "model", or "name" as older clients say. Missing: a problem of the fields.
std::string read_model(Fields& fields);

// What generate and chat have in common: model, options, keep_alive, think, format, truncate, logprobs; what cannot be
// done is a problem. Gives whether the answer is streamed.
bool read_ask(Call& call, Ask& ask);

Json head(const std::string& model);  // {"model": …, "created_at": …}

// The last object's done_reason, counts and times in nanoseconds.
void add_figures(Json& object, const Answer& answer);

// For a request without anything to answer: the model is loaded, or unloaded by a keep_alive of 0; then done_reason
// "load" or "unload". `object`: the rest of the answer.
Outcome load_only(Service& service, Call& call, const Ask& ask, Json object);

}  // namespace sotto::api::ollama
