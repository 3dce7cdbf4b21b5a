// Each expectation is read off the published expression.
#include "text/words.h"

namespace sotto::text {
namespace {

TEST(PretokenizerGpt2, CutsWordsNumbersAndSpaces) {
  EXPECT_EQ(cut_words("gpt-2", "I'm 42!!  ok\n\nyes "),
            (Words{"I", "'m", " 42", "!!", " ", " ok", "\n", "\n", "yes", " "}));
  EXPECT_EQ(cut_words("gpt-2", "I'M"), (Words{"I", "'", "M"}));
  EXPECT_EQ(cut_words("gpt-2", "they'll've"), (Words{"they", "'ll", "'ve"}));
  EXPECT_EQ(cut_words("gpt-2", ""), Words{});
  EXPECT_EQ(cut_words("gpt-2", " "), Words{" "});
}

TEST(PretokenizerGpt2, DigitsStandAloneInSmollm) {
  EXPECT_EQ(cut_words("smollm", "in 2024 a"), (Words{"in", " ", "2", "0", "2", "4", " a"}));
  EXPECT_EQ(cut_words("starcoder", "x1"), (Words{"x", "1"}));
}

TEST(PretokenizerGpt2, FalconCutsPunctuationAndThrees) {
  EXPECT_EQ(cut_words("falcon", "a+b, 12345"), (Words{"a", "+", "b", ",", " ", "123", "45"}));
}

TEST(PretokenizerGpt2, LagunaCutsLinesFirst) {
  EXPECT_EQ(cut_words("laguna", "a !\n\n b"), (Words{"a", " !", "\n\n", " b"}));
}

}  // namespace
}  // namespace sotto::text
