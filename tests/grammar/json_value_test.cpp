#include "grammar/json_value.h"

#include <gtest/gtest.h>

namespace sotto::grammar {
namespace {

std::string problem(std::string_view text) {
  const auto parsed = parse_json(text, {});
  return parsed ? "" : parsed.error().message;
}

TEST(JsonValue, KeepsOrderAndNumbers) {
  const auto parsed =
      parse_json(R"({"z": [1, 2.50, 12345678901234567890123], "a": {"b": "\u00e9"}, "t": true, "n": null})", {});
  ASSERT_TRUE(parsed);
  const JsonValue& root = **parsed;
  ASSERT_EQ(root.members.size(), 4u);
  EXPECT_EQ(root.members[0].name, "z");
  EXPECT_EQ(root.find("z")->items[1].text, "2.50");
  EXPECT_EQ(root.find("z")->items[2].text, "12345678901234567890123");
  EXPECT_EQ(root.find("a")->find("b")->text, "é");
  EXPECT_TRUE(root.find("t")->truth);
  EXPECT_EQ(root.find("no"), nullptr);
  EXPECT_EQ(pointer_to(root), "");
  EXPECT_EQ(pointer_to(*root.find("a")->find("b")), "/a/b");
  EXPECT_EQ(pointer_to(root.find("z")->items[2]), "/z/2");
}

TEST(JsonValue, PointersEscape) {
  const auto parsed = parse_json(R"({"a/b~c": [0]})", {});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(pointer_to((*parsed)->members[0].value.items[0]), "/a~1b~0c/0");
}

TEST(JsonValue, RefusesWhatIsNoJson) {
  EXPECT_NE(problem(R"({"a": 1, "a": 2})").find("\"a\" stands twice"), std::string::npos);
  for (const char* text : {"", "{", "[1,]", "{\"a\" 1}", "nul", "1 2", "\"\xFF\"", "NaN", "\"\\uD800\""})
    EXPECT_NE(problem(text).find("no valid JSON at byte"), std::string::npos) << text;
  EXPECT_NE(problem(std::string(100'000, '[')).find("nested deeper"), std::string::npos);
  EXPECT_NE(problem(std::string(2 << 20, ' ')).find("at most"), std::string::npos);
}

TEST(JsonValue, ComparesAsJsonSchemaDoes) {
  const auto same = [](std::string_view a, std::string_view b) {
    return same_value(**parse_json(a, {}), **parse_json(b, {}));
  };
  EXPECT_TRUE(same("1.0", "1"));
  EXPECT_TRUE(same(R"({"a":1,"b":[2]})", R"({"b":[2.0],"a":1})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"a":1,"b":1})"));
  EXPECT_FALSE(same("[1,2]", "[2,1]"));
  EXPECT_FALSE(same("0", "false"));
  EXPECT_FALSE(same("\"a\"", "\"b\""));
  EXPECT_TRUE(same("null", "null"));
}

}  // namespace
}  // namespace sotto::grammar
