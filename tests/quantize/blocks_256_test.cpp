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

// What a block of Q4_K or Q5_K stores: value = d * scale * q - dmin * min.
struct StoredParts {
  double d, dmin;
  int scale[8], min[8];
};

StoredParts stored_parts(const std::uint8_t* block) {
  StoredParts stored{kernels::half_at(block, 0), kernels::half_at(block, 1), {}, {}};
  const std::uint8_t* six = block + 4;
  for (int i = 0; i < 8; ++i) {
    stored.scale[i] = i < 4 ? six[i] & 63 : (six[i + 4] & 15) | six[i - 4] >> 6 << 4;
    stored.min[i] = i < 4 ? six[i + 4] & 63 : six[i + 4] >> 4 | six[i] >> 6 << 4;
  }
  return stored;
}

// The least error of these products of integers with another dmin, and the stored d that is nearest to the best.
double least_error_at(const Sample& sample, const StoredParts& stored, const std::vector<double>& products,
                      double dmin) {
  double xq = 0, qq = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    xq += sample.weights[i] * products[i] * (sample.x[i] + dmin * stored.min[i / 32]);
    qq += sample.weights[i] * products[i] * products[i];
  }
  const double d = half(xq / qq);
  Row back(256);
  for (std::size_t i = 0; i < 256; ++i) back[i] = static_cast<float>(d * products[i] - dmin * stored.min[i / 32]);
  return error_of(sample.x, back, sample.weights);
}

void expect_no_better_dmin(TensorType type, const Sample& sample, unsigned seed) {
  std::vector<std::uint8_t> bytes(gguf::type_info(type)->block_bytes);
  quantizer(type)(sample.x.data(), sample.weights.data(), bytes.data(), 256);
  const StoredParts stored = stored_parts(bytes.data());
  if (stored.d == 0 || stored.dmin == 0) return;
  const Row back = there_and_back(type, sample.x, sample.weights.data());
  std::vector<double> products(256);  // scale * q
  for (std::size_t i = 0; i < 256; ++i) {
    products[i] = std::nearbyint((back[i] + stored.dmin * stored.min[i / 32]) / stored.d);
  }
  const double error = error_of(sample.x, back, sample.weights);
  const std::uint16_t bits = kernels::float_to_half(static_cast<float>(stored.dmin));
  for (const int step : {-1, 1}) {
    const double beside = kernels::half_to_float(static_cast<std::uint16_t>(bits + step));
    EXPECT_LE(error, least_error_at(sample, stored, products, beside) * 1.001)  // d comes of sums in float32
        << name_of(type) << ", " << sample.name << ", seed " << seed;
  }
}

TEST(Blocks256, NoStoredMinimumBesideIsBetter) {
  for (const TensorType type : {TensorType::kQ4_K, TensorType::kQ5_K}) {
    for (unsigned seed = 0; seed < 20; ++seed) {
      for (const Sample& sample : samples(256, seed)) expect_no_better_dmin(type, sample, seed);
    }
  }
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
