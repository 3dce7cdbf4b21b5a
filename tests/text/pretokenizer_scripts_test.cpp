// Each expectation is read off the published expressions.
#include "text/words.h"

namespace sotto::text {
namespace {

TEST(PretokenizerScripts, BloomCutsAtItsMarks) {
  EXPECT_EQ(cut_words("bloom", "a+b, c  d12."), (Words{"a+b", ",", " c", " ", " d12", "."}));
  EXPECT_EQ(cut_words("viking", "d12"), (Words{"d", "1", "2"}));
}

TEST(PretokenizerScripts, YoutuSetsScriptsApart) {
  const std::string hangul = "\xED\x95\x9C", han = "\xE4\xB8\x96", bopomofo = "\xE3\x84\x85", mark = "\xE3\x80\x82";
  EXPECT_EQ(cut_words("youtu", hangul + han + bopomofo + mark + "a"), (Words{hangul, han, bopomofo, mark, "a"}));
}

TEST(PretokenizerScripts, SparkTakesLineBreaksOneByOne) {
  EXPECT_EQ(cut_words("spark2_5", "a;\n\n1"), (Words{"a", ";", "\n", "\n", "1"}));
}

TEST(PretokenizerScripts, AfmoeSetsThaiApart) {
  EXPECT_EQ(cut_words("afmoe", "ab\xE0\xB9\x80"), (Words{"ab", "\xE0\xB9\x80"}));
}

}  // namespace
}  // namespace sotto::text
