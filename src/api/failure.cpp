#include "api/failure.h"

namespace sotto::api {
namespace {

constexpr int kRetryAfterS = 2;
constexpr const char* kBusy = "server_busy";

struct Meaning {
  int status;
  const char* code;
};

constexpr Meaning meaning_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kBadRequest: return {400, "invalid_value"};
    case ErrorCode::kUnsupported: return {400, "unsupported"};
    case ErrorCode::kContextFull: return {400, "context_length_exceeded"};
    case ErrorCode::kNotFound: return {404, "not_found"};
    case ErrorCode::kBudget: return {503, "out_of_resources"};
    case ErrorCode::kCancelled: return {499, "cancelled"};  // nobody reads it, but the log tells it apart
    case ErrorCode::kBadFile: return {500, "damaged_file"};
    case ErrorCode::kIo: return {500, "system_error"};
  }
  return {500, ""};
}

}  // namespace

Failure failure_of(const Error& error) {
  const Meaning meaning = meaning_of(error.code);
  return {meaning.status, meaning.code, error.message, "", meaning.status == 503 ? kRetryAfterS : 0};
}

Failure model_not_found(const Error& error) {
  Failure failure = failure_of(error);
  if (error.code == ErrorCode::kNotFound) failure.code = "model_not_found";
  failure.field = "model";
  return failure;
}

Failure busy(std::string message) { return {503, kBusy, std::move(message), "", kRetryAfterS}; }

bool is_busy(const Failure& failure) { return failure.code == kBusy; }

Failure cannot(std::string field, std::string message) {
  return {400, "unsupported", std::move(message), std::move(field)};
}

Failure bad_request(std::string message, std::string field) {
  return {400, "invalid_value", std::move(message), std::move(field)};
}

}  // namespace sotto::api
