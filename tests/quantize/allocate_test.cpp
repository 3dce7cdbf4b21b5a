// Beside every choice there is, on problems that are small enough for that.
#include "quantize/allocate.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace sotto::quantize {
namespace {

using Problem = std::vector<std::vector<Option>>;

struct Total {
  std::uint64_t bytes = 0;
  double cost = 0;
};

Total total_of(const Problem& problem, const std::vector<std::size_t>& chosen) {
  Total total;
  for (std::size_t i = 0; i < problem.size(); ++i) {
    total.bytes += problem[i][chosen[i]].bytes;
    total.cost += problem[i][chosen[i]].cost;
  }
  return total;
}

// The least cost of all choices that fit; infinity where none does.
double least_cost(const Problem& problem, std::uint64_t budget) {
  double least = std::numeric_limits<double>::infinity();
  std::vector<std::size_t> choice(problem.size(), 0);
  while (true) {
    const Total total = total_of(problem, choice);
    if (total.bytes <= budget) least = std::min(least, total.cost);
    std::size_t i = 0;
    while (i < choice.size() && ++choice[i] == problem[i].size()) choice[i++] = 0;
    if (i == choice.size()) return least;
  }
}

// Tensors of different sizes and worth; more bits cost less, as rate and distortion do, with some noise.
Problem draw_problem(unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0.5, 1.5);
  Problem problem;
  for (int tensor = 0; tensor < 6; ++tensor) {
    const auto size = static_cast<std::uint64_t>(1000 * uniform(random));
    const double worth = std::exp(4 * uniform(random));
    problem.emplace_back();
    for (const double bits : {3.4, 4.25, 4.5, 5.5, 8.5}) {
      problem.back().push_back({static_cast<std::uint64_t>(bits * static_cast<double>(size)),
                                worth * std::exp2(-2 * bits) * uniform(random)});
    }
  }
  return problem;
}

TEST(Allocate, IsWithinTheBudgetAndNearTheBest) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Problem problem = draw_problem(seed);
    std::uint64_t largest_step = 0;
    double largest_gain = 0;
    for (const auto& options : problem) {
      largest_step = std::max(largest_step, options.back().bytes - options.front().bytes);
      for (const Option& option : options) largest_gain = std::max(largest_gain, option.cost);
    }
    for (std::uint64_t budget = 25'000; budget < 45'000; budget += 1'700) {
      const Total found = total_of(problem, allocate(problem, budget));
      const double least = least_cost(problem, budget);
      if (least == std::numeric_limits<double>::infinity()) continue;
      EXPECT_LE(found.bytes, budget);
      // The path meets the optimum of a budget that is smaller by less than one step of one tensor.
      EXPECT_LE(found.cost, least_cost(problem, budget - largest_step) * (1 + 1e-12)) << seed << ", " << budget;
    }
  }
}

TEST(Allocate, WhereThePathEndsExactlyItIsTheBest) {
  const Problem problem = {{{10, 8.0}, {20, 2.0}, {40, 1.0}}, {{10, 4.0}, {20, 3.0}}};
  for (const std::uint64_t budget : {20u, 30u, 40u, 60u}) {
    EXPECT_DOUBLE_EQ(total_of(problem, allocate(problem, budget)).cost, least_cost(problem, budget)) << budget;
  }
}

TEST(Allocate, WhatCostsMoreForMoreBytesIsNeverTaken) {
  const Problem problem = {{{10, 1.0}, {20, 2.0}, {20, 0.5}, {30, 0.5}}};
  EXPECT_EQ(allocate(problem, 1'000), (std::vector<std::size_t>{2}));
}

TEST(Allocate, TooSmallABudgetGivesTheSmallest) {
  const Problem problem = {{{20, 1.0}, {10, 2.0}}, {{30, 1.0}}};
  EXPECT_EQ(allocate(problem, 5), (std::vector<std::size_t>{1, 0}));
}

}  // namespace
}  // namespace sotto::quantize
