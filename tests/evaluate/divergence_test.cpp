// Figures beside the formulas, in double precision and in plain loops.
#include "evaluate/divergence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace sotto::evaluate {
namespace {

std::vector<float> draw_logits(std::size_t n, float spread, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> logits(n);
  for (float& logit : logits) logit = spread * normal(random) - 3;
  return logits;
}

std::vector<double> log_softmax(const std::vector<float>& logits) {
  long double total = 0;
  for (const float logit : logits) total += std::exp(static_cast<long double>(logit));
  std::vector<double> logs;
  for (const float logit : logits) logs.push_back(static_cast<double>(logit - std::log(total)));
  return logs;
}

double plain_divergence(const std::vector<float>& a, const std::vector<float>& b) {
  const std::vector<double> p = log_softmax(a), q = log_softmax(b);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += std::exp(p[i]) * (p[i] - q[i]);
  return sum;
}

TEST(Divergence, IsThatOfTheFormula) {
  for (const std::size_t n : {1ul, 7ul, 8ul, 1000ul, 50'001ul}) {
    for (const float spread : {0.1f, 3.0f, 15.0f}) {
      const std::vector<float> a = draw_logits(n, spread, 1);
      std::vector<float> b = draw_logits(n, spread, 2);
      for (std::size_t i = 0; i < n; ++i) b[i] = a[i] + 0.1f * b[i];
      const double expected = plain_divergence(a, b);
      // An exponential is right to 2e-7 of itself, and what it multiplies is a difference of logits.
      EXPECT_NEAR(divergence(distribution_of(a), distribution_of(b)), expected, 2e-7 * (1 + spread))
          << n << ", " << spread;
    }
  }
}

TEST(Divergence, OfADistributionFromItselfIsNothing) {
  const std::vector<float> a = draw_logits(4'097, 5, 3);
  EXPECT_EQ(divergence(distribution_of(a), distribution_of(a)), 0);
}

TEST(Divergence, AConstantChangesNothing) {
  const std::vector<float> a = draw_logits(500, 2, 4);
  std::vector<float> b = a;
  for (float& logit : b) logit += 64;
  EXPECT_NEAR(divergence(distribution_of(a), distribution_of(b)), 0, 1e-5);  // what 64 rounds away
}

TEST(Divergence, ANanIsSeen) {
  std::vector<float> a = draw_logits(100, 2, 5);
  a[50] = std::nanf("");
  EXPECT_TRUE(std::isnan(distribution_of(a).log_total));
}

TEST(Scores, AreThoseOfTheirDefinitions) {
  Scores scores;
  for (int i = 0; i <= 100; ++i) {
    scores.add({.kld = static_cast<double>(100 - i), .surprise = 2, .same_top = i % 4 == 0, .has_next = i < 100});
  }
  EXPECT_DOUBLE_EQ(scores.mean_kld(), 50);
  EXPECT_DOUBLE_EQ(scores.percentile_kld(99), 99);
  EXPECT_DOUBLE_EQ(scores.percentile_kld(0), 0);
  EXPECT_DOUBLE_EQ(scores.percentile_kld(12.5), 12.5);  // between two: a line, as numpy.percentile draws it
  EXPECT_DOUBLE_EQ(scores.same_top(), 26.0 / 101);
  EXPECT_DOUBLE_EQ(scores.perplexity(), std::exp(2.0));
  EXPECT_EQ(scores.n_positions(), 101u);
}

TEST(Scores, SurpriseIsTheLogarithmOfATokensChance) {
  const std::vector<float> a = draw_logits(321, 4, 6);
  const std::vector<double> logs = log_softmax(a);
  const Distribution own = distribution_of(a);
  for (const std::int32_t token : {0, 17, 320}) {
    EXPECT_NEAR(Scores::alone(own, token).surprise, -logs[static_cast<std::size_t>(token)], 1e-6);
  }
  EXPECT_FALSE(Scores::alone(own, -1).has_next);
}

}  // namespace
}  // namespace sotto::evaluate
