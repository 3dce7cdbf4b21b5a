#include "engine/constraint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "grammar/gbnf.h"

namespace sotto::engine {
namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

// 2,000 tokens: numbers, words of two letters, and an end.
std::shared_ptr<const grammar::TokenTrie> vocabulary() {
  std::vector<std::string> bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(std::to_string(i));
  for (int i = 0; i < 999; ++i)
    bytes.push_back({static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26 % 26)});
  bytes.emplace_back();
  return std::make_shared<const grammar::TokenTrie>(std::move(bytes), std::vector<Token>{1999});
}

std::shared_ptr<grammar::TokenGrammar> compiled(std::string_view gbnf) {
  auto grammar = grammar::read_gbnf(gbnf);
  EXPECT_TRUE(grammar) << grammar.error().message;
  return std::make_shared<grammar::TokenGrammar>(std::make_shared<const grammar::Grammar>(std::move(*grammar)),
                                                 vocabulary());
}

// The n best of the allowed logits, with what is not needed hidden, and with nothing hidden.
void expect_enough(std::string_view gbnf, std::vector<Token> draft, int n_best, int expected_count, unsigned seed) {
  Constraint constraint(compiled(gbnf));
  constraint.set_active(true);
  std::vector<Token> changed;
  const auto count = constraint.logits_needed(n_best, draft, changed);
  ASSERT_TRUE(count) << count.error().message;
  EXPECT_EQ(*count, expected_count) << gbnf;
  std::mt19937 random(seed);
  for (std::size_t i = 0; i <= draft.size(); ++i) {
    std::vector<float> logits(2000);
    for (float& logit : logits) logit = std::normal_distribution<float>()(random);
    std::vector<float> seen(2000, kHidden), ranked;
    std::vector<bool> is_changed(2000);
    for (const Token token : changed) is_changed[static_cast<std::size_t>(token)] = true;
    for (std::size_t token = 0; token < 2000; ++token)
      if (!is_changed[token]) ranked.push_back(logits[token]);
    std::sort(ranked.begin(), ranked.end(), std::greater<>());
    const float least = *count == 0 ? kHidden : ranked[std::min(ranked.size(), static_cast<std::size_t>(*count)) - 1];
    for (std::size_t token = 0; token < 2000; ++token)
      if (is_changed[token] || logits[token] >= least) seen[token] = logits[token];
    ASSERT_TRUE(constraint.forbid(logits) && constraint.forbid(seen));
    const auto best = [&](std::vector<float> values) {
      std::sort(values.begin(), values.end(), std::greater<>());
      values.resize(static_cast<std::size_t>(n_best));
      return values;
    };
    if (n_best > 0) {
      EXPECT_EQ(best(seen), best(logits)) << gbnf << " after " << i;
    }
    if (i < draft.size()) {
      ASSERT_TRUE(constraint.accept(draft[i]));
    }
  }
}

TEST(Constraint, AsksForLogitsThatAreEnough) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    expect_enough("root ::= \"1\" [0-9]?", {}, 5, 1, seed);         // few are allowed
    expect_enough("root ::= [a-z0-9]+", {}, 5, 5, seed);            // nearly all
    expect_enough("root ::= [0-9]+", {}, 5, 0, seed);               // half of them
    expect_enough("root ::= [a-z0-9]+", {7, 1001, 3}, 3, 3, seed);  // after each of a draft
    expect_enough("root ::= \"1\" \"2\" [0-9]", {1, 2}, 1, 1, seed);
    expect_enough("root ::= \"1\" [a-z0-9]+", {1}, 4, 0, seed);  // now few, then nearly all
  }
}

TEST(Constraint, ForbidsWhatTheGrammarDoes) {
  Constraint constraint(compiled("root ::= \"12\" \"ab\"?"));
  std::vector<float> logits(2000, 1.0f);
  ASSERT_TRUE(constraint.forbid(logits));
  EXPECT_EQ(std::count(logits.begin(), logits.end(), 1.0f), 2000);  // not active yet
  constraint.set_active(true);
  ASSERT_TRUE(constraint.forbid(logits));
  for (Token token = 0; token < 2000; ++token)
    EXPECT_EQ(logits[static_cast<std::size_t>(token)] == 1.0f, token == 1 || token == 12) << token;
  ASSERT_TRUE(*constraint.accept(12));
  EXPECT_FALSE(constraint.finished());
  EXPECT_FALSE(*constraint.accept(12));
  logits.assign(2000, 1.0f);
  ASSERT_TRUE(constraint.forbid(logits));
  EXPECT_EQ(logits[1999], 1.0f);  // complete
}

TEST(Constraint, AllowsOneMoreWhereItIsTold) {
  Constraint constraint(compiled("root ::= \"12\""));
  constraint.set_active(true);
  constraint.also_allow(500);
  std::vector<float> logits(2000, 1.0f);
  ASSERT_TRUE(constraint.forbid(logits));
  EXPECT_EQ(std::count(logits.begin(), logits.end(), 1.0f), 3);  // 1, 12, 500
  EXPECT_EQ(logits[500], 1.0f);
  EXPECT_FALSE(*constraint.accept(500));
}

TEST(Constraint, DraftsEndBeforeWhatIsNotAllowed) {
  Constraint constraint(compiled("root ::= \"12\" [a-z]+ \"3\""));
  constraint.set_active(true);
  const Token word = 1000;  // aa
  EXPECT_EQ(*constraint.allowed_of(std::vector<Token>{12, word, word}), 3u);
  EXPECT_EQ(*constraint.allowed_of(std::vector<Token>{12, word, 12}), 2u);
  EXPECT_EQ(*constraint.allowed_of(std::vector<Token>{word}), 0u);
  EXPECT_EQ(*constraint.allowed_of(std::vector<Token>{12, word, 3, 5}), 2u);  // after the 3 nothing is chosen
}

TEST(Constraint, SaysThatNoTokenFits) {
  Constraint constraint(compiled("root ::= \"?\""));
  constraint.set_active(true);
  std::vector<float> logits(2000);
  const auto held = constraint.forbid(logits);
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, ErrorCode::kUnsupported);
}

TEST(Constraint, WithoutAGrammarEverythingIsAllowed) {
  Constraint constraint(nullptr);
  constraint.set_active(true);
  std::vector<float> logits(10, 1.0f);
  std::vector<Token> changed;
  EXPECT_TRUE(constraint.forbid(logits));
  EXPECT_EQ(*constraint.logits_needed(7, {}, changed), 7);
  EXPECT_TRUE(*constraint.accept(3));
  EXPECT_FALSE(constraint.finished());
  EXPECT_FALSE(constraint.active());
}

}  // namespace
}  // namespace sotto::engine
