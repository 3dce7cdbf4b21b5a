// Objects. tests/grammar/random_test.py has many more; here stands each keyword once.
#include "grammar/support.h"

namespace sotto::grammar {
namespace {

using support::refusal;
using support::schema_matches;

void expect_members(std::string_view schema, const std::vector<std::string_view>& valid,
                    const std::vector<std::string_view>& invalid, const SchemaOptions& options = {}) {
  for (const std::string_view text : valid) EXPECT_TRUE(schema_matches(schema, text, options)) << schema << " " << text;
  for (const std::string_view text : invalid)
    EXPECT_FALSE(schema_matches(schema, text, options)) << schema << " " << text;
}

TEST(SchemaObjects, MembersComeInTheOrderOfTheSchema) {
  expect_members(
      R"({"type": "object", "properties": {"a": true, "b": true, "c": true}, "required": ["b"], "additionalProperties": false})",
      {R"({"b":1})", R"({"a":1,"b":2})", R"({"b":1,"c":2})", R"({"a":1, "b":2, "c":3})", "{\n  \"b\": 1\n}"},
      {"{}", R"({"a":1})", R"({"b":1,"a":2})", R"({"b":1,"d":2})", R"({"b":1,"b":2})", R"({"b":1,})"});
  expect_members(
      R"({"type": "object", "required": ["z"], "properties": {"a": true}, "additionalProperties": {"type": "null"}})",
      {R"({"a":1,"z":null})", R"({"z":null,"q":null})"}, {R"({"a":1})", R"({"z":1})"});
}

TEST(SchemaObjects, OthersComeAfterAndHaveOtherNames) {
  constexpr std::string_view schema =
      R"({"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}})";
  expect_members(schema, {"{}", R"({"a":1})", R"({"b":"x"})", R"({"a":1,"b":"x","ab":"y"})", R"({"":"x"})"},
                 {R"({"a":"x"})", R"({"b":"x","a":"y"})", R"({"b":1})", R"({"\u0061":"x"})"});
}

TEST(SchemaObjects, NothingIsInventedWhereNotAsked) {
  constexpr std::string_view open = R"({"type": "object", "properties": {"a": true}})";
  expect_members(open, {R"({"a":1,"b":2})"}, {});
  expect_members(open, {R"({"a":1})", "{}"}, {R"({"a":1,"b":2})"}, {.named_properties_only = true});
  expect_members(R"({"type": "object"})", {R"({"a":1})"}, {}, {.named_properties_only = true});
  expect_members(R"({"type": "object", "properties": {"a": true}, "additionalProperties": true})", {R"({"b":1})"}, {},
                 {.named_properties_only = true});
}

TEST(SchemaObjects, NamesByPattern) {
  constexpr std::string_view schema =
      R"({"type": "object", "properties": {"n1": {"minimum": 5}}, "additionalProperties": false,
      "patternProperties": {"^n": {"type": "integer"}, "1$": {"maximum": 9}}})";
  expect_members(schema, {R"({"n1":7})", R"({"n2":100})", R"({"n11":9})", R"({"x1":3})", R"({"x1":null})"},
                 {R"({"n1":4})", R"({"n1":10})", R"({"n11":10})", R"({"n2":"x"})", R"({"x":1})"});
  EXPECT_NE(refusal(R"x({"patternProperties": {"(?=a)": true}})x").find("at #/patternProperties/(?=a)"),
            std::string::npos);
}

TEST(SchemaObjects, NumbersOfMembers) {
  expect_members(R"({"type": "object", "properties": {"a": true, "b": true, "c": true}, "additionalProperties": false,
             "minProperties": 1, "maxProperties": 2})",
                 {R"({"a":1})", R"({"b":1,"c":2})", R"({"a":1,"c":2})"}, {"{}", R"({"a":1,"b":2,"c":3})"});
  expect_members(R"({"type": "object", "maxProperties": 2})", {"{}", R"({"x":1,"y":2})"}, {R"({"x":1,"y":2,"z":3})"});
  expect_members(R"({"type": "object", "minProperties": 1})", {R"({"x":1})"}, {"{}"});
  expect_members(R"({"type": "object", "maxProperties": 0})", {"{}"}, {R"({"x":1})"});
  EXPECT_NE(refusal(R"({"type": "object", "minProperties": 2})").find("at #/minProperties"), std::string::npos);
  EXPECT_NE(
      refusal(
          R"({"type": "object", "minProperties": 2, "maxProperties": 1, "properties": {"a": true, "b": true}, "additionalProperties": false})")
          .find("no text can match"),
      std::string::npos);
}

TEST(SchemaObjects, NamesThatMayBe) {
  expect_members(
      R"({"type": "object", "propertyNames": {"pattern": "^[a-z]+$", "maxLength": 3}, "properties": {"toolong": true, "a": {"const": 1}}})",
      {R"({"a":1})", R"({"b":2})"}, {R"({"toolong":1})", R"({"A":1})", R"({"a":2})"});
  expect_members(R"({"type": "object", "propertyNames": {"enum": ["x", "y"]}})", {R"({"x":1,"y":2})"}, {R"({"z":1})"});
  expect_members(R"({"type": "object", "propertyNames": false})", {"{}"}, {R"({"z":1})"});
  EXPECT_NE(refusal(R"({"propertyNames": {"anyOf": [true]}})").find("at #/propertyNames"), std::string::npos);
}

TEST(SchemaObjects, WhatCannotBeIsLeftOut) {
  expect_members(R"({"type": "object", "properties": {"a": false, "b": true}})", {"{}", R"({"b":1})", R"({"c":1})"},
                 {R"({"a":1})"});
  EXPECT_NE(refusal(R"({"type": "object", "properties": {"a": false}, "required": ["a"]})").find("no text can match"),
            std::string::npos);
}

}  // namespace
}  // namespace sotto::grammar
