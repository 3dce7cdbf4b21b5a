#include "text/tool_calls/support.h"

namespace sotto::text::tool_calls {
namespace {

std::string read_json(const std::string& text) { return read_whole(read_json_calls, text); }

TEST(JsonCalls, TheFormsThatFamiliesWrite) {
  const std::string rome = R"(get_weather{"city":"Rome"})";
  EXPECT_EQ(read_json(R"({"name": "get_weather", "arguments": {"city": "Rome"}})"), rome);
  EXPECT_EQ(read_json(R"({"name": "get_weather", "parameters": {"city": "Rome"}})"), rome);
  EXPECT_EQ(read_json(R"({"tool_call_id": "0", "tool_name": "get_weather", "parameters": {"city": "Rome"}})"), rome);
  EXPECT_EQ(read_json(R"({"type": "function", "function": {"name": "get_weather", "arguments": {"city": "Rome"}}})"),
            rome);
  EXPECT_EQ(read_json(R"({"name": "get_weather", "arguments": "{\"city\": \"Rome\"}"})"), rome);
  EXPECT_EQ(read_json(R"([{"name": "get_weather", "arguments": {"city": "Rome"}, "id": "x"}, {"name": "now"}])"),
            rome + " now{}");
  EXPECT_EQ(read_json(R"({"name": "now", "arguments": ""})"), "now{}");
  EXPECT_EQ(read_json("{\n  \"name\": \"now\",\n  \"arguments\": null\n}\ntrailing"), "now{}");
}

TEST(JsonCalls, NumbersAndTextsStayAsTheyAre) {
  EXPECT_EQ(
      read_json(
          R"({"name": "now", "arguments": {"a": 1.0, "b": 18446744073709551615, "c": "} \" {", "d": [null, true]}})"),
      R"(now{"a":1.0,"b":18446744073709551615,"c":"} \" {","d":[null,true]})");
  EXPECT_EQ(read_json(R"({"name": "now", "arguments": {"a": "\u00e9日本"}})"), R"(now{"a":"é日本"})");
}

TEST(JsonCalls, WhatIsNoneIsNone) {
  for (const char* text :
       {R"({"name": "unknown", "arguments": {}})", R"({"name": 3})", R"({"city": "Rome"})", "{}", "[]", "[1]",
        R"({"a"])", R"({"name": "now", "arguments": [1]})", R"({"name": "now", "arguments": "no object"})", "{ name }",
        "}", R"({"name": "now", "arguments": {"a": 1e999}})", R"({"name": "now",, "arguments": {}})"})
    EXPECT_EQ(read_json(text), "none") << text;
  EXPECT_EQ(read_json(R"([{"name": "now"}, {"name": "unknown"}])"), "none");
}

TEST(JsonCalls, TheFirstMemberTellsAnswersFromCalls) {
  for (const char* text : {"", "{", "{ \"na", R"({"name")", R"({"name": "no)", R"([ {"name": "now", "arg)",
                           R"({"type": 1)", R"({"name": "n\u006fw"})", "[now(", "text"})
    EXPECT_TRUE(may_be_json_calls(text, weather_tools())) << text;
  for (const char* text : {"{}", "{ city", R"({"city")", R"([{"city": 1)", R"({"name" 1)", R"({"name": 1)",
                           R"({"name": "unknown")", R"([{"tool_name":"Rome")", R"({"n\u0061me": "now"})"})
    EXPECT_FALSE(may_be_json_calls(text, weather_tools())) << text;
}

TEST(JsonCalls, NestingIsBounded) {
  const std::string deep = std::string(kMostNesting + 1, '[');
  EXPECT_EQ(read_json(R"({"name": "now", "arguments": {"a": )" + deep), "none");
  const std::string inside(kMostNesting + 1, '[');
  EXPECT_EQ(
      read_json(R"({"name": "now", "arguments": "{\"a\": )" + inside + std::string(kMostNesting + 1, ']') + "}\"}"),
      "none");
}

TEST(JsonCalls, WholeObjects) {
  EXPECT_EQ(parse_object(" {\"a\": [1]}\n").value().dump(), R"({"a":[1]})");
  for (const char* text : {"", " ", "[1]", "3", "{", "{} x", "{\"a\": 1e999}"})
    EXPECT_FALSE(parse_object(text)) << text;
  EXPECT_FALSE(parse_object("{\"a\": " + std::string(kMostNesting, '[') + std::string(kMostNesting, ']') + "}"));
}

TEST(JsonCalls, TheEndIsFoundByBracketsAndQuotes) {
  EXPECT_EQ(find_json_end(R"({"a": "}"} x)").n_bytes, 10u);
  EXPECT_EQ(find_json_end(R"({"a": "\"}"})").n_bytes, 12u);
  EXPECT_EQ(shown(find_json_end("{\"a\": \"\\")), "more");
}

}  // namespace
}  // namespace sotto::text::tool_calls
