// Each expectation is read off the published expressions.
#include "text/words.h"

namespace sotto::text {
namespace {

TEST(PretokenizerDeepseek, CoderCutsInTurn) {
  EXPECT_EQ(cut_words("deepseek-coder", "int x; // 12\n"), (Words{"int", " x", ";", " //", " ", "1", "2", "\n"}));
  EXPECT_EQ(cut_words("deepseek-coder", "a+b"), (Words{"a", "+", "b"}));
}

TEST(PretokenizerDeepseek, LlmNamesItsLetters) {
  EXPECT_EQ(cut_words("deepseek-llm", "a b, 12  "), (Words{"a", " b", ",", " ", "12", "  "}));
  // Hebrew is none of its letters: it stays with the space before it, and with the number's
  // neighbours.
  EXPECT_EQ(cut_words("deepseek-llm",
                      "x \xD7\xA9\xD7\x9C"
                      "7"),
            (Words{"x", " \xD7\xA9\xD7\x9C", "7"}));
  EXPECT_EQ(cut_words("deepseek-llm", "\xE4\xB8\x80\xE4\xB8\x80!"), (Words{"\xE4\xB8\x80\xE4\xB8\x80", "!"}));
}

TEST(PretokenizerDeepseek, ThirdVersion) {
  EXPECT_EQ(cut_words("deepseek-v3", "f(x)=12345\n y"), (Words{"f", "(x", ")=", "123", "45", "\n", " y"}));
  EXPECT_EQ(cut_words("hunyuan-dense", "a\xE3\x81\x82"), (Words{"a", "\xE3\x81\x82"}));
}

}  // namespace
}  // namespace sotto::text
