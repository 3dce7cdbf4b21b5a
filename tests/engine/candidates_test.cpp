#include "engine/candidates.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/rng.h"

namespace sotto::engine {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> random_logits(std::size_t n, std::uint64_t seed, bool with_ties = false) {
  Rng rng(seed);
  std::vector<float> logits(n);
  for (float& logit : logits) {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += rng.uniform() - 0.5;
    logit = static_cast<float>(sum * 8);
    if (with_ties) logit = std::round(logit);
  }
  return logits;
}

std::vector<Token> tokens(const Candidates& candidates) {
  std::vector<Token> out;
  for (const Candidate& c : candidates.items()) out.push_back(c.token);
  return out;
}

TEST(Candidates, TopKIsTheFrontOfAFullSort) {
  for (const std::size_t n : {1u, 63u, 64u, 65u, 1000u, 5000u})
    for (const bool with_ties : {false, true}) {
      const auto logits = random_logits(n, n, with_ties);
      std::vector<Token> order(n);
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](Token a, Token b) {
        return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)];
      });
      for (const std::size_t k : {1u, 2u, 40u, 500u, 100000u}) {
        Candidates candidates;
        ASSERT_TRUE(candidates.select(logits, static_cast<int>(k)));
        ASSERT_EQ(tokens(candidates),
                  std::vector<Token>(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(std::min(k, n))));
      }
    }
}

TEST(Candidates, ForbiddenTokensAreNeverThere) {
  const std::vector<float> logits{-kInfinity, 1, -kInfinity, 2};
  for (const int k : {0, 1, 2, 4}) {
    Candidates candidates;
    ASSERT_TRUE(candidates.select(logits, k));
    for (const Token token : tokens(candidates)) EXPECT_TRUE(token == 1 || token == 3);
  }
  Candidates candidates;
  EXPECT_FALSE(candidates.select(std::vector<float>(5, -kInfinity), 3));
  EXPECT_FALSE(candidates.select(std::vector<float>(5, -kInfinity), 0));
}

TEST(Candidates, WeightsAreTheExponentials) {
  std::vector<float> logits(3000);
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = -0.04f * static_cast<float>(i);
  Candidates candidates;
  ASSERT_TRUE(candidates.select(logits, 0));
  candidates.set_temperature(1.0f);
  for (const Candidate& c : candidates.items()) {
    const double exact = c.logit < -87 ? 0 : std::exp(static_cast<double>(c.logit));
    ASSERT_NEAR(c.weight, exact, exact * 3e-7) << c.logit;
  }
}

TEST(Candidates, DrawMapsTheUnitIntervalToProbabilities) {
  const std::vector<float> logits{std::log(1.0f), std::log(2.0f), std::log(5.0f)};
  Candidates candidates;
  ASSERT_TRUE(candidates.select(logits, 3));  // best first: 2, 1, 0
  candidates.set_temperature(1.0f);
  EXPECT_EQ(candidates.draw(0.0), 2);
  EXPECT_EQ(candidates.draw(0.624), 2);
  EXPECT_EQ(candidates.draw(0.626), 1);
  EXPECT_EQ(candidates.draw(0.874), 1);
  EXPECT_EQ(candidates.draw(0.876), 0);
  EXPECT_EQ(candidates.draw(std::nextafter(1.0, 0.0)), 0);
}

// Every filter must leave something, whatever it is given.
TEST(Candidates, FiltersAlwaysKeepOne) {
  for (const float p : {0.0f, 1e-20f, 0.3f, 1.0f})
    for (const std::size_t n : {1u, 2u, 3u, 7u, 1000u})
      for (const float level : {-1e30f, -0.1f, 0.0f, 1e30f}) {
        Candidates candidates;
        ASSERT_TRUE(candidates.select(std::vector<float>(n, level), 0));
        candidates.keep_typical(p);
        ASSERT_FALSE(candidates.items().empty());
        candidates.keep_top_p(p);
        ASSERT_FALSE(candidates.items().empty());
        candidates.keep_min_p(std::max(p, 1e-30f));
        ASSERT_FALSE(candidates.items().empty());
        candidates.set_temperature(1e-30f);
        ASSERT_GT(candidates.total_weight(), 0);
        ASSERT_LT(static_cast<std::size_t>(candidates.draw(0.5)), n);
      }
}

TEST(Candidates, TiesGoToTheLowerToken) {
  Candidates candidates;
  ASSERT_TRUE(candidates.select(std::vector<float>(1000, 1.0f), 0));
  candidates.keep_top_p(0.0105f);
  EXPECT_EQ(tokens(candidates), (std::vector<Token>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

}  // namespace
}  // namespace sotto::engine
