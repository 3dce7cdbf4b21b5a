// Blocks of 32 values: held to every scale that f16 has, tried out.
#include "support.h"

namespace sotto::quantize::test {
namespace {

// The values that a format's integers stand for, before the scale.
std::vector<double> grid_of(TensorType type) {
  if (type == TensorType::kIQ4_NL) return {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  const int low = type == TensorType::kQ4_0 ? -8 : type == TensorType::kQ5_0 ? -16 : -127;
  const int high = type == TensorType::kQ8_0 ? 127 : -low - 1;
  std::vector<double> grid;
  for (int q = low; q <= high; ++q) grid.push_back(q);
  return grid;
}

double error_at(const Sample& sample, const std::vector<double>& grid, double scale) {
  double error = 0;
  for (std::size_t i = 0; i < sample.x.size(); ++i) {
    const double y = sample.x[i] / scale;
    const auto above = std::lower_bound(grid.begin(), grid.end(), y);
    double rest = above == grid.end() ? y - grid.back() : *above - y;
    if (above != grid.begin() && above != grid.end()) rest = std::min(rest, y - *(above - 1));
    error += sample.weights[i] * rest * rest * scale * scale;
  }
  return error;
}

// The least error that any scale gives.
double least_error(const Sample& sample, const std::vector<double>& grid) {
  double most = 0;
  for (const float x : sample.x) most = std::max(most, static_cast<double>(std::fabs(x)));
  double least = 1e30;
  const double longest = std::max(-grid.front(), grid.back());
  const auto first = kernels::float_to_half(static_cast<float>(most / longest * 0.4)),
             last = kernels::float_to_half(static_cast<float>(most / longest * 1.6));
  for (auto bits = first; bits <= last; ++bits) {
    const double scale = kernels::half_to_float(bits);
    least = std::min({least, error_at(sample, grid, scale), error_at(sample, grid, -scale)});
  }
  return least;
}

// No theory bounds what lies between the guesses of a search. These bounds are what it reached on these samples when it
// was written, with a margin of a few per cent: they hold it from becoming worse.
TEST(Blocks32, AreNearTheBestScaleThereIs) {
  for (const TensorType type : {TensorType::kQ4_0, TensorType::kQ5_0, TensorType::kQ8_0, TensorType::kIQ4_NL}) {
    double ratios = 0, weighted_ratios = 0;
    int n = 0;
    for (unsigned seed = 0; seed < 6; ++seed) {
      for (const Sample& sample : samples(32, seed)) {
        const double error = error_of(sample.x, there_and_back(type, sample.x, sample.weights.data()), sample.weights);
        const double least = least_error(sample, grid_of(type));
        const bool weighted = sample.name.ends_with("weighted");
        // Weights that differ by orders put the best scale far from the peak, where the search does not look.
        EXPECT_LE(error, (weighted ? 4 : 1.5) * least) << name_of(type) << ", " << sample.name << ", seed " << seed;
        (weighted ? weighted_ratios : ratios) += error / least;
        n += weighted;
      }
    }
    EXPECT_LE(ratios / n, type == TensorType::kQ8_0 ? 1.15 : 1.05) << name_of(type);
    EXPECT_LE(weighted_ratios / n, 1.8) << name_of(type);
  }
}

// The least error of the same integers at another base, with the stored d that is nearest to the best.
double least_error_at(const Sample& sample, const Row& integers, double base) {
  double xq = 0, qq = 0;
  for (std::size_t i = 0; i < integers.size(); ++i) {
    xq += sample.weights[i] * integers[i] * (sample.x[i] - base);
    qq += static_cast<double>(sample.weights[i]) * integers[i] * integers[i];
  }
  const double d = half(xq / qq);
  Row back(integers.size());
  for (std::size_t i = 0; i < back.size(); ++i) back[i] = static_cast<float>(base + d * integers[i]);
  return error_of(sample.x, back, sample.weights);
}

TEST(Blocks32, NoStoredBaseBesideIsBetter) {
  for (const auto& [type, n_bytes] : {std::pair(TensorType::kQ4_1, 20), {TensorType::kQ5_1, 24}}) {
    for (unsigned seed = 0; seed < 20; ++seed) {
      for (const Sample& sample : samples(32, seed)) {
        std::vector<std::uint8_t> bytes(static_cast<std::size_t>(n_bytes));
        quantizer(type)(sample.x.data(), sample.weights.data(), bytes.data(), 32);
        const float d = kernels::half_at(bytes.data(), 0), base = kernels::half_at(bytes.data(), 1);
        const Row back = there_and_back(type, sample.x, sample.weights.data());
        Row integers(32);
        for (std::size_t i = 0; i < 32; ++i) integers[i] = std::nearbyint((back[i] - base) / d);
        const double error = error_of(sample.x, back, sample.weights);
        for (const int step : {-1, 1}) {
          const float beside = kernels::half_to_float(static_cast<std::uint16_t>(kernels::float_to_half(base) + step));
          EXPECT_LE(error, least_error_at(sample, integers, beside) * 1.001)  // d comes of sums in float32
              << name_of(type) << ", " << sample.name << ", seed " << seed;
        }
      }
    }
  }
}

TEST(Blocks32, WhatTheFormatHoldsStaysAsItIs) {
  Row x(32);
  for (const double scale : {0.5, -0.25, 0x1p-10}) {
    for (const auto& [type, low, n] : {std::tuple(TensorType::kQ4_0, -8, 16), {TensorType::kQ5_0, -16, 32}}) {
      for (int i = 0; i < 32; ++i) x[static_cast<std::size_t>(i)] = static_cast<float>(scale * (low + i % n));
      EXPECT_EQ(there_and_back(type, x), x) << name_of(type);
    }
    for (const auto& [type, n] : {std::pair(TensorType::kQ4_1, 16), {TensorType::kQ5_1, 32}}) {
      for (int i = 0; i < 32; ++i) x[static_cast<std::size_t>(i)] = static_cast<float>(0.375 + scale * (i % n));
      EXPECT_EQ(there_and_back(type, x), x) << name_of(type);
    }
    for (int i = 0; i < 32; ++i) x[static_cast<std::size_t>(i)] = static_cast<float>(scale * (127 - 8 * i));
    EXPECT_EQ(there_and_back(TensorType::kQ8_0, x), x);
    const auto grid = grid_of(TensorType::kIQ4_NL);
    for (std::size_t i = 0; i < 32; ++i) x[i] = static_cast<float>(scale * grid[i % 16]);
    EXPECT_EQ(there_and_back(TensorType::kIQ4_NL, x), x);
  }
}

}  // namespace
}  // namespace sotto::quantize::test
