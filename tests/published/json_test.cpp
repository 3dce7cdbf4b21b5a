#include "published/json.h"

#include <gtest/gtest.h>

#include <chrono>

#include "published/support.h"
#include "support/growth.h"

namespace sotto::published {
namespace {

TEST(Json, NestingIsCountedOutsideOfTextsOnly) {
  const std::string brackets(1000, '[');
  EXPECT_TRUE(parse_object("{\"a\":\"" + brackets + "\\\"" + brackets + "\"}", "x"));
  EXPECT_TRUE(parse_object("{\"a\":" + test::nested("[", kMaxJsonDepth - 1, "", "]") + "}", "x"));
  EXPECT_FALSE(parse_object("{\"a\":" + test::nested("[", kMaxJsonDepth, "", "]") + "}", "x"));
}

TEST(Json, ANameMayStandInTwoObjects) {
  EXPECT_TRUE(parse_object(R"({"a":{"b":1},"b":{"b":2}})", "x"));
  const auto twice = parse_object(R"({"a":{"b":1,"c":{},"b":2}})", "x.json");
  ASSERT_FALSE(twice);
  EXPECT_NE(twice.error().message.find("x.json: the name \"b\" stands twice"), std::string::npos);
}

TEST(Json, GivesWhatTheLibraryItselfGives) {
  for (const char* text : {R"({})", R"({"":0})", R"({"a":[],"b":{},"c":[[],[{}]],"d":[1,[2,{"e":[3]}],4]})",
                           R"({"a":true,"b":false,"c":null,"d":[null,true]})",
                           R"({"n":[0,-1,1.5,-2e-3,18446744073709551615,-9223372036854775808]})",
                           R"({"u":"\u00e9\ud83d\ude00\n","é":{"é":"é"}})", R"({"z":1,"a":{"z":2,"a":3}})"}) {
    const auto parsed = parse_object(text, "x");
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, Json::parse(text));
  }
}

// Every field that is an object once cost a look at all fields before it.
TEST(Json, TimeIsLinearInTheNumberOfFields) {
  const auto seconds = [](int n_fields) {
    std::string text = "{";
    for (int i = 0; i < n_fields; ++i) text += (i ? ",\"" : "\"") + std::to_string(i) + "\":{}";
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(parse_object(text + "}", "x"));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  EXPECT_TRUE(support::grows_less_than(9, [&] { return seconds(10'000); }, [&] { return seconds(40'000); }));
}

TEST(Json, FilesAreBounded) {
  test::TemporaryFolder folder;
  folder.write("a.json", R"({"a":1})");
  EXPECT_TRUE(read_object(folder.file("a.json"), 7));
  EXPECT_EQ(read_object(folder.file("a.json"), 6).error().code, ErrorCode::kBadFile);
  EXPECT_EQ(read_object(folder.file("b.json"), 6).error().code, ErrorCode::kNotFound);
}

TEST(Json, NullIsAbsent) {
  const Json object = Json::parse(R"({"a":null,"b":"text","c":3})");
  EXPECT_EQ(field(object, "a"), nullptr);
  EXPECT_EQ(field(object, "z"), nullptr);
  EXPECT_EQ(field(Json(3), "a"), nullptr);
  EXPECT_EQ(text_field(object, "b"), "text");
  EXPECT_EQ(text_field(object, "c"), "");
}

TEST(Json, WhatIsShownIsShortAndPrintable) {
  EXPECT_EQ(shown(Json("a\x01\xC3\xA9")), "\"a\\u0001\\u00e9\"");
  EXPECT_EQ(shown(Json(std::string(1000, 'x'))).size(), 80u);
}

}  // namespace
}  // namespace sotto::published
