// Each expectation is read off the published expression.
#include "text/words.h"

namespace sotto::text {
namespace {

TEST(PretokenizerWords, WhatStandsBeforeAWordGoesWithIt) {
  EXPECT_EQ(cut_words("llama-bpe", "a(bc)\n\n  d E'S12345"),
            (Words{"a", "(bc", ")\n\n", " ", " d", " E", "'S", "123", "45"}));
  EXPECT_EQ(cut_words("qwen2", "x=12"), (Words{"x", "=", "1", "2"}));
  EXPECT_EQ(cut_words("ufakzeka", "Ali'd"), (Words{"Ali", "'d"}));
  EXPECT_EQ(cut_words("ufakzeka", "Ali'de 'd"), (Words{"Ali", "'de", " '", "d"}));
  EXPECT_EQ(cut_words("qwen2", "Ali'de"), (Words{"Ali", "'d", "e"}));
}

TEST(PretokenizerWords, MarksBelongToWordsInQwen35Only) {
  const std::string accented =
      "e\xCC\x81"
      "e";
  EXPECT_EQ(cut_words("qwen35", accented), Words{accented});
  EXPECT_EQ(cut_words("qwen2", accented), (Words{"e",
                                                 "\xCC\x81"
                                                 "e"}));
}

TEST(PretokenizerWords, SeedCoderLeavesTheLineBreak) {
  EXPECT_EQ(cut_words("qwen2", ";\n"), Words{";\n"});
  EXPECT_EQ(cut_words("seed-coder", ";\n"), (Words{";", "\n"}));
}

TEST(PretokenizerWords, JaisHalvesRunsOfSpaces) {
  const auto lengths = [](std::size_t n, const std::string& after) {
    std::vector<std::size_t> found;
    for (const auto& word : cut_words("jais2", std::string(n, ' ') + after)) found.push_back(word.size());
    return found;
  };
  EXPECT_EQ(lengths(1100, ""), (std::vector<std::size_t>{512, 512, 64, 8, 4}));
  EXPECT_EQ(lengths(1024, "!"), (std::vector<std::size_t>{512, 256, 128, 64, 32, 16, 8, 4, 2, 1, 2}));
  EXPECT_EQ(lengths(3, "\xD9\xA3"), (std::vector<std::size_t>{2, 1, 2}));
}

TEST(PretokenizerWords, ExaoneMoeKeepsWordsWithSpacesTogether) {
  EXPECT_EQ(cut_words("exaone-moe", "ab cd  ef 1"), (Words{"ab cd", " ", " ef", " ", "1"}));
  EXPECT_EQ(cut_words("exaone-moe", "!?//\n"), (Words{"!?//\n"}));
}

TEST(PretokenizerWords, MinicpmCutsNumbersByThree) {
  EXPECT_EQ(cut_words("minicpm5", "a1234"), (Words{"a", "123", "4"}));
}

}  // namespace
}  // namespace sotto::text
