#include "published/tekken.h"

#include <gtest/gtest.h>

namespace sotto::published {
namespace {

// Tokens "a", "b", " ", "ab", "bb", "abb" after three control tokens.
Json small_tekken() {
  return Json::parse(R"TEKKEN({"config": {"default_vocab_size": 9, "default_num_special_tokens": 3, "pattern":
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
    "vocab": [{"rank": 0, "token_bytes": "YQ=="}, {"rank": 1, "token_bytes": "Yg=="}, {"rank": 2, "token_bytes": "IA=="},
              {"rank": 3, "token_bytes": "YWI="}, {"rank": 4, "token_bytes": "YmI="}, {"rank": 5, "token_bytes": "YWJi"},
              {"rank": 6, "token_bytes": "beyond default_vocab_size"}]})TEKKEN");
}

TEST(Tekken, RanksBecomeIdsAndMerges) {
  const auto vocabulary = read_tekken(small_tekken(), "tekken.json", 10);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->pre, "tekken");
  EXPECT_EQ(vocabulary->tokens,
            (std::vector<std::string>{"<unk>", "<s>", "</s>", "a", "b", "\u0120", "ab", "bb", "abb"}));
  EXPECT_EQ(vocabulary->kinds[2], TokenKind::kControl);
  EXPECT_EQ(vocabulary->kinds[3], TokenKind::kNormal);
  // Of "abb" both ways, the one whose parts merge earlier first.
  EXPECT_EQ(vocabulary->merges, (std::vector<std::string>{"a b", "b b", "a bb", "ab b"}));
  EXPECT_TRUE(*vocabulary->add_bos);
  EXPECT_FALSE(*vocabulary->add_eos);
}

TEST(Tekken, ControlTokensHaveTheirRanks) {
  Json tekken = small_tekken();
  tekken["special_tokens"] = Json::parse(R"([{"rank": 2, "token_str": "[X]"}, {"rank": 0, "token_str": "plain",
                                              "is_control": false}])");
  const auto vocabulary = read_tekken(tekken, "tekken.json", 10);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->tokens[0], "plain");
  EXPECT_EQ(vocabulary->tokens[1], "<SPECIAL_1>");
  EXPECT_EQ(vocabulary->tokens[2], "[X]");
  EXPECT_EQ(vocabulary->kinds[0], TokenKind::kUserDefined);
  EXPECT_EQ(vocabulary->kinds[1], TokenKind::kControl);
}

TEST(Tekken, MoreTokensThanTheModelHasAreRefused) { EXPECT_FALSE(read_tekken(small_tekken(), "tekken.json", 8)); }

}  // namespace
}  // namespace sotto::published
