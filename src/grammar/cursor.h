// A place in a text of code points, for readers of notations: where it stands, and errors that say so.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sotto/result.h"

namespace sotto::grammar {

// The text must be UTF-8 and outlive it.
class Cursor {
 public:
  Cursor(std::string_view text, std::string what) : text_(text), what_(std::move(what)) {}

  bool at_end() const { return at_ >= text_.size(); }
  std::size_t at() const { return at_; }
  void go_to(std::size_t at) { at_ = at; }
  std::string_view text() const { return text_; }

  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool starts_with(std::string_view bytes) const { return text_.substr(at_).starts_with(bytes); }
  // Passes over `bytes` when they come next.
  bool take(std::string_view bytes);
  // The next code point, passed over; not at the end.
  char32_t take_code_point();
  // Exactly `n` hexadecimal digits.
  std::optional<char32_t> take_hex(int n);
  // Decimal digits, at least one; more than 999,999,999 is that.
  std::optional<int> take_number();

  // "<what>, line 2, column 5: <problem>"
  Unexpected error(const std::string& problem) const { return error_at(at_, problem); }
  Unexpected error_at(std::size_t at, const std::string& problem, ErrorCode code = ErrorCode::kBadRequest) const;
  // What comes next, for a message.
  std::string found() const;

 private:
  std::string_view text_;
  std::string what_;
  std::size_t at_ = 0;
};

}  // namespace sotto::grammar
