#include "grammar/json_text.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

using support::schema_matches;

bool added_matches(const std::function<void(Builder&, JsonText&, Node, Node)>& add, std::string_view text) {
  Builder builder({});
  JsonText json(builder);
  const Rule root = builder.add_rule("root");
  add(builder, json, builder.start_of(root), builder.end_of(root));
  const auto grammar = builder.finish(root);
  EXPECT_TRUE(grammar);
  return grammar && support::matches(*grammar, text);
}

bool string_matches(const Dfa& language, std::string_view text) {
  return added_matches([&](Builder&, JsonText& json, Node from, Node to) { json.add_string(from, language, to); },
                       text);
}

TEST(JsonText, AnyValueIsJson) {
  const nlohmann::json values[] = {nullptr,
                                   true,
                                   0,
                                   -12,
                                   1.5,
                                   1e10,
                                   "",
                                   "ü\n\"\\\x01",
                                   nlohmann::json::array(),
                                   nlohmann::json::object(),
                                   {{"a", {1, 2, {{"b", nullptr}}}}, {"c d", "x"}}};
  for (const nlohmann::json& value : values) {
    for (const int indent : {-1, 2, 4}) EXPECT_TRUE(schema_matches("true", value.dump(indent))) << value.dump(indent);
    EXPECT_TRUE(schema_matches("true", value.dump(-1, ' ', true))) << value.dump(-1, ' ', true);
  }
  EXPECT_TRUE(schema_matches("true", "[1, 2,\n\t3]"));
  for (const char* text : {"",
                           "nul",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "--1",
                           "1e",
                           "\"",
                           "\"\n\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\uD800\"",
                           "\"\\uDC00\\uD800\"",
                           "[1,]",
                           "[,1]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{a:1}",
                           "{\"a\":1,}",
                           "[1] ",
                           " [1]",
                           "\"\xC3\"",
                           "\"\xED\xA0\x80\""})
    EXPECT_FALSE(schema_matches("true", text)) << text;
}

TEST(JsonText, BlanksAreBounded) {
  EXPECT_TRUE(schema_matches("true", "[\n" + std::string(JsonText::kMostIndent, ' ') + "1]"));
  EXPECT_FALSE(schema_matches("true", "[\n" + std::string(JsonText::kMostIndent + 1, ' ') + "1]"));
  EXPECT_FALSE(schema_matches("true", "[\n\n1]"));
  EXPECT_FALSE(schema_matches("true", "[  1]"));
  EXPECT_FALSE(schema_matches("true", "{\"a\":  1}"));
}

TEST(JsonText, StringsOfALanguageEscapeWhatMustBe) {
  const Dfa three = Dfa::lengths(3, 3);
  for (const char* text : {"\"abc\"", "\"\\n\\\"\\\\\"", "\"\\u0000\\u001f\\u001F\"", "\"é😀日\"", "\"a\x7F/\""})
    EXPECT_TRUE(string_matches(three, text)) << text;
  for (const char* text : {"\"ab\"", "\"abcd\"", "\"a\nb\"", "\"\\u0041bc\"", "\"\\u000abc\"", "\"\\/bc\"", "abc"})
    EXPECT_FALSE(string_matches(three, text)) << text;
  EXPECT_TRUE(string_matches(three, "\"\\u001abc\"")) << "U+001A, b, c";
}

TEST(JsonText, AValueIsWrittenInOneWay) {
  const auto value = parse_json(R"({"a": [1.0, "x\u000ay"], "b": {}, "c": 2.50})", {});
  ASSERT_TRUE(value);
  const auto matches = [&](std::string_view text) {
    return added_matches([&](Builder&, JsonText& json, Node from, Node to) { json.add_value(from, **value, to); },
                         text);
  };
  EXPECT_TRUE(matches(R"({"a":[1,"x\ny"],"b":{},"c":2.5})"));
  EXPECT_TRUE(matches("{\n  \"a\": [\n    1,\n    \"x\\ny\"\n  ],\n  \"b\": {},\n  \"c\": 2.5\n}"));
  EXPECT_FALSE(matches(R"({"b":{},"a":[1,"x\ny"],"c":2.5})"));
  EXPECT_FALSE(matches(R"({"a":[1.0,"x\ny"],"b":{},"c":2.5})"));
}

TEST(JsonText, QuotesAsAnyReaderReadsIt) {
  std::string text;
  for (int c = 0; c < 128; ++c) text += static_cast<char>(c);
  text += "é😀";
  EXPECT_EQ(nlohmann::json::parse(json_quoted(text)).get<std::string>(), text);
  EXPECT_EQ(canonical_number("1.50e1"), "15");
  EXPECT_EQ(canonical_number("-0.0"), "0");
  EXPECT_EQ(canonical_number("1e300"), "1e300");
}

}  // namespace
}  // namespace sotto::grammar
