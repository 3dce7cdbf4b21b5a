#include "api/fields.h"

#include <gtest/gtest.h>

namespace sotto::api {
namespace {

struct Body {
  explicit Body(std::string_view text) : json(*parse_body(text)), fields(json, "options", findings) {}
  Json json;
  Findings findings;
  Fields fields;
};

TEST(Fields, ReadsWhatIsThere) {
  Body body(R"({"s": "x", "f": true, "n": 0.5, "w": 7, "l": [1], "o": {"a": 1}, "t": ["a", "b"], "one": "c"})");
  EXPECT_EQ(body.fields.text("s"), "x");
  EXPECT_EQ(body.fields.flag("f"), true);
  EXPECT_EQ(body.fields.number("n", 0, 1), 0.5);
  EXPECT_EQ(body.fields.whole("w", 0, 10), 7);
  ASSERT_NE(body.fields.list("l"), nullptr);
  ASSERT_NE(body.fields.object("o"), nullptr);
  EXPECT_EQ(body.fields.texts("t", 2), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(body.fields.texts("one", 2), std::vector<std::string>{"c"});
  body.fields.finish();
  EXPECT_TRUE(body.findings.check());
  EXPECT_TRUE(body.findings.ignored.empty());
}

TEST(Fields, MissingAndNullGiveNothing) {
  Body body(R"({"s": null, "n": null})");
  EXPECT_EQ(body.fields.text("s"), std::nullopt);
  EXPECT_EQ(body.fields.number("n", 0, 1), std::nullopt);
  EXPECT_EQ(body.fields.whole("x", 0, 1), std::nullopt);
  EXPECT_EQ(body.fields.object("y"), nullptr);
  EXPECT_TRUE(body.fields.texts("z", 2).empty());
  EXPECT_TRUE(body.findings.check());
  EXPECT_EQ(body.fields.required_text("s"), "");
  EXPECT_EQ(body.findings.problem, "options.s: is missing");
}

TEST(Fields, NamesWrongTypesAndWhereTheyStand) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"a": "x"})", "options.a: a number is wanted, found a string"},
      {R"({"a": 3})", "options.a: a number from 0 to 1 is wanted, found 3"},
      {R"({"a": true})", "options.a: a number is wanted, found true or false"},
  };
  for (const auto& [text, problem] : cases) {
    Body body(text);
    EXPECT_EQ(body.fields.number("a", 0, 1), std::nullopt);
    EXPECT_EQ(body.findings.problem, problem);
    EXPECT_EQ(body.findings.field, "options.a");
    EXPECT_EQ(body.findings.check().error().code, ErrorCode::kBadRequest);
  }
  Body flag(R"({"a": "true"})");
  EXPECT_EQ(flag.fields.flag("a"), std::nullopt);
  EXPECT_EQ(flag.findings.problem, "options.a: true or false is wanted, found a string");
  Body texts(R"({"a": ["x", 3]})");
  (void)texts.fields.texts("a", 4);
  EXPECT_EQ(texts.findings.problem, "options.a[1]: a string is wanted, found a whole number");
}

TEST(Fields, WholeNumbersStayInTheirRange) {
  const char* const huge[] = {"2147483648", "18446744073709551615", "-1", "1e300", "0.5",
                              "\"4\"",      "9223372036854775808"};
  for (const char* number : huge) {
    Body body(std::string(R"({"n": )") + number + "}");
    EXPECT_EQ(body.fields.whole("n", 0, 2147483647), std::nullopt) << number;
    EXPECT_NE(body.findings.problem, "") << number;
  }
  Body fraction(R"({"n": 4.0})");
  EXPECT_EQ(fraction.fields.whole("n", 0, 10), 4);
}

TEST(Fields, TheFirstProblemCounts) {
  Body body(R"({"a": 1, "b": 2})");
  (void)body.fields.text("a");
  (void)body.fields.text("b");
  EXPECT_EQ(body.findings.field, "options.a");
}

TEST(Fields, NothingIsSwallowed) {
  Body body(R"({"a": 1, "mirostat": 2, "c": null, "numa": false})");
  (void)body.fields.whole("a", 0, 1);
  body.fields.allow({"numa"});
  body.fields.finish();
  EXPECT_EQ(body.findings.ignored, (std::vector<std::string>{"options.mirostat", "options.c"}));
}

TEST(Fields, RefusesWhatCannotBeDone) {
  Body body(R"({"empty": [], "off": false, "tools": [1]})");
  body.fields.refuse("empty", "no");
  body.fields.refuse("off", "no");
  body.fields.refuse("missing", "no");
  EXPECT_TRUE(body.findings.check());
  body.fields.refuse("tools", "this model calls none");
  EXPECT_EQ(body.findings.problem, "options.tools: this model calls none");
}

}  // namespace
}  // namespace sotto::api
