#include "published/merge_scores.h"

#include <gtest/gtest.h>

namespace sotto::published {
namespace {

Vocabulary vocabulary_of(std::vector<std::string> tokens, std::vector<std::string> merges) {
  Vocabulary vocabulary;
  vocabulary.kinds.assign(tokens.size(), TokenKind::kNormal);
  vocabulary.tokens = std::move(tokens);
  vocabulary.merges = std::move(merges);
  return vocabulary;
}

TEST(MergeScores, SoonerMergesScoreHigher) {
  const auto scores =
      scores_of_merges(vocabulary_of({"a", "b", "ab", "abb", "bb"}, {"b b", "a b", "ab b", "a bb"}), "t");
  ASSERT_TRUE(scores) << scores.error().message;
  EXPECT_GT((*scores)[4], (*scores)[2]);
  EXPECT_GT((*scores)[2], (*scores)[3]);
}

TEST(MergeScores, AListThatScoresCannotSayIsRefused) {
  // "ab" before "abb" before "ab" again.
  const auto apart =
      scores_of_merges(vocabulary_of({"a", "b", "ab", "abb", "bb"}, {"b b", "ab b", "a b", "a bb"}), "t");
  ASSERT_FALSE(apart);
  EXPECT_EQ(apart.error().code, ErrorCode::kUnsupported);
  // "a" and "bb" would merge by score; the list does not say so.
  const auto partial = scores_of_merges(vocabulary_of({"a", "b", "ab", "abb", "bb"}, {"b b", "a b", "ab b"}), "t");
  ASSERT_FALSE(partial);
  EXPECT_NE(partial.error().message.find("\"abb\""), std::string::npos) << partial.error().message;
}

TEST(MergeScores, TokensThatAreFoundBeforeAnythingMergesDoNotCount) {
  Vocabulary vocabulary = vocabulary_of({"a", "b", "ab", "abb"}, {"a b", "ab b"});
  vocabulary.kinds[3] = TokenKind::kUserDefined;
  EXPECT_TRUE(scores_of_merges(vocabulary, "t"));
  vocabulary.merges.pop_back();
  EXPECT_TRUE(scores_of_merges(vocabulary, "t"));
}

TEST(MergeScores, RunsOfSpacesAreSpelledBothWays) {
  const std::string mark = "\xE2\x96\x81";
  Vocabulary vocabulary = vocabulary_of({mark, "  ", "a"}, {mark + " " + mark});
  vocabulary.kinds[1] = TokenKind::kUserDefined;
  EXPECT_TRUE(scores_of_merges(vocabulary, "t"));
}

TEST(MergeScores, CharactersAreNeverCut) {
  // The bytes of "é" are no tokens, and neither half is looked for.
  EXPECT_TRUE(scores_of_merges(vocabulary_of({"\xC3\xA9", "a", "a\xC3\xA9"}, {"a \xC3\xA9"}), "t"));
}

}  // namespace
}  // namespace sotto::published
