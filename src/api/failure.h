// What went wrong with a call, in terms of HTTP: a status and a word for programs beside the sentence for people. Each
// API says it in a shape of its own.
#pragma once

#include <optional>
#include <string>

#include "sotto/result.h"

namespace sotto::api {

struct Failure {
  int status = 500;
  std::string code;     // "model_not_found", "context_length_exceeded", …; may be empty
  std::string message;  // for people
  std::string field;    // of the request's body; may be empty
  int retry_after_s = 0;
};

// Nothing: the call was answered.
using Outcome = std::optional<Failure>;

Failure failure_of(const Error& error);

// A model that is not here: 404.
Failure model_not_found(const Error& error);
// No room now: 503, or what the API has for it (Shape::busy_status); to be tried again.
Failure busy(std::string message);
bool is_busy(const Failure& failure);
// What this server or model cannot do: 400.
Failure cannot(std::string field, std::string message);
Failure bad_request(std::string message, std::string field = {});

}  // namespace sotto::api
