// What the tests of quantizers share: rows there and back, and rounding without a search, in double precision.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "gguf/tensor_type.h"
#include "kernels/dequantize.h"
#include "kernels/half.h"
#include "quantize/quantizer.h"

namespace sotto::quantize::test {

using gguf::TensorType;
using Row = std::vector<float>;

inline const std::vector<TensorType> kFormats = {
    TensorType::kQ4_0, TensorType::kQ4_1, TensorType::kQ5_0, TensorType::kQ5_1,   TensorType::kQ8_0,  TensorType::kQ3_K,
    TensorType::kQ4_K, TensorType::kQ5_K, TensorType::kQ6_K, TensorType::kIQ4_NL, TensorType::kIQ4_XS};

inline std::string name_of(TensorType type) { return std::string(gguf::type_info(type)->name); }

// x through the format and back; the bytes behind the blocks must stay.
inline Row there_and_back(TensorType type, const Row& x, const float* weights = nullptr) {
  const auto info = gguf::type_info(type);
  const std::size_t n_bytes = x.size() / info->block_values * info->block_bytes;
  std::vector<std::uint8_t> bytes(n_bytes + 8, 0xa5);
  quantizer(type)(x.data(), weights, bytes.data(), static_cast<std::int64_t>(x.size()));
  for (std::size_t i = n_bytes; i < bytes.size(); ++i) EXPECT_EQ(bytes[i], 0xa5) << name_of(type);
  Row back(x.size());
  kernels::dequantize_row(static_cast<std::uint32_t>(type), bytes.data(), back.data(),
                          static_cast<std::int64_t>(x.size()));
  return back;
}

inline double error_of(const Row& x, const Row& back, const Row& weights = {}) {
  double error = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double rest = static_cast<double>(x[i]) - back[i];
    error += (weights.empty() ? 1.0 : weights[i]) * rest * rest;
  }
  return error;
}

inline double half(double value) { return kernels::half_to_float(kernels::float_to_half(static_cast<float>(value))); }

struct Sample {
  std::string name;
  Row x, weights;
};

// Rows as models have them, and others: bell-shaped, with heavy tails, all on one side, with scales that differ from
// part to part; each with equal weights and with weights that differ by orders.
inline std::vector<Sample> samples(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<Sample> all;
  for (const char* kind : {"normal", "heavy", "positive", "negative", "uneven"}) {
    const std::string name = kind;
    Sample sample{name, Row(n), Row(n, 1.0f)};
    for (std::size_t i = 0; i < n; ++i) {
      const float draw = normal(random);
      float& x = sample.x[i];
      x = draw * 0.05f;
      if (name == "heavy") x *= draw * draw;
      if (name == "positive") x = std::fabs(x) + 0.02f;
      if (name == "negative") x = -std::fabs(x) - 0.02f;
      if (name == "uneven") x *= std::exp(static_cast<float>(i / 16 % 7) - 3);
    }
    all.push_back(sample);
    for (float& weight : sample.weights) weight = std::exp(2 * normal(random));
    sample.name += ", weighted";
    all.push_back(sample);
  }
  return all;
}

}  // namespace sotto::quantize::test
