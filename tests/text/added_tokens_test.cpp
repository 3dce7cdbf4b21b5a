#include "text/added_tokens.h"

#include <gtest/gtest.h>

namespace sotto::text {
namespace {

std::vector<TokenId> ids(const std::vector<AddedMatch>& matches) {
  std::vector<TokenId> found;
  for (const AddedMatch& match : matches) found.push_back(match.id);
  return found;
}

TEST(AddedTokens, TakesTheLongestFromTheLeft) {
  AddedTokens tokens;
  tokens.add("\n", {1, false});
  tokens.add("\n\n", {2, false});
  tokens.add("\n\n\n", {3, false});
  tokens.add("ab", {4, false});
  tokens.add("bc", {5, false});
  const auto matches = tokens.find("\n\n\n\n\nabc", {});
  EXPECT_EQ(ids(matches), (std::vector<TokenId>{3, 2, 4}));
  EXPECT_EQ(matches[1].where.begin, 3u);
  EXPECT_EQ(matches[1].where.end, 5u);
}

TEST(AddedTokens, LooksForControlTokensInsideTrustedRangesOnly) {
  AddedTokens tokens;
  tokens.add("<end>", {1, true});
  tokens.add("<e", {2, false});
  const std::string_view text = "<end><end><end>";
  EXPECT_EQ(ids(tokens.find(text, {})), (std::vector<TokenId>{2, 2, 2}));
  const Range middle[] = {{5, 10}};
  EXPECT_EQ(ids(tokens.find(text, middle)), (std::vector<TokenId>{2, 1, 2}));
  const Range half[] = {{0, 4}, {6, 15}};
  EXPECT_EQ(ids(tokens.find(text, half)), (std::vector<TokenId>{2, 2, 1}));
  const Range all[] = {{0, 15}};
  EXPECT_EQ(ids(tokens.find(text, all)), (std::vector<TokenId>{1, 1, 1}));
}

TEST(AddedTokens, FirstOfASpellingWinsAndSillyOnesAreNeverFound) {
  AddedTokens tokens;
  tokens.add("x", {7, false});
  tokens.add("x", {8, false});
  tokens.add("", {9, false});
  tokens.add(std::string(AddedTokens::kLongest + 1, 'y'), {10, false});
  EXPECT_EQ(ids(tokens.find("x" + std::string(5000, 'y'), {})), std::vector<TokenId>{7});
}

TEST(AddedTokens, NeverCutsACharacter) {
  AddedTokens tokens;
  tokens.add("\xC3", {1, false});
  tokens.add("\xA9", {2, true});
  tokens.add("\xC3\xA9", {3, false});
  const std::string_view text = "\xC3\xA9\xC3\xA8";  // é, è
  const Range all[] = {{0, text.size()}};
  EXPECT_EQ(ids(tokens.find(text, all)), std::vector<TokenId>{3});
}

TEST(AddedTokens, AMatchMayTakeTheSpaceAfterIt) {
  AddedTokens tokens;
  tokens.add("<u>", {1, false, true});
  const auto matches = tokens.find(
      "<u> \n\xE3\x80\x80"
      "a<u>",
      {});
  ASSERT_EQ(matches.size(), 2u);
  EXPECT_EQ(matches[0].where.end, 8u);
  EXPECT_EQ(matches[1].where.end, 12u);
}

}  // namespace
}  // namespace sotto::text
