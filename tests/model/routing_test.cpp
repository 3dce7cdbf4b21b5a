#include "model/routing.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sotto::model {
namespace {

// Shares are of the exponentials 1, 2, 4, … that these scores have.
std::vector<float> logs(std::initializer_list<double> values) {
  std::vector<float> out;
  for (const double value : values) out.push_back(static_cast<float>(std::log(value)));
  return out;
}

TEST(Routing, ATokenTakesTheExpertsWithTheGreatestShares) {
  Routing routing;
  auto scores = logs({1, 4, 3, 2, 5, 1, 1, 3});
  routing.choose(scores, 2, {.count = 4, .used = 2});
  ASSERT_EQ(routing.tokens_of(0).size(), 1u);
  EXPECT_EQ(routing.tokens_of(0)[0].token, 1);
  EXPECT_NEAR(routing.tokens_of(0)[0].share, 0.5, 1e-6);
  ASSERT_EQ(routing.tokens_of(1).size(), 1u);
  EXPECT_NEAR(routing.tokens_of(1)[0].share, 0.4, 1e-6);
  ASSERT_EQ(routing.tokens_of(2).size(), 1u);
  EXPECT_NEAR(routing.tokens_of(2)[0].share, 0.3, 1e-6);
  ASSERT_EQ(routing.tokens_of(3).size(), 1u);
  EXPECT_NEAR(routing.tokens_of(3)[0].share, 0.3, 1e-6);
}

TEST(Routing, SharesSumToOneWhereTheFamilySaysSo) {
  Routing routing;
  auto scores = logs({1, 4, 3, 2});
  routing.choose(scores, 1, {.count = 4, .used = 2, .sum_to_1 = true});
  EXPECT_TRUE(routing.tokens_of(0).empty());
  EXPECT_NEAR(routing.tokens_of(1)[0].share, 4.0 / 7, 1e-6);
  EXPECT_NEAR(routing.tokens_of(2)[0].share, 3.0 / 7, 1e-6);
}

TEST(Routing, OfEqualSharesTheFirstCounts) {
  Routing routing;
  std::vector<float> scores(5, 0.0f);
  routing.choose(scores, 1, {.count = 5, .used = 2});
  EXPECT_EQ(routing.tokens_of(0).size() + routing.tokens_of(1).size(), 2u);
}

TEST(Routing, WhatIsNoNumberStaysNone) {
  Routing routing;
  std::vector<float> scores = {0, NAN, 0};
  routing.choose(scores, 1, {.count = 3, .used = 1});
  EXPECT_TRUE(std::isnan(routing.tokens_of(0).at(0).share));
}

}  // namespace
}  // namespace sotto::model
