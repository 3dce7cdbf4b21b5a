#include "ops/rope.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

namespace sotto::ops {
namespace {

std::vector<float> ramp(int n) {
  std::vector<float> head(static_cast<std::size_t>(n));
  std::iota(head.begin(), head.end(), 1.0f);
  return head;
}

// Each pair is a complex number turned by position * theta^(-2i/d).
void expect_turned(const std::vector<float>& head, const std::vector<float>& before, int i, std::size_t first,
                   std::size_t second, double angle) {
  EXPECT_NEAR(head[first], before[first] * std::cos(angle) - before[second] * std::sin(angle), 1e-4) << i;
  EXPECT_NEAR(head[second], before[first] * std::sin(angle) + before[second] * std::cos(angle), 1e-4) << i;
}

TEST(Rope, TurnsPairsByTheirFrequency) {
  constexpr int kDim = 16, kHeadDim = 24;
  RopeTable rope;
  rope.resize(3, kDim / 2);
  rope.fill(1, 2, 101, rope_frequencies({.theta = 10000.0f}, kDim, 512, {}));
  for (bool halves : {false, true}) {
    const auto before = ramp(kHeadDim);
    auto head = before;
    rope.rotate(head.data(), 2, halves);
    for (int i = 0; i < kDim / 2; ++i) {
      const auto first = static_cast<std::size_t>(halves ? i : 2 * i), second = first + (halves ? kDim / 2 : 1);
      expect_turned(head, before, i, first, second, 102 * std::pow(10000.0, -2.0 * i / kDim));
    }
    for (std::size_t i = kDim; i < kHeadDim; ++i) EXPECT_EQ(head[i], before[i]) << "values past rope_dim stay";
  }
}

TEST(Rope, ScalesPositionsAndDividesFrequencies) {
  RopeTable rope;
  const std::vector<float> factors = {1, 2, 4, 8};
  rope.resize(1, 4);
  rope.fill(0, 1, 7,
            rope_frequencies({.theta = 500.0f, .scaling = RopeScaling::kLinear, .factor = 8}, 8, 512, factors));
  const auto before = ramp(8);
  auto head = before;
  rope.rotate(head.data(), 0, true);
  for (int i = 0; i < 4; ++i) {
    const double angle = 7 * 0.125 * std::pow(500.0, -2.0 * i / 8) / factors[static_cast<std::size_t>(i)];
    expect_turned(head, before, i, static_cast<std::size_t>(i), static_cast<std::size_t>(i + 4), angle);
  }
}

// Peng et al., 2309.00071, section 3.2: what turns more than beta_fast times in the original context stays, what turns
// less than beta_slow times is divided by the factor.
TEST(Rope, YarnDividesSlowFrequenciesAlone) {
  const Rope rope{.scaling = RopeScaling::kYarn, .factor = 4, .original_ctx_tokens = 2048, .magnitude = 1.5f};
  const RopeFrequencies found = rope_frequencies(rope, 128, 8192, {});
  EXPECT_EQ(found.magnitude, 1.5f);
  for (int i = 0; i < 64; ++i) {
    const double plain = std::pow(10000.0, -i / 64.0), turns = 2048 * plain / (2 * std::numbers::pi);
    const double radians = found.radians[static_cast<std::size_t>(i)];
    if (turns > 40) EXPECT_DOUBLE_EQ(radians, plain) << i;
    if (turns < 0.8) EXPECT_DOUBLE_EQ(radians, plain / 4) << i;
    EXPECT_LE(radians, plain * (1 + 1e-12)) << i;
    EXPECT_GE(radians, plain / 4 * (1 - 1e-12)) << i;
  }
}

TEST(Rope, DynamicScalingBeginsBeyondTheOriginalContext) {
  const Rope rope{.scaling = RopeScaling::kDynamic, .factor = 2, .original_ctx_tokens = 1024};
  EXPECT_EQ(rope_frequencies(rope, 64, 1024, {}).radians, rope_frequencies({}, 64, 1024, {}).radians);
  const auto found = rope_frequencies(rope, 64, 4096, {}).radians;
  const double theta = 10000 * std::pow(2.0 * 4 - 1, 64.0 / 62);
  for (int i = 0; i < 32; ++i) EXPECT_NEAR(found[static_cast<std::size_t>(i)], std::pow(theta, -i / 32.0), 1e-12) << i;
}

TEST(Rope, MagnitudeMultipliesWhatIsRotated) {
  RopeTable rope;
  rope.resize(1, 4);
  rope.fill(0, 1, 7, {std::vector<double>(4, 0.0), 2.0f});
  auto head = ramp(12);
  rope.rotate(head.data(), 0, true);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_FLOAT_EQ(head[i], ramp(12)[i] * (i < 8 ? 2 : 1)) << i;
}

}  // namespace
}  // namespace sotto::ops
