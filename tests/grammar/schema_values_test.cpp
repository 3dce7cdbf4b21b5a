// Values that are no objects. tests/grammar/random_test.py has many more; here stands each kind once.
#include "grammar/support.h"

namespace sotto::grammar {
namespace {

using support::refusal;
using support::schema_matches;

void expect_values(std::string_view schema, const std::vector<std::string_view>& valid,
                   const std::vector<std::string_view>& invalid) {
  for (const std::string_view text : valid) EXPECT_TRUE(schema_matches(schema, text)) << schema << " " << text;
  for (const std::string_view text : invalid) EXPECT_FALSE(schema_matches(schema, text)) << schema << " " << text;
}

TEST(SchemaValues, Types) {
  expect_values(R"({"type": ["integer", "null"]})", {"1", "-7", "null"}, {"1.5", "1.0", "true", "\"1\"", "-0"});
  expect_values(R"({"type": "number"})", {"1", "1.5", "-1e5", "0.25E-3"}, {"null", "1e123", "01"});
  expect_values(R"({"type": "boolean"})", {"true", "false"}, {"1", "\"true\""});
}

TEST(SchemaValues, KeywordsConcernTheirOwnTypes) {
  expect_values(R"({"minLength": 2, "minimum": 3, "minItems": 1})", {"null", "\"ab\"", "3", "[1]", "{}"},
                {"\"a\"", "2", "[]"});
}

TEST(SchemaValues, Constants) {
  expect_values(R"({"enum": ["a", 1.0, null, [1, {"b": 2}]]})", {"\"a\"", "1", "null", "[1, {\"b\": 2}]"},
                {"\"b\"", "1.0", "[1]"});
  expect_values(R"({"enum": ["a", "abc", 5, 50], "maxLength": 2, "maximum": 10})", {"\"a\"", "5"}, {"\"abc\"", "50"});
  expect_values(R"({"enum": ["a", 1], "type": "string"})", {"\"a\""}, {"1"});
  EXPECT_NE(refusal(R"({"enum": []})").find("no text can match"), std::string::npos);
  EXPECT_NE(refusal(R"({"const": [1], "minItems": 1})").find("at #/const"), std::string::npos);
}

TEST(SchemaValues, Strings) {
  expect_values(R"({"type": "string", "pattern": "^a+$", "maxLength": 3})", {"\"a\"", "\"aaa\""},
                {"\"aaaa\"", "\"\"", "\"b\""});
  expect_values(R"({"type": "string", "pattern": "\"", "minLength": 2})", {"\"a\\\"\"", "\"\\\"\\\"\""},
                {"\"\\\"\"", "\"ab\""});
  expect_values(R"({"type": "string", "format": "date", "pattern": "^2024"})", {"\"2024-02-29\""},
                {"\"2023-01-01\"", "\"2024\""});
  EXPECT_NE(refusal(R"({"type": "string", "minLength": 3, "maxLength": 2})").find("no text can match"),
            std::string::npos);
}

TEST(SchemaValues, Numbers) {
  expect_values(R"({"type": "integer", "minimum": -3, "exclusiveMaximum": 12})", {"-3", "0", "11"},
                {"-4", "12", "1.5"});
  expect_values(R"({"type": "number", "minimum": 0.5, "maximum": 1})", {"0.5", "0.75", "1", "1.0"},
                {"0.4", "1.01", "0", "5e-1"});
  expect_values(R"({"type": "integer", "multipleOf": 10})", {"0", "-20"}, {"5"});
}

TEST(SchemaValues, Arrays) {
  expect_values(R"({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3})",
                {"[1]", "[1, 2, 3]"}, {"[]", "[1,2,3,4]", "[true]"});
  expect_values(R"({"type": "array", "prefixItems": [{"const": 1}, {"const": 2}], "items": false})",
                {"[]", "[1]", "[1,2]"}, {"[2]", "[1,2,3]"});
  expect_values(R"({"type": "array", "prefixItems": [{"const": 1}], "items": {"const": 2}, "minItems": 3})",
                {"[1,2,2]", "[1,2,2,2]"}, {"[1,2]", "[1,2,1]"});
  expect_values(R"({"type": "array", "maxItems": 0})", {"[]"}, {"[1]"});
}

}  // namespace
}  // namespace sotto::grammar
