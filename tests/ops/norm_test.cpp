#include "ops/norm.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sotto::ops {
namespace {

const std::vector<float> kRow = {3, -1, 0.5f, 2, -4, 1.5f, 0}, kWeight = {1, 2, -1, 0.5f, 1, 3, 1},
                         kBias = {0.1f, 0, -2, 1, 0, 0.5f, 7};

TEST(Norm, WithoutAWeightCopies) {
  std::vector<float> out(kRow.size());
  normalize(kRow.data(), {}, {}, 1e-5f, 7, out.data());
  EXPECT_EQ(out, kRow);
}

TEST(Norm, WithoutABiasIsRmsNorm) {
  std::vector<float> out(kRow.size());
  normalize(kRow.data(), kWeight, {}, 0.5f, 7, out.data());
  const double factor = 1 / std::sqrt((9 + 1 + 0.25 + 4 + 16 + 2.25) / 7 + 0.5);
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], kRow[i] * factor * kWeight[i], 1e-6) << i;
}

TEST(Norm, WithABiasIsLayerNorm) {
  std::vector<float> out = kRow;
  normalize(out.data(), kWeight, kBias, 0.5f, 7, out.data());
  const double mean = 2.0 / 7, variance = (9 + 1 + 0.25 + 4 + 16 + 2.25) / 7 - mean * mean;
  for (std::size_t i = 0; i < out.size(); ++i)
    EXPECT_NEAR(out[i], (kRow[i] - mean) / std::sqrt(variance + 0.5) * kWeight[i] + kBias[i], 1e-6) << i;
}

}  // namespace
}  // namespace sotto::ops
