// Result and Error: how every function that input can make fail reports it.
// Owns nothing else and includes no other header of Sotto.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace sotto {

enum class ErrorCode {
  kBadFile,      // a file's bytes are damaged, hostile or not of the expected format
  kUnsupported,  // valid, but something this build cannot do
  kNotFound,     // a file, model or key that does not exist
  kIo,           // the operating system or the network refused
  kBadRequest,   // the caller's arguments
  kContextFull,  // the prompt or the answer does not fit the context
  kBudget,       // a limit on steps, depth, bytes or time was passed
  kCancelled,    // the caller asked to stop
};

// `message` says what failed, where (file, field), the value found and the value expected, and what to do.
struct Error {
  ErrorCode code;
  std::string message;
};

// Tags an Error on its way into a Result, as std::unexpected does.
class [[nodiscard]] Unexpected {
 public:
  explicit Unexpected(Error error) : error_(std::move(error)) {}
  Unexpected(ErrorCode code, std::string message) : error_{code, std::move(message)} {}
  Error& error() { return error_; }

 private:
  Error error_;
};

// A value or an Error, with the names of std::expected. Not thread-safe; moves cheaply.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Unexpected failure) : state_(std::in_place_index<1>, std::move(failure.error())) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Call only when has_value().
  T& value() { return *std::get_if<0>(&state_); }
  const T& value() const { return *std::get_if<0>(&state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Call only when !has_value().
  Error& error() { return *std::get_if<1>(&state_); }
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Unexpected failure) : error_(std::move(failure.error())), failed_(true) {}

  bool has_value() const { return !failed_; }
  explicit operator bool() const { return has_value(); }
  Error& error() { return error_; }
  const Error& error() const { return error_; }

 private:
  Error error_{};
  bool failed_ = false;
};

// Hands the Error of a failed Result on: `if (!r) return forward_error(r);`
template <class T>
Unexpected forward_error(Result<T>& result) {
  return Unexpected(std::move(result.error()));
}

}  // namespace sotto
