#include "grammar/analysis.h"

#include <gtest/gtest.h>

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

using support::gbnf_refusal;

TEST(Analysis, FindsRulesThatBeginWithThemselves) {
  EXPECT_NE(gbnf_refusal("root ::= a\na ::= a \"x\" | \"y\"").find("rule a begins with itself"), std::string::npos);
  EXPECT_NE(gbnf_refusal("root ::= e root \"x\" | \"y\"\ne ::= \"z\"?").find("rule root begins"), std::string::npos);
  EXPECT_NE(
      gbnf_refusal("root ::= \"q\" | b\nb ::= c* \"x\"\nc ::= (\"\" | d) b\nd ::= \"d\"").find("begins with itself"),
      std::string::npos);
  EXPECT_EQ(gbnf_refusal("root ::= \"(\" root \")\" | \"x\""), "");
  EXPECT_EQ(gbnf_refusal("root ::= \"x\" root | \"\""), "");
}

TEST(Analysis, FindsHowDeepATextMustBe) {
  // Two rules must be open within root, three where the shorter way is missing.
  const auto grammar = read_gbnf(
      "root ::= \"<\" (a | b) \">\"\na ::= \"a\" b \".\"\nb ::= \"b\" c \".\" | \"b\" d \".\"\n"
      "c ::= \"c\" a \".\"\nd ::= \"d\"");
  ASSERT_TRUE(grammar);
  EXPECT_EQ(grammar->least_depth(grammar->start()), 2);
  EXPECT_EQ(grammar->least_depth(grammar->start_of(1)), 2);  // a
  EXPECT_EQ(grammar->least_depth(grammar->start_of(3)), 3);  // c
  EXPECT_EQ(grammar->most_least_depth(), 4);                 // within b, before c
}

TEST(Analysis, WaysThatNeverEndAreNotTaken) {
  EXPECT_NE(gbnf_refusal("root ::= \"a\" root").find("no text can match"), std::string::npos);
  EXPECT_NE(gbnf_refusal("root ::= \"a\" []").find("no text can match"), std::string::npos);
  const auto grammar = read_gbnf("root ::= \"a\" x | \"b\"\nx ::= \"x\" x");
  ASSERT_TRUE(grammar);
  States states(std::make_shared<const Grammar>(*grammar));
  EXPECT_EQ(states.next(states.start(), "a"), States::kDead);
  EXPECT_TRUE(states.complete(states.next(states.start(), "b")));
}

}  // namespace
}  // namespace sotto::grammar
