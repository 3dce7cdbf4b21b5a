#include "grammar/schema_compiler.h"

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

using support::refusal;
using support::schema_matches;

TEST(SchemaCompiler, ReferencesMayRecur) {
  constexpr std::string_view tree = R"({"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "required": ["v"],
      "properties": {"v": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
      "additionalProperties": false}}})";
  EXPECT_TRUE(schema_matches(tree, R"({"v":1,"children":[{"v":2},{"v":3,"children":[]}]})"));
  EXPECT_FALSE(schema_matches(tree, R"({"v":1,"children":[{"w":2}]})"));
  EXPECT_EQ(refusal(R"({"$ref": "#"})"), "");
  EXPECT_NE(
      refusal(R"({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]})").find("no text can match"),
      std::string::npos);
}

TEST(SchemaCompiler, ChoicesHoldBesideTheRest) {
  constexpr std::string_view schema =
      R"({"type": "string", "minLength": 2, "anyOf": [{"maxLength": 3}, {"pattern": "^x"}], "oneOf": [{"pattern": "y$"}, {"type": "null"}]})";
  for (const auto& [text, expected] :
       {std::pair("\"ay\"", true), std::pair("\"xaaay\"", true), std::pair("\"aaay\"", false),
        std::pair("\"y\"", false), std::pair("null", false), std::pair("\"xx\"", false)})
    EXPECT_EQ(schema_matches(schema, text), expected) << text;
}

TEST(SchemaCompiler, AChoiceOfItselfEnds) {
  EXPECT_TRUE(schema_matches(R"({"anyOf": [{"$ref": "#"}, {"type": "null"}]})", "null"));
  EXPECT_FALSE(schema_matches(R"({"anyOf": [{"$ref": "#"}, {"type": "null"}]})", "1"));
  EXPECT_NE(refusal(R"({"anyOf": [{"$ref": "#"}]})").find("no text can match"), std::string::npos);
}

TEST(SchemaCompiler, AllOfIsMerged) {
  constexpr std::string_view schema = R"({"allOf": [
      {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
      {"properties": {"a": {"minimum": 5}, "b": {"type": "string"}}, "additionalProperties": false}]})";
  EXPECT_TRUE(schema_matches(schema, R"({"a":5,"b":"x"})"));
  EXPECT_FALSE(schema_matches(schema, R"({"a":4})"));
  EXPECT_FALSE(schema_matches(schema, R"({"b":"x"})"));
  EXPECT_FALSE(schema_matches(schema, R"({"a":5,"c":1})"));
}

TEST(SchemaCompiler, IsBounded) {
  std::string choices = R"({"allOf": [)";
  for (int i = 0; i < 20; ++i)
    choices += R"({"anyOf": [{"minLength": )" + std::to_string(i) + R"(}, {"maxLength": 99}]},)";
  choices.back() = ']';
  EXPECT_NE(refusal(choices + "}").find("alternatives"), std::string::npos);
  std::string names = R"({"properties": {"p": true)";
  for (int i = 0; i < 6000; ++i) names += ",\"p" + std::to_string(i) + "\": true";
  EXPECT_NE(refusal(names + "}}").find("at #/properties: names 6001 properties; at most 5000"), std::string::npos);
  std::string patterns = R"({"type": "array", "prefixItems": [)";
  for (int i = 0; i < 200; ++i)
    patterns += R"({"pattern": "^[ab]*a[ab]{)" + std::to_string(9 + i % 4) + R"(}c)" + std::to_string(i) + R"($"},)";
  patterns.back() = ']';
  EXPECT_NE(refusal(patterns + "}").find("need more than 400000 states"), std::string::npos);
  std::string values = R"({"enum": [1)";
  for (int i = 0; i < 2000; ++i) values += "," + std::to_string(i + 2);
  EXPECT_NE(refusal(R"({"allOf": [)" + values + "]}," + values + "]}]}").find("too many values"), std::string::npos);
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += R"({"items":)";
  EXPECT_NE(refusal(deep).find("nested deeper"), std::string::npos);
  const std::string strings = R"({"type": "array", "prefixItems": [)" + [] {
    std::string all;
    for (int i = 0; i < 40; ++i) all += R"({"type": "string", "maxLength": )" + std::to_string(15'000 + i) + "},";
    all.pop_back();
    return all;
  }() + "]}";
  EXPECT_NE(refusal(strings).find("too large"), std::string::npos);
}

TEST(SchemaCompiler, MayBeginAfterATrigger) {
  const auto compiled = compile_json_schema(R"({"const": 1})", {.trigger = "<call>"});
  ASSERT_TRUE(compiled);
  EXPECT_TRUE(support::matches(compiled->grammar, "no call"));
  EXPECT_TRUE(support::matches(compiled->grammar, "so <call>1"));
  EXPECT_FALSE(support::matches(compiled->grammar, "so <call>2"));
}

}  // namespace
}  // namespace sotto::grammar
