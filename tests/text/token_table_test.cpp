#include "text/token_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sotto::text {
namespace {

TEST(TokenTable, FindsWhatAMapFinds) {
  std::vector<std::string> spellings;
  unsigned state = 7;
  for (int i = 0; i < 5000; ++i) {
    std::string spelling;
    const int length = i % 23;
    for (int k = 0; k < length; ++k) {
      state = state * 1664525u + 1013904223u;
      spelling += static_cast<char>("abc\0\xFF"[(state >> 24) % 5]);
    }
    spellings.push_back(spelling);
  }
  const std::vector<std::string_view> tokens(spellings.begin(), spellings.end());
  std::map<std::string_view, TokenId> expected;
  for (TokenId id = 0; id < 5000; ++id) {
    if (id % 3 != 0) expected.emplace(tokens[static_cast<std::size_t>(id)], id);
  }
  TokenTable table;
  table.build(tokens, [](TokenId id) { return id % 3 != 0; });
  for (const auto token : tokens) {
    const auto found = expected.find(token);
    EXPECT_EQ(table.find(token), found == expected.end() ? kNoToken : found->second);
  }
  EXPECT_EQ(table.find("no such token"), kNoToken);
}

TEST(TokenTable, OfNothingFindsNothing) {
  TokenTable table;
  table.build({}, [](TokenId) { return true; });
  EXPECT_EQ(table.find("a"), kNoToken);
  EXPECT_EQ(table.find(""), kNoToken);
}

TEST(MergeTable, LastOfAPairHoldsAndNoneIsLeftOut) {
  MergeTable table;
  table.build({{1, 2, 3}, {2, 1, 4}, {1, 2, 5}, {7, 7, kNoToken}});
  EXPECT_EQ(table.find(1, 2), 2u);
  EXPECT_EQ(table.result(2), 5);
  EXPECT_EQ(table.find(2, 1), 1u);
  EXPECT_EQ(table.find(7, 7), MergeTable::kNone);
  EXPECT_EQ(table.find(3, 1), MergeTable::kNone);
}

}  // namespace
}  // namespace sotto::text
