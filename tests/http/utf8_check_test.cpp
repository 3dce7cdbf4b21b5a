#include "http/utf8_check.h"

#include <gtest/gtest.h>

#include <string>

namespace sotto::http {
namespace {

// Of RFC 3629, section 3, by arithmetic: whether `bytes` encode one character in its only form.
std::string encoded(std::uint32_t c) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  const auto tail = [&](int shift, std::uint32_t value) { return byte(0x80 | ((value >> shift) & 0x3f)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), tail(0, c)};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), tail(6, c), tail(0, c)};
  return {byte(0xf0 | c >> 18), tail(12, c), tail(6, c), tail(0, c)};
}

bool is_text(std::string_view text) {
  Utf8Check check;
  return check.feed(text) && check.is_whole();
}

TEST(Utf8Check, TakesEveryCharacterAndNoSurrogate) {
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    const bool surrogate = c >= 0xd800 && c < 0xe000;
    ASSERT_EQ(is_text(encoded(c)), !surrogate) << std::hex << c;
  }
  EXPECT_FALSE(is_text(encoded(0x110000)));
  EXPECT_FALSE(is_text(encoded(0x1fffff)));
}

TEST(Utf8Check, RefusesOverlongFormsAndStrayBytes) {
  for (const std::string_view text : {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\x80", "\xbf",
                                      "\xff", "\xfe", "\xf5\x80\x80\x80", "a\xcc", "\xe2\x82", "\xe2\x41\x80"}) {
    EXPECT_FALSE(is_text(text));
  }
}

TEST(Utf8Check, SaysSoAtTheFirstWrongByte) {
  Utf8Check check;
  EXPECT_TRUE(check.feed("\xf4"));
  EXPECT_FALSE(check.feed("\x90")) << "above U+10FFFF whatever follows";
}

TEST(Utf8Check, PartsMayEndWithinACharacter) {
  const std::string text = encoded(0x20ac) + encoded(0x1f600) + "x";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    Utf8Check check;
    EXPECT_TRUE(check.feed(text.substr(0, at)));
    EXPECT_EQ(check.is_whole(), at == 0 || at == 3 || at >= 7);
    EXPECT_TRUE(check.feed(text.substr(at)));
    EXPECT_TRUE(check.is_whole());
  }
}

}  // namespace
}  // namespace sotto::http
