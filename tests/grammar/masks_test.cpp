#include "grammar/masks.h"

#include <gtest/gtest.h>

#include <random>

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

using support::byte_vocabulary;

constexpr std::string_view kJson =
    "root ::= value\nvalue ::= list | text | [0-9]+ | \"{\" text \":\" value \"}\"\n"
    "list ::= \"[\" (value (\",\" value)*)? \"]\"\ntext ::= \"'\" [^'\\n]* \"'\"";

// Each token, tried by itself.
std::vector<bool> tried(States& states, StateId state, const TokenTrie& trie) {
  std::vector<bool> allowed;
  for (text::TokenId token = 0; token < trie.n_tokens(); ++token)
    allowed.push_back(trie.ends(token)
                          ? states.complete(state)
                          : !trie.bytes_of(token).empty() && states.next(state, trie.bytes_of(token)) != States::kDead);
  return allowed;
}

TEST(Masks, AllowWhatCanBeRead) {
  const auto grammar = read_gbnf(kJson);
  ASSERT_TRUE(grammar);
  const auto trie = byte_vocabulary({"['",  "',",  "']",    "']]",     "]]",     "]]]",    "12",    "3]",
                                     "3,",  "3]]", "{'a':", "é",       "'}",     "a']",    "a'}",   "]}",
                                     "1]}", "]}]", "hello", "'hello'", "[[[[[[", "[[[]]]", "1,2,'", "x',"});
  Masks masks(std::make_shared<const Grammar>(*grammar), trie);
  std::mt19937 random(5);
  int n_states = 0;
  for (int walk = 0; walk < 60; ++walk) {
    StateId state = masks.states().start();
    for (int step = 0; step < 25; ++step, ++n_states) {
      const auto mask = masks.of(state);
      ASSERT_TRUE(mask);
      const auto expected = tried(masks.states(), state, *trie);
      std::vector<text::TokenId> allowed;
      int n_allowed = 0;
      for (text::TokenId token = 0; token < trie->n_tokens(); ++token) {
        ASSERT_EQ((*mask)->allows(token), expected[static_cast<std::size_t>(token)]) << token;
        if (!expected[static_cast<std::size_t>(token)]) continue;
        ++n_allowed;
        if (!trie->ends(token) && (token > 255 || random() % 20 == 0)) allowed.push_back(token);
      }
      ASSERT_EQ((*mask)->n_allowed, n_allowed);
      if (allowed.empty()) break;
      state = masks.states().next(state, trie->bytes_of(allowed[random() % allowed.size()]));
    }
  }
  EXPECT_GT(n_states, 500);
}

TEST(Masks, AreRightAtEveryDepth) {
  Limits limits;
  limits.depth = 40;
  const auto grammar = read_gbnf("root ::= \"[\" root? \"]\"", {.limits = limits});
  ASSERT_TRUE(grammar);
  const auto trie = byte_vocabulary({"[[", "]]", "[]", "[[[[", "]]]]"});
  Masks masks(std::make_shared<const Grammar>(*grammar), trie);
  StateId state = masks.states().start();
  int depth = 0;
  for (; state != States::kDead; ++depth, state = masks.states().next(state, "[")) {
    const auto mask = masks.of(state);
    ASSERT_TRUE(mask);
    const auto expected = tried(masks.states(), state, *trie);
    for (text::TokenId token = 0; token < trie->n_tokens(); ++token)
      ASSERT_EQ((*mask)->allows(token), expected[static_cast<std::size_t>(token)]) << depth << " " << token;
  }
  EXPECT_EQ(depth, 42);
}

TEST(Masks, AreFoundOnce) {
  const auto grammar = read_gbnf(kJson);
  ASSERT_TRUE(grammar);
  Masks masks(std::make_shared<const Grammar>(*grammar), byte_vocabulary());
  const StateId state = masks.states().next(masks.states().start(), "['");
  const auto first = masks.of(state), second = masks.of(masks.states().next(state, "abc"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->get(), second->get());
}

TEST(Masks, SayWhenAGrammarIsTooAmbiguous) {
  Limits limits;
  limits.stacks = 50;
  const auto grammar =
      read_gbnf("root ::= x x x x\nx ::= \"a\" | \"a\" x \"b\" | \"a\" x \"c\" | \"a\" x x", {.limits = limits});
  ASSERT_TRUE(grammar);
  Masks masks(std::make_shared<const Grammar>(*grammar), byte_vocabulary({"aaaaaaaaaaaaaaa"}));
  const auto mask = masks.of(masks.states().start());
  ASSERT_FALSE(mask);
  EXPECT_EQ(mask.error().code, ErrorCode::kBudget);
}

}  // namespace
}  // namespace sotto::grammar
