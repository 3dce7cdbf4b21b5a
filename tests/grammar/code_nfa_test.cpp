#include "grammar/code_nfa.h"

#include <gtest/gtest.h>

namespace sotto::grammar {
namespace {

TEST(CodeNfa, StepsAreDisjointAndInOrder) {
  const Limits limits;
  CodeNfa nfa(limits);
  ASSERT_TRUE(nfa.build(choice_of({one_of({{'a', 'm'}}), one_of({{'f', 'z'}}), text_of("g")})));
  const auto steps = nfa.steps(nfa.start());
  ASSERT_EQ(steps.size(), 5u);  // a-e, f, g, h-m, n-z
  EXPECT_EQ(steps[0].first, (CodeSpan{'a', 'e'}));
  EXPECT_EQ(steps[2].first, (CodeSpan{'g', 'g'}));
  EXPECT_EQ(steps[4].first, (CodeSpan{'n', 'z'}));
  for (const auto& [span, nodes] : steps) EXPECT_TRUE(nfa.accepts(nodes));
  EXPECT_FALSE(nfa.accepts(nfa.start()));
}

TEST(CodeNfa, TheEmptyTextIsAccepted) {
  const Limits limits;
  CodeNfa nfa(limits);
  ASSERT_TRUE(nfa.build(repeat(repeat(optional(text_of("a")), 0, kUnbounded), 0, kUnbounded)));
  EXPECT_TRUE(nfa.accepts(nfa.start()));
}

TEST(CodeNfa, IsBounded) {
  Limits limits;
  CodeNfa nfa(limits);
  EXPECT_FALSE(nfa.build(repeat(text_of("abc"), 1'000'000, kUnbounded)));
  limits.steps = 10;
  CodeNfa poor(limits);
  ASSERT_TRUE(poor.build(repeat(optional(text_of("a")), 100, 100)));
  poor.start();
  EXPECT_TRUE(poor.exhausted());
}

}  // namespace
}  // namespace sotto::grammar
