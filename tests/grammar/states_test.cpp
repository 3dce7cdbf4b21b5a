#include "grammar/states.h"

#include <gtest/gtest.h>

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

std::shared_ptr<const Grammar> grammar_of(std::string_view gbnf, const Limits& limits = {}) {
  auto grammar = read_gbnf(gbnf, {.limits = limits});
  EXPECT_TRUE(grammar) << grammar.error().message;
  return grammar ? std::make_shared<const Grammar>(std::move(*grammar)) : nullptr;
}

constexpr std::string_view kBrackets = "root ::= \"[\" (root (\",\" root)*)? \"]\"";

TEST(States, TheSamePlaceIsTheSameState) {
  States states(grammar_of(kBrackets));
  EXPECT_EQ(states.next(states.start(), "["), states.next(states.start(), "["));
  EXPECT_EQ(states.next(states.start(), "[[],"), states.next(states.start(), "[[],[],"));
  EXPECT_NE(states.next(states.start(), "[["), states.next(states.start(), "["));
  EXPECT_EQ(states.next(states.start(), "]"), States::kDead);
  EXPECT_EQ(states.next(States::kDead, "["), States::kDead);
}

TEST(States, AreCompleteWhereATextMayEnd) {
  States states(grammar_of("root ::= \"a\" (\"b\" \"c\")*"));
  EXPECT_FALSE(states.complete(states.start()));
  EXPECT_TRUE(states.complete(states.next(states.start(), "a")));
  EXPECT_FALSE(states.complete(states.next(states.start(), "ab")));
  EXPECT_TRUE(states.complete(states.next(states.start(), "abcbc")));
}

TEST(States, WhatCannotEndWithinTheDepthIsNotTaken) {
  Limits limits;
  limits.depth = 8;
  States states(grammar_of(kBrackets, limits));
  int depth = 0;
  std::string text;
  for (; states.next(states.start(), text + "[") != States::kDead; ++depth) text += "[";
  EXPECT_EQ(depth, 9);  // root, and eight within
  EXPECT_TRUE(states.complete(states.next(states.start(), text + std::string(text.size(), ']'))));
}

TEST(States, ARuleAtTheEndOfItselfTakesNoDepth) {
  Limits limits;
  limits.depth = 4;
  States states(grammar_of("root ::= \"a\" root | \"b\"", limits));
  EXPECT_TRUE(states.complete(states.next(states.start(), std::string(10'000, 'a') + "b")));
  EXPECT_LT(states.bytes(), 10'000u);
}

TEST(States, KnowTheByteThatMustCome) {
  States states(grammar_of("root ::= \"name\" (\"x\" | \"yz\") \"!\"?"));
  EXPECT_EQ(states.forced_byte(states.start()), 'n');
  EXPECT_EQ(states.forced_byte(states.next(states.start(), "name")), -1);
  EXPECT_EQ(states.forced_byte(states.next(states.start(), "namey")), 'z');
  EXPECT_EQ(states.forced_byte(states.next(states.start(), "namex")), -1);  // it may end
}

TEST(States, CanBeCopied) {
  const auto grammar = grammar_of(kBrackets);
  States states(grammar), other(grammar);
  const StateId copy = states.copy_to(other, states.next(states.start(), "[[[],["));
  EXPECT_EQ(copy, other.next(other.start(), "[[[],["));
  EXPECT_TRUE(other.complete(other.next(copy, "]]]")));
}

TEST(States, TooManyWaysAreAnError) {
  Limits limits;
  limits.stacks = 50;
  States states(grammar_of("root ::= x x x x\nx ::= \"a\" | \"a\" x \"b\" | \"a\" x \"c\" | \"a\" x x", limits));
  EXPECT_EQ(states.next(states.start(), "aaaaaaaaaaaaaaa"), States::kDead);
  EXPECT_TRUE(states.exhausted());
}

}  // namespace
}  // namespace sotto::grammar
