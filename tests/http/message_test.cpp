#include "http/message.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

TEST(Headers, FindsTheFirstInAnyCase) {
  Headers headers;
  headers.add("Content-Type", "a");
  headers.add("content-TYPE", "b");
  ASSERT_NE(headers.find("CONTENT-type"), nullptr);
  EXPECT_EQ(*headers.find("CONTENT-type"), "a");
  EXPECT_EQ(headers.count("content-type"), 2u);
  EXPECT_EQ(headers.find("content-typ"), nullptr);
  EXPECT_EQ(headers.all().size(), 2u);
}

TEST(Headers, ListsOfWords) {
  Headers headers;
  headers.add("Connection", "keep-alive ,\tUpgrade,, ");
  headers.add("connection", "close");
  EXPECT_EQ(headers.words("CONNECTION"), (std::vector<std::string_view>{"keep-alive", "Upgrade", "close"}));
  EXPECT_TRUE(headers.has_word("connection", "upgrade"));
  EXPECT_FALSE(headers.has_word("connection", "up"));
  EXPECT_FALSE(headers.has_word("upgrade", "close"));
}

TEST(Headers, OnlyAsciiLettersHaveCases) {
  EXPECT_TRUE(same_word("AbZ", "aBz"));
  EXPECT_FALSE(same_word("[", "{"));  // 32 apart, as letters are
  EXPECT_FALSE(same_word("@", "`"));
  EXPECT_FALSE(same_word("a", "ab"));
}

TEST(Scope, HigherIncludesLower) {
  EXPECT_GT(Scope::kAdmin, Scope::kChat);
  EXPECT_GT(Scope::kChat, Scope::kOpen);
  EXPECT_EQ(token_scope(scope_name(Scope::kAdmin)), Scope::kAdmin);
  EXPECT_EQ(token_scope("open"), std::nullopt) << "a token opens something";
}

}  // namespace
}  // namespace sotto::http
