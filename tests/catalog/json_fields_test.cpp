#include "catalog/json_fields.h"

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

TEST(JsonFields, ReadsWhatIsThere) {
  auto json = parse_json_object(R"({"t": "x", "n": 7, "f": true, "a": [1, 2]})", "test");
  ASSERT_TRUE(json);
  JsonFields fields(*json, "test");
  EXPECT_EQ(fields.text("t", true), "x");
  EXPECT_EQ(fields.number("n", true), 7u);
  EXPECT_TRUE(fields.flag("f", false));
  EXPECT_EQ(fields.array("a").size(), 2u);
  EXPECT_EQ(fields.text("absent"), "");
  EXPECT_EQ(fields.number("absent"), 0u);
  EXPECT_TRUE(fields.flag("absent", true));
  EXPECT_TRUE(fields.array("absent").empty());
  EXPECT_EQ(fields.problem(), "");
}

TEST(JsonFields, KeepsTheFirstProblem) {
  nlohmann::json json = {{"t", 3}, {"n", -1}, {"f", "yes"}, {"a", 1.5}};
  EXPECT_EQ(
      [&] {
        JsonFields fields(json, "here");
        fields.text("t");
        fields.number("n");
        return fields.problem();
      }(),
      "here: \"t\" must be a text, found number");
  for (auto read : {+[](JsonFields& f) { f.number("n"); }, +[](JsonFields& f) { f.flag("f", true); },
                    +[](JsonFields& f) { f.array("a"); }, +[](JsonFields& f) { f.text("absent", true); }}) {
    JsonFields fields(json, "here");
    read(fields);
    EXPECT_TRUE(fields.problem().starts_with("here: ")) << fields.problem();
  }
}

TEST(JsonFields, NotAnObject) {
  for (const char* text : {"", "3", "[]", "{", "null", "{\"a\":}", "\xff"}) {
    auto json = parse_json_object(text, "where");
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().code, ErrorCode::kBadFile);
    EXPECT_NE(json.error().message.find("where"), std::string::npos);
  }
  nlohmann::json list = nlohmann::json::array();
  JsonFields fields(list, "list");
  EXPECT_EQ(fields.text("x", true), "");
  EXPECT_NE(fields.problem(), "");
}

}  // namespace
}  // namespace sotto::catalog
