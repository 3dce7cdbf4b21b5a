#include "grammar/cursor.h"

#include <fmt/format.h>
#include <algorithm>

#include "text/utf8.h"

namespace sotto::grammar {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool Cursor::take(std::string_view bytes) {
  if (!starts_with(bytes)) return false;
  at_ += bytes.size();
  return true;
}

char32_t Cursor::take_code_point() {
  const text::CodePoint point = text::decode_utf8(text_.substr(at_));
  at_ += point.length;
  return point.value;
}

std::optional<char32_t> Cursor::take_hex(int n) {
  char32_t value = 0;
  for (int i = 0; i < n; ++i) {
    const int digit = hex_value(peek(static_cast<std::size_t>(i)));
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<char32_t>(digit);
  }
  at_ += static_cast<std::size_t>(n);
  return value;
}

std::optional<int> Cursor::take_number() {
  constexpr int kMost = 999'999'999;
  if (peek() < '0' || peek() > '9') return std::nullopt;
  long value = 0;
  for (; peek() >= '0' && peek() <= '9'; ++at_) value = std::min<long>(value * 10 + (peek() - '0'), kMost);
  return static_cast<int>(value);
}

Unexpected Cursor::error_at(std::size_t at, const std::string& problem, ErrorCode code) const {
  const std::string_view before = text_.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto column = std::count_if(before.begin() + static_cast<std::ptrdiff_t>(begin), before.end(),
                                    [](char c) { return (c & 0xC0) != 0x80; }) +
                      1;
  return Unexpected(code, fmt::format("{}, line {}, column {}: {}", what_, line, column, problem));
}

std::string Cursor::found() const {
  if (at_end()) return "the end of the text";
  if (peek() == '\n' || peek() == '\r') return "the end of the line";
  if (static_cast<unsigned char>(peek()) < 0x20) return fmt::format("the byte {:#04x}", peek());
  Cursor copy = *this;
  copy.take_code_point();
  return "'" + std::string(text_.substr(at_, copy.at_ - at_)) + "'";
}

}  // namespace sotto::grammar
