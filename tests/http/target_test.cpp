#include "http/target.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

TEST(Target, PathAndQueryAreDecoded) {
  const auto target = split_target("/v1/models/a%2Fb%20c?x=1+2&y=%C3%A9&x=3&&flag");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->raw_path, "/v1/models/a%2Fb%20c");
  EXPECT_EQ(target->path, "/v1/models/a/b c");
  const std::map<std::string, std::string> query{{"x", "3"}, {"y", "\xC3\xA9"}, {"flag", ""}};
  EXPECT_EQ(target->query, query);
}

TEST(Target, PlusIsASpaceInQueriesAlone) {
  const auto target = split_target("/a+b?c+d=e+f");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a+b");
  EXPECT_EQ(target->query.at("c d"), "e f");
}

TEST(Target, AWholeAddressHasAnAuthority) {
  const auto target = split_target("http://localhost:1/a?b=c");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->authority, "localhost:1");
  EXPECT_EQ(target->path, "/a");
  EXPECT_EQ(split_target("http://localhost")->raw_path, "/");
  EXPECT_EQ(split_target("*")->raw_path, "*");
}

TEST(Target, WhatIsWrongIsRefused) {
  for (const char* bad : {"", "a", "ftp://a/", "http:///a", "/%", "/%4", "/%4g", "/%00", "/%0a", "/%7f", "/%ff",
                          "/%c0%80", "/%ed%a0%80", "/?%", "/?a=%80"}) {
    EXPECT_FALSE(split_target(bad)) << bad;
  }
  std::string many = "/?";
  for (std::size_t i = 0; i <= kMaxQueryKeys; ++i) many += "k" + std::to_string(i) + "&";
  EXPECT_FALSE(split_target(many));
}

// The boundaries of well-formed UTF-8 (Unicode, table 3-7).
TEST(Utf8, BoundariesOfTheStandard) {
  for (const char* good : {"", "\x7f", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82", "\xC2\x20"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

TEST(Shown, IsShortPrintableAscii) {
  EXPECT_EQ(shown("a\nb\x80"
                  "c"),
            "a?b?c");
  EXPECT_EQ(shown(std::string(200, 'x')), std::string(80, 'x') + "...");
}

}  // namespace
}  // namespace sotto::http
