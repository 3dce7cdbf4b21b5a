#include "grammar/value_spec.h"

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

using support::refusal;

TEST(ValueSpec, RefusesWhatItCannotHonour) {
  for (const char* keyword : {"not", "if", "contains", "unevaluatedItems", "unevaluatedProperties", "dependentRequired",
                              "dependentSchemas", "dependencies", "$dynamicRef"}) {
    const std::string schema = R"({"properties": {"a": {")" + std::string(keyword) + R"(": {}}}})";
    EXPECT_NE(refusal(schema).find("schema, at #/properties/a/" + std::string(keyword) + ": "), std::string::npos)
        << keyword;
  }
  for (const char* schema :
       {R"({"uniqueItems": true})", R"({"multipleOf": 3})", R"x({"pattern": "(?=a)"})x", R"({"minProperties": 2})",
        R"({"exclusiveMinimum": true})", R"({"minimum": 12345678901234567890})", R"({"maxLength": 1000000})",
        R"({"minItems": 1000000000000})"})
    EXPECT_NE(refusal(schema).find("schema, at #/"), std::string::npos) << schema << ": " << refusal(schema);
  EXPECT_EQ(refusal(R"({"uniqueItems": true, "maxItems": 1})"), "");
  EXPECT_EQ(refusal(R"({"uniqueItems": false})"), "");
}

TEST(ValueSpec, SaysWhatAKeywordMayHave) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"type": "text"})", "at #/type: \"text\" is no type"},
      {R"({"type": 1})", "a number is no type"},
      {R"({"enum": 1})", "at #/enum: expected an array"},
      {R"({"minLength": -1})", "expected a whole number, 0 or more, found a number (-1)"},
      {R"({"minLength": "1"})", "expected a whole number, 0 or more, found a string"},
      {R"({"maxItems": 1.5})", "expected a whole number"},
      {R"({"minimum": "1"})", "at #/minimum: expected a number"},
      {R"({"pattern": 1})", "expected a string"},
      {R"({"properties": []})", "expected an object of schemas, found an array"},
      {R"({"properties": {"a": 1}})", "at #/properties/a: expected a schema, found a number"},
      {R"({"required": "a"})", "expected an array of strings"},
      {R"({"required": [1]})", "at #/required/0: expected a string"},
      {R"({"items": 1})", "expected a schema"},
      {R"({"anyOf": {}})", "at #/anyOf: expected an array of schemas, found an object"},
      {R"({"allOf": []})", "found an empty one"},
      {R"({"oneOf": [1]})", "at #/oneOf/0: expected a schema"},
      {R"({"uniqueItems": 1})", "expected true or false"},
      {R"({"propertyNames": 1})", "expected a schema"},
      {R"x({"pattern": "("})x", "at #/pattern: pattern, line 1, column 1: this group is not closed"},
  };
  for (const auto& [schema, problem] : cases)
    EXPECT_NE(refusal(schema).find(problem), std::string::npos) << schema << ": " << refusal(schema);
}

TEST(ValueSpec, ReportsWhatHasNoEffect) {
  const auto compiled =
      compile_json_schema(R"({"type": "object", "additionalProperties": false, "x-mine": 1, "title": "t",
      "properties": {"a": {"type": "string", "format": "colour", "description": "d"}, "b": {"minLenght": 3}}})");
  ASSERT_TRUE(compiled);
  EXPECT_EQ(compiled->ignored, (std::vector<std::string>{"#/properties/a/format: the format colour is not known",
                                                         "#/properties/b/minLenght: no keyword that constrains",
                                                         "#/x-mine: no keyword that constrains"}));
}

TEST(ValueSpec, BoundsAreTheNarrowest) {
  for (const auto& [schema, text, expected] : {
           std::tuple(R"({"allOf": [{"minimum": 3}, {"exclusiveMinimum": 3}], "type": "integer"})", "3", false),
           std::tuple(R"({"allOf": [{"minimum": 3}, {"exclusiveMinimum": 2}], "type": "integer"})", "3", true),
           std::tuple(R"({"allOf": [{"maximum": 9}, {"maximum": 7.5}], "type": "number"})", "7.6", false),
           std::tuple(R"({"allOf": [{"minLength": 2}, {"maxLength": 3}, {"maxLength": 9}], "type": "string"})",
                      "\"abcd\"", false),
           std::tuple(R"({"allOf": [{"enum": [1, 2]}, {"enum": [2.0, 3]}]})", "2", true),
           std::tuple(R"({"allOf": [{"enum": [1, 2]}, {"enum": [2.0, 3]}]})", "1", false),
           std::tuple(R"({"maximum": 1e300, "type": "integer"})", "5", true),
       })
    EXPECT_EQ(support::schema_matches(schema, text), expected) << schema << " " << text;
}

TEST(ValueSpec, TypesOfValues) {
  const auto type = [](std::string_view text) { return type_of(**parse_json(text, {})); };
  EXPECT_EQ(type("1.0"), kIntegerType);
  EXPECT_EQ(type("1.5"), kFractionType);
  EXPECT_EQ(type("{}"), kObjectType);
  EXPECT_EQ(type("false"), kBooleanType);
}

}  // namespace
}  // namespace sotto::grammar
