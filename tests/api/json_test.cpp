#include "api/json.h"

#include <gtest/gtest.h>

namespace sotto::api {
namespace {

std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

void expect_refused(const std::string& body, std::string_view why) {
  const auto parsed = parse_body(body);
  ASSERT_FALSE(parsed) << body.substr(0, 80);
  EXPECT_EQ(parsed.error().code, ErrorCode::kBadRequest);
  EXPECT_NE(parsed.error().message.find(why), std::string::npos) << parsed.error().message;
}

TEST(Json, KeepsTheOrderOfNames) {
  const auto parsed = parse_body(R"({"b": 1, "a": {"z": true, "y": null}})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(dump(*parsed), R"({"b":1,"a":{"z":true,"y":null}})");
}

TEST(Json, AnEmptyBodyIsAnEmptyObject) {
  for (const char* body : {"", " \r\n", "{}"}) {
    const auto parsed = parse_body(body);
    ASSERT_TRUE(parsed) << body;
    EXPECT_TRUE(parsed->is_object() && parsed->empty());
  }
}

TEST(Json, RefusesDepthBeforeItParses) {
  EXPECT_TRUE(parse_body(R"({"a": )" + repeat("[", kMostDepth - 1) + repeat("]", kMostDepth - 1) + "}"));
  expect_refused(R"({"a": )" + repeat("[", kMostDepth) + repeat("]", kMostDepth) + "}", "nested deeper than 64");
  expect_refused(repeat("[", 100'000) + repeat("]", 100'000), "nested deeper");
  expect_refused(repeat(R"({"a":)", 100'000), "nested deeper");
  // Brackets of a string are none.
  EXPECT_TRUE(parse_body(R"({"a": ")" + repeat("[{", 500) + R"(\"[["})"));
}

TEST(Json, BoundsMembersAndValues) {
  std::string members;
  for (std::size_t i = 0; i <= kMostMembers; ++i) members += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  expect_refused("{" + members + "}", "more than 1024 members");
  EXPECT_TRUE(parse_body(R"({"a": [0)" + repeat(",0", 5000) + "]}"));
  expect_refused(R"({"a": [0)" + repeat(",0", 2'000'001) + "]}", "more than 1000000 values");
}

TEST(Json, RefusesWhatIsNoJson) {
  expect_refused("[1]", "an object is wanted, found a list");
  expect_refused("3", "an object is wanted, found a whole number");
  expect_refused("{", "no valid JSON");
  expect_refused(R"({"a": NaN})", "no valid JSON");
  expect_refused(R"({"a": Infinity})", "no valid JSON");
  expect_refused(R"({"a": 1e999})", "larger than a double holds");
  expect_refused(R"({"a": -1e999})", "larger than a double holds");
  expect_refused("{\"a\": \"\xff\"}", "no valid JSON");
  expect_refused("{\"a\": \"\xed\xa0\x80\"}", "no valid JSON");  // a surrogate in UTF-8
  expect_refused(R"({"a": "\ud800"})", "no valid JSON");
  expect_refused(R"({"a": "\udc00\ud800"})", "no valid JSON");
  expect_refused(R"({"a": 1} {"b": 2})", "no valid JSON");
}

TEST(Json, DumpNeverFails) { EXPECT_EQ(dump(Json{{"a", "x\xff"}}), "{\"a\":\"x\xEF\xBF\xBD\"}"); }

}  // namespace
}  // namespace sotto::api
