#include "grammar/builder.h"

#include <gtest/gtest.h>

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

bool matches_expression(const Expression& expression, std::string_view text) {
  Builder builder({});
  const Rule rule = builder.add_rule("root");
  builder.add(builder.start_of(rule), expression, builder.end_of(rule));
  const auto grammar = builder.finish(rule);
  EXPECT_TRUE(grammar) << grammar.error().message;
  return grammar && support::matches(*grammar, text);
}

TEST(Builder, BuildsEveryKindOfExpression) {
  EXPECT_TRUE(matches_expression(text_of("ab"), "ab"));
  EXPECT_FALSE(matches_expression(text_of("ab"), "a"));
  EXPECT_TRUE(matches_expression(text_of(""), ""));
  const Expression e = one_of({{'a', 'b'}, {0xE9, 0x1F600}});
  EXPECT_TRUE(matches_expression(e, "b"));
  EXPECT_TRUE(matches_expression(e, "é"));
  EXPECT_TRUE(matches_expression(e, "😀"));
  EXPECT_FALSE(matches_expression(e, "😁"));
  EXPECT_FALSE(matches_expression(e, "\xC3"));
  const Expression list = sequence_of({e, repeat(sequence_of({text_of(","), e}), 0, kUnbounded)});
  EXPECT_TRUE(matches_expression(list, "a,b,é"));
  EXPECT_FALSE(matches_expression(list, "a,b,"));
  for (int n = 0; n < 8; ++n)
    EXPECT_EQ(matches_expression(repeat(text_of("xy"), 2, 5), std::string("xyxyxyxyxyxyxyxy").substr(0, 2 * n)),
              n >= 2 && n <= 5);
  EXPECT_TRUE(matches_expression(choice_of({text_of("a"), optional(text_of("b"))}), ""));
}

TEST(Builder, LoopsOfNothingEnd) {
  const Expression nothing = repeat(repeat(optional(text_of("a")), 0, kUnbounded), 0, kUnbounded);
  EXPECT_TRUE(matches_expression(nothing, "aaa"));
  EXPECT_TRUE(matches_expression(nothing, ""));
}

TEST(Builder, FreeTextEndsAtTheFirstTrigger) {
  Builder builder({});
  const Rule rule = builder.add_rule("root");
  const Node after = builder.add_node();
  builder.add_free_text(builder.start_of(rule), "<<a>", after, builder.end_of(rule));
  builder.add_text(after, "1", builder.end_of(rule));
  const auto grammar = builder.finish(rule);
  ASSERT_TRUE(grammar);
  for (const char* text : {"", "hello", "<<", "\xFF <<b", "x<<<a>1", "<<a>1", "<<a<<a>1"})
    EXPECT_TRUE(support::matches(*grammar, text)) << text;
  for (const char* text : {"<<a>", "x<<a>2", "<<<a>", "<<a>1<<a>1"})
    EXPECT_FALSE(support::matches(*grammar, text)) << text;
}

TEST(Builder, SaysWhatIsTooLarge) {
  Limits limits;
  limits.nodes = 100;
  Builder builder(limits);
  const Rule rule = builder.add_rule("root");
  builder.add(builder.start_of(rule), repeat(text_of("abc"), 1'000'000, kUnbounded), builder.end_of(rule));
  EXPECT_TRUE(builder.full());
  const auto grammar = builder.finish(rule);
  ASSERT_FALSE(grammar);
  EXPECT_EQ(grammar.error().code, ErrorCode::kBudget);
  EXPECT_NE(grammar.error().message.find("100 nodes"), std::string::npos);
}

TEST(Builder, RefusesWhatNothingMatches) {
  Builder builder({});
  const Rule rule = builder.add_rule("root");
  builder.add_call(builder.after_text(builder.start_of(rule), "a"), rule, builder.end_of(rule));
  const auto grammar = builder.finish(rule);
  ASSERT_FALSE(grammar);
  EXPECT_EQ(grammar.error().code, ErrorCode::kBadRequest);
}

}  // namespace
}  // namespace sotto::grammar
