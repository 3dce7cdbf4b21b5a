// Blocks of 256 values: what the format holds stays, and parts that differ do not spoil each other.
#include "support.h"

namespace sotto::quantize::test {
namespace {

// Values that a block can hold exactly: d = 2^-8, each part with a scale of its own, all integers of the part used.
Row held_by_scales(int part_values, int least_scale, int scale_step, int low, int high) {
  Row x(256);
  for (int i = 0; i < 256; ++i) {
    const int part = i / part_values;
    const int scale = part == 0 ? least_scale : least_scale + scale_step * part;
    x[static_cast<std::size_t>(i)] = static_cast<float>(scale * (low + i % part_values % (high - low + 1))) * 0x1p-8f;
  }
  return x;
}

// Within what 16 bits of scale leave.
void expect_near(TensorType type, const Row& x, double share) {
  const Row back = there_and_back(type, x);
  EXPECT_LE(std::sqrt(error_of(x, back) / error_of(x, Row(x.size()))), share) << name_of(type);
}

TEST(Blocks256, WhatTheFormatHoldsStaysAsItIs) {
  expect_near(TensorType::kQ3_K, held_by_scales(16, -32, 3, -4, 3), 1e-3);
  expect_near(TensorType::kQ6_K, held_by_scales(16, -128, 14, -32, -17), 1e-3);
  Row x(256);
  for (std::size_t i = 0; i < 256; ++i) {
    const std::size_t part = i / 32;
    x[i] = static_cast<float>((63 - 8 * part) * (i % 16)) * 0x1p-8f - static_cast<float>(7 * part + 14) * 0x1p-6f;
  }
  expect_near(TensorType::kQ4_K, x, 4e-3);
}

// A part that is a hundred times as small as its neighbours keeps the precision of its scale's few bits.
TEST(Blocks256, SmallPartsKeepScalesOfTheirOwn) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  Row x(256);
  for (std::size_t i = 0; i < 256; ++i) x[i] = normal(random) * (i / 32 % 2 == 0 ? 1.0f : 0.1f);
  for (const TensorType type : {TensorType::kQ4_K, TensorType::kQ5_K, TensorType::kQ6_K, TensorType::kIQ4_XS}) {
    const Row back = there_and_back(type, x);
    double error = 0, size = 0;
    for (std::size_t i = 0; i < 256; ++i) {
      if (i / 32 % 2 == 0) continue;
      error += std::pow(x[i] - back[i], 2);
      size += std::pow(x[i], 2);
    }
    EXPECT_LE(std::sqrt(error / size), 0.2) << name_of(type);
  }
}

}  // namespace
}  // namespace sotto::quantize::test
