#include "text/utf8.h"

#include <gtest/gtest.h>

namespace sotto::text {
namespace {

TEST(Utf8, EveryCodePointSurvives) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string bytes;
    append_utf8(bytes, c);
    ASSERT_EQ(bytes.size(), utf8_length(c));
    const CodePoint read = decode_utf8(bytes);
    ASSERT_TRUE(read.valid) << std::hex << static_cast<unsigned>(c);
    ASSERT_EQ(read.value, c);
    ASSERT_EQ(read.length, bytes.size());
    for (std::size_t n = 1; n < bytes.size(); ++n) {
      const CodePoint cut = decode_utf8(std::string_view(bytes).substr(0, n));
      ASSERT_FALSE(cut.valid);
      ASSERT_TRUE(cut.truncated);
      ASSERT_EQ(cut.length, n);
    }
  }
}

// Unicode 15, section 3.9, tables 3-8 to 3-11.
TEST(Utf8, ReplacesMaximalSubparts) {
  const auto replaced = [](std::string_view raw) {
    std::string shown;
    std::string mended = replace_invalid_utf8(raw);
    for (std::size_t at; (at = mended.find(kReplacementBytes)) != std::string::npos;) mended.replace(at, 3, "?");
    return mended;
  };
  EXPECT_EQ(replaced("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), "????????A");
  EXPECT_EQ(replaced("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), "????????A");
  EXPECT_EQ(replaced("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), "?????A??B");
  EXPECT_EQ(replaced("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), "????A");
}

TEST(Utf8, FindsTheFirstBadByteWhereverItStands) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    text[at] = '\xFF';
    EXPECT_EQ(find_invalid_utf8(text), at);
  }
  EXPECT_EQ(find_invalid_utf8("gr\xC3\xBC\xC3\x9F"
                              "e, \xF0\x9F\x98\x80!"),
            14u);
  EXPECT_EQ(find_invalid_utf8(""), 0u);
}

}  // namespace
}  // namespace sotto::text
