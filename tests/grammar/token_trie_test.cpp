#include "grammar/token_trie.h"

#include <gtest/gtest.h>

#include <set>

namespace sotto::grammar {
namespace {

TEST(TokenTrie, HoldsEachTokenAtTheEndOfItsBytes) {
  const TokenTrie trie({"b", "abc", "", "ab", "b", "\xFF", "abd", "x"}, {2});
  std::set<text::TokenId> seen;
  const auto nodes = trie.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::string path;
    for (std::size_t at = i;; at = nodes[at].parent) {
      path.insert(path.begin(), static_cast<char>(nodes[at].byte));
      EXPECT_TRUE(at <= i && i < nodes[at].end);
      if (nodes[at].parent == TokenTrie::kNoParent) break;
    }
    EXPECT_EQ(path.size(), nodes[i].depth);
    for (std::uint32_t token = nodes[i].first_token; token < nodes[i].last_token; ++token) {
      EXPECT_EQ(trie.bytes_of(trie.tokens()[token]), path);
      EXPECT_TRUE(seen.insert(trie.tokens()[token]).second);
    }
  }
  EXPECT_EQ(seen, (std::set<text::TokenId>{0, 1, 3, 4, 5, 6, 7}));
  EXPECT_EQ(nodes.size(), 7u);  // a, ab, abc, abd, b, x, \xFF
  EXPECT_EQ(trie.most_depth(), 3);
}

TEST(TokenTrie, KnowsWhatEndsAText) {
  const TokenTrie trie({"a", "", ""}, {1});
  EXPECT_TRUE(trie.ends(1));
  EXPECT_FALSE(trie.ends(0));
  EXPECT_EQ(trie.bytes_of(1), "");
  EXPECT_EQ(trie.bytes_of(-1), "");
  EXPECT_EQ(trie.bytes_of(3), "");
}

TEST(TokenTrie, LeavesOutTokensOfAbsurdLength) {
  const TokenTrie trie({std::string(5000, 'a'), "a"}, {});
  EXPECT_EQ(trie.tokens().size(), 1u);
}

TEST(TokenTrie, OfNothingIsEmpty) {
  const TokenTrie trie({}, {});
  EXPECT_TRUE(trie.nodes().empty());
  EXPECT_EQ(trie.n_tokens(), 0);
}

}  // namespace
}  // namespace sotto::grammar
