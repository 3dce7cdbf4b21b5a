// The error that a type makes, estimated on some rows, beside that of all rows.
#include "quantize/distortion.h"

#include "support.h"

namespace sotto::quantize::test {
namespace {

constexpr std::uint64_t kCols = 256, kRows = 1'024;  // twice what is looked at

struct Matrix {
  Row values = samples(kCols * kRows, 11).front().x;
  gguf::Tensor tensor{"m", TensorType::kF32, 2, {kCols, kRows, 1, 1}, std::as_bytes(std::span<const float>(values))};
};

// Of the columns from `first` on that `count` says.
double relative_error(const Row& x, const Row& y, std::size_t first, std::size_t count) {
  double error = 0, energy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i % kCols < first || i % kCols >= first + count) continue;
    error += std::pow(static_cast<double>(x[i]) - y[i], 2);
    energy += std::pow(static_cast<double>(x[i]), 2);
  }
  return error / energy;
}

TEST(Distortion, IsThatOfAllRows) {
  const Matrix matrix;
  for (const TensorType type : types_for_rows(kCols)) {
    const double all = relative_error(matrix.values, there_and_back(type, matrix.values), 0, kCols);
    // 131,072 independent values: the mean of squares has a relative deviation of about 0.4 %.
    EXPECT_NEAR(sampled_error(matrix.tensor, type, nullptr) / all, 1, 0.02) << name_of(type);
  }
}

TEST(Distortion, ColumnsCountAsTheyWeigh) {
  const Matrix matrix;
  ColumnWeights weights{kCols, 1, std::vector<float>(kCols, 4.0f)};
  const TensorType type = TensorType::kQ4_0;
  EXPECT_NEAR(sampled_error(matrix.tensor, type, &weights) / sampled_error(matrix.tensor, type, nullptr), 1, 1e-5);
  // The first half weighs nothing: what is left is the error of the second, whose values are others.
  Matrix uneven;
  for (std::size_t i = 0; i < uneven.values.size(); ++i)
    uneven.values[i] *= i % kCols < 128 ? 1 : std::round(i % 32 * 0.1f);
  for (std::size_t i = 0; i < 128; ++i) weights.values[i] = 1e-12f;
  const double last = relative_error(uneven.values, there_and_back(type, uneven.values), 128, 128);
  EXPECT_NEAR(sampled_error(uneven.tensor, type, &weights) / last, 1, 0.02);
}

TEST(Distortion, ZerosLoseNothing) {
  Matrix zeros;
  std::fill(zeros.values.begin(), zeros.values.end(), 0.0f);
  EXPECT_EQ(sampled_error(zeros.tensor, TensorType::kQ4_K, nullptr), 0);
}

TEST(Distortion, TypesFitTheRows) {
  for (const std::uint64_t cols : {32u, 576u, 640u, 768u}) {
    const auto types = types_for_rows(cols);
    EXPECT_FALSE(types.empty());
    for (const TensorType type : types) EXPECT_EQ(cols % gguf::type_info(type)->block_values, 0u);
  }
  EXPECT_TRUE(types_for_rows(31).empty());
}

}  // namespace
}  // namespace sotto::quantize::test
