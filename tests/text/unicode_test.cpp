#include "text/unicode.h"

#include <gtest/gtest.h>

#include "text/utf8.h"

namespace sotto::text {
namespace {

TEST(Unicode, GlyphsKnowTheirCategories) {
  EXPECT_TRUE(Glyph(U'A').is(Glyph::kUpper));
  EXPECT_TRUE(Glyph(0x1C5).is(Glyph::kTitle));
  EXPECT_TRUE(Glyph(0x2B0).is(Glyph::kModifier));
  EXPECT_TRUE(Glyph(0x4E00).is(Glyph::kOther));
  EXPECT_TRUE(Glyph(0x301).is(Glyph::kMark));
  EXPECT_TRUE(Glyph(0xBD).is(Glyph::kNumber));
  EXPECT_TRUE(Glyph(U'$').is(Glyph::kSymbol));
  EXPECT_TRUE(Glyph(U'!').is(Glyph::kPunct));
  EXPECT_TRUE(Glyph(0x3000).is(Glyph::kSpace));
  EXPECT_FALSE(Glyph(0x200B).is(Glyph::kSpace));
  EXPECT_TRUE(Glyph(U'\r').is(Glyph::kBreak));
  EXPECT_EQ(Glyph(0x10FFFF).code(), 0x10FFFFu);
}

// Garay capital letter, Kirat Rai digit, an ideograph of extension I: after Unicode 15.
TEST(Unicode, KnowsUnicode16) {
  EXPECT_TRUE(Glyph(0x10D50).is(Glyph::kUpper));
  EXPECT_TRUE(Glyph(0x16D70).is(Glyph::kNumber));
  EXPECT_TRUE(is_decimal_digit(0x16D70));
  EXPECT_TRUE(Glyph(0x2EBF0).is(Glyph::kOther));
  EXPECT_FALSE(Glyph(0x2EE5E).is(Glyph::kLetter)) << "the first that is still unassigned";
}

TEST(Unicode, DigitsWordsAndHan) {
  EXPECT_TRUE(is_decimal_digit(0x0663));
  EXPECT_FALSE(is_decimal_digit(0xBD));
  EXPECT_TRUE(is_word_character(U'_'));
  EXPECT_TRUE(is_word_character(0x2160));
  EXPECT_FALSE(is_word_character(U'-'));
  EXPECT_TRUE(is_han(0x3007));
  EXPECT_FALSE(is_han(0x3042));
}

TEST(Unicode, Composes) {
  EXPECT_EQ(compose("e\xCC\x81"), "\xC3\xA9");
  EXPECT_EQ(compose("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"), "\xED\x95\x9C");
  EXPECT_EQ(compose("\xE2\x84\xAB"), "\xC3\x85");
  EXPECT_FALSE(compose("plain \xC3\xA9 text"));
  EXPECT_FALSE(compose("\xE4\xB8\x96\xE7\x95\x8C"));
}

TEST(Unicode, GlyphsOfAText) {
  std::vector<Glyph> glyphs;
  append_glyphs("a\xC3\xA9\xF0\x9F\x98\x80", glyphs);
  ASSERT_EQ(glyphs.size(), 3u);
  EXPECT_EQ(glyphs[1].code(), 0xE9u);
  EXPECT_EQ(glyphs[2].code(), 0x1F600u);
}

}  // namespace
}  // namespace sotto::text
