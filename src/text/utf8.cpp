#include "text/utf8.h"

#include <cstdint>
#include <cstring>

namespace sotto::text {
namespace {

// The range that the second byte must lie in, by first byte (Unicode 15, table 3-7).
struct SecondByte {
  unsigned low, high;
};

SecondByte second_byte_range(unsigned first) {
  switch (first) {
    case 0xE0: return {0xA0, 0xBF};
    case 0xED: return {0x80, 0x9F};
    case 0xF0: return {0x90, 0xBF};
    case 0xF4: return {0x80, 0x8F};
    default: return {0x80, 0xBF};
  }
}

unsigned sequence_length(unsigned first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

bool eight_ascii(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, 8);
  return (word & 0x8080808080808080ull) == 0;
}

}  // namespace

CodePoint decode_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1, true, false};
  const unsigned length = sequence_length(first);
  if (length == 0) return {kReplacement, 1, false, false};
  char32_t value = first & (0xFFu >> (length + 1));
  for (unsigned i = 1; i < length; ++i) {
    if (i >= text.size()) return {kReplacement, i, false, true};
    const SecondByte range = i == 1 ? second_byte_range(first) : SecondByte{0x80, 0xBF};
    if (byte(i) < range.low || byte(i) > range.high) return {kReplacement, i, false, false};
    value = value << 6 | (byte(i) & 0x3F);
  }
  return {value, length, true, false};
}

void append_utf8(std::string& out, char32_t c) {
  const unsigned length = utf8_length(c);
  if (length == 1) {
    out += static_cast<char>(c);
    return;
  }
  const unsigned marker = 0xF00u >> length & 0xFF;
  out += static_cast<char>(marker | c >> 6 * (length - 1));
  for (unsigned i = length - 1; i > 0; --i) {
    out += static_cast<char>(0x80 | (c >> 6 * (i - 1) & 0x3F));
  }
}

std::size_t find_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8 && eight_ascii(text.data() + at)) {
      at += 8;
      continue;
    }
    const CodePoint c = decode_utf8(text.substr(at));
    if (!c.valid) return at;
    at += c.length;
  }
  return at;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t good = find_invalid_utf8(text);
    out += text.substr(0, good);
    text.remove_prefix(good);
    if (text.empty()) break;
    out += kReplacementBytes;
    text.remove_prefix(decode_utf8(text).length);
  }
  return out;
}

}  // namespace sotto::text
