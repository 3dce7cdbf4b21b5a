#include "grammar/schema_document.h"

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

using support::refusal;
using support::schema_matches;

TEST(SchemaDocument, FollowsReferences) {
  constexpr std::string_view schema = R"({"$id": "https://example.org/s", "type": "array", "prefixItems": [
      {"$ref": "#/$defs/a~1b%25"}, {"$ref": "#named"}, {"$ref": "https://example.org/s#/$defs/list/prefixItems/0"},
      {"$ref": "https://example.org/s"}, {"$ref": "#old"}], "items": false,
      "$defs": {"a/b%": {"const": 1}, "n": {"$anchor": "named", "const": 2}, "list": {"prefixItems": [{"const": 3}]},
                "o": {"$id": "#old", "const": 5}}})";
  EXPECT_TRUE(schema_matches(schema, "[1,2,3,[],5]"));
  EXPECT_TRUE(schema_matches(schema, "[1,2,3,[1],5]"));
  EXPECT_FALSE(schema_matches(schema, "[1,2,4]"));
  EXPECT_FALSE(schema_matches(schema, "[1,2,3,[2],5]"));
}

TEST(SchemaDocument, ReadsDraft7) {
  constexpr std::string_view schema = R"({"$ref": "#/definitions/x", "definitions": {"x": {"items": [{"type": "null"}],
      "additionalItems": {"type": "boolean"}, "type": "array"}}})";
  EXPECT_TRUE(schema_matches(schema, "[null,true]"));
  EXPECT_FALSE(schema_matches(schema, "[true]"));
  EXPECT_FALSE(schema_matches(schema, "[null,null]"));
}

TEST(SchemaDocument, ErrorsNameThePlace) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"$ref": "other.json#/a"})", "schema, at #/$ref: \"other.json#/a\" leads out of the schema"},
      {R"({"items": {"$ref": "#/$defs/x"}, "type": "array"})",
       "schema, at #/items/$ref: there is nothing at #/$defs/x"},
      {R"({"$ref": "#nope"})", "no $anchor \"nope\""},
      {R"({"$ref": 1})", "at #/$ref: expected a string, found a number"},
      {R"({"$ref": "#/title", "title": "t"})", "is no schema but a string"},
      {R"({"$ref": "#/items/9", "items": []})", "there is nothing"},
      {"[]", "expected an object, true or false, found an array"},
      {"{\"a\": }", "schema: no valid JSON at byte 7"},
      {R"({"properties": {"a": {"$id": "inner"}}})",
       "at #/properties/a/$id: $id is supported at the schema's beginning only"},
  };
  for (const auto& [schema, problem] : cases)
    EXPECT_NE(refusal(schema).find(problem), std::string::npos) << schema << ": " << refusal(schema);
}

}  // namespace
}  // namespace sotto::grammar
