// Each expectation is read off the published expression.
#include "text/words.h"

namespace sotto::text {
namespace {

TEST(PretokenizerCased, CutsWhereCaseRises) {
  EXPECT_EQ(cut_words("gpt-4o", "camelCaseHTTPServer"), (Words{"camel", "Case", "HTTPServer"}));
  EXPECT_EQ(cut_words("gpt-4o", "USA's 1234"), (Words{"USA's", " ", "123", "4"}));
  EXPECT_EQ(cut_words("tekken", "USA's 12"), (Words{"USA", "'s", " ", "1", "2"}));
  EXPECT_EQ(cut_words("gpt-4o", "a//\nb"), (Words{"a", "//\n", "b"}));
}

// \xE4\xB8\x96 is Han, which is neither upper nor lower case: GPT-4o reads it as either.
TEST(PretokenizerCased, CaselessLettersGoEitherWay) {
  EXPECT_EQ(cut_words("gpt-4o",
                      "\xE4\xB8\x96"
                      "AB"),
            (Words{"\xE4\xB8\x96", "AB"}));
  EXPECT_EQ(cut_words("gpt-4o",
                      "AB\xE4\xB8\x96"
                      "c"),
            Words{"AB\xE4\xB8\x96"
                  "c"});
}

TEST(PretokenizerCased, KimiSetsHanApart) {
  EXPECT_EQ(cut_words("kimi-k2",
                      "ab\xE4\xB8\x96\xE7\x95\x8C"
                      "cd"),
            (Words{"ab", "\xE4\xB8\x96\xE7\x95\x8C", "cd"}));
  EXPECT_EQ(cut_words("kimi-k2", "!/\n"), Words{"!/\n"});
}

TEST(PretokenizerCased, TinyAyaGroupsThousandsFirst) {
  EXPECT_EQ(cut_words("tiny_aya", "1234567 1234x"), (Words{"1", "234", "567", " ", "123", "4", "x"}));
}

}  // namespace
}  // namespace sotto::text
