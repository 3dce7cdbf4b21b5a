// UTF-8, strictly: decoding that never reads past the end, and the replacement of what is no UTF-8.
// Knows no character's meaning (see unicode.h).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sotto::text {

inline constexpr char32_t kReplacement = 0xFFFD;
inline constexpr std::string_view kReplacementBytes = "\xEF\xBF\xBD";

struct CodePoint {
  char32_t value;   // kReplacement where the bytes are no UTF-8
  unsigned length;  // bytes taken: at least 1
  bool valid;
  bool truncated;  // invalid, but more bytes could have made it valid: text ended too early
};

// Reads the code point at text[0]; `text` must not be empty. An invalid sequence takes its longest
// prefix that could have begun a code point (Unicode 15, section 3.9, "maximal subpart"), as
// Python's errors="replace" does.
CodePoint decode_utf8(std::string_view text);

// Length in bytes of a code point's encoding.
constexpr unsigned utf8_length(char32_t c) { return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; }

void append_utf8(std::string& out, char32_t c);

// Where the first byte stands that is no UTF-8; text.size() when all is well.
std::size_t find_invalid_utf8(std::string_view text);

// The text with every invalid sequence replaced by U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

}  // namespace sotto::text
