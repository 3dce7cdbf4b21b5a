#include "text/scan.h"

#include <gtest/gtest.h>

namespace sotto::text::scan {
namespace {

std::vector<Glyph> glyphs(std::string_view text) {
  std::vector<Glyph> made;
  append_glyphs(text, made);
  return made;
}

TEST(Scan, Contractions) {
  EXPECT_EQ(contraction(glyphs("'sx")), 2u);
  EXPECT_EQ(contraction(glyphs("'re")), 3u);
  EXPECT_EQ(contraction(glyphs("'S")), 0u);
  EXPECT_EQ(contraction(glyphs("'l")), 0u);
  EXPECT_EQ(contraction(glyphs("'")), 0u);
  EXPECT_EQ(contraction_any_case(glyphs("'S")), 2u);
  EXPECT_EQ(contraction_any_case(glyphs("'lL")), 3u);
  EXPECT_EQ(contraction_any_case(glyphs("'\xC5\xBF")), 2u) << "the long s folds to s";
  EXPECT_EQ(contraction_any_case(glyphs("s")), 0u);
}

TEST(Scan, RunsOfSpaces) {
  EXPECT_EQ(spaces(glyphs("   ")), 3u);
  EXPECT_EQ(spaces(glyphs("   x")), 2u);
  EXPECT_EQ(spaces(glyphs(" x")), 1u);
  EXPECT_EQ(spaces(glyphs("x")), 0u);
  EXPECT_EQ(line_breaks(glyphs(" \n \n  x")), 4u);
  EXPECT_EQ(line_breaks(glyphs("  x")), 0u);
}

TEST(Scan, LedAndSpacedRuns) {
  EXPECT_EQ(led_run(glyphs("(ab c"), lead, letter), 3u);
  EXPECT_EQ(led_run(glyphs("((ab"), lead, letter), 0u);
  EXPECT_EQ(led_run(glyphs("\xCC\x81\xCC\x81!"), lead, letter_or_mark), 2u);
  EXPECT_EQ(spaced_run(glyphs(" !!a"), other), 3u);
  EXPECT_EQ(spaced_run(glyphs("  !"), other), 0u);
  EXPECT_EQ(spaced_run(glyphs(" "), other), 0u);
  EXPECT_EQ(up_to(glyphs("12345"), 3, number), 3u);
}

}  // namespace
}  // namespace sotto::text::scan
