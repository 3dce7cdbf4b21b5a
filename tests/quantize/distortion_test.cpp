// The error that a type makes, estimated on some rows, beside that of all rows.
#include "quantize/distortion.h"

#include "support.h"

namespace sotto::quantize::test {
namespace {

constexpr std::uint64_t kCols = 256, kRows = 4'096;  // eight times what is looked at

struct Matrix {
  Row values = samples(kCols * kRows, 11).front().x;
  gguf::Tensor tensor{"m", TensorType::kF32, 2, {kCols, kRows, 1, 1}, std::as_bytes(std::span<const float>(values))};
};

TEST(Distortion, IsThatOfAllRows) {
  const Matrix matrix;
  for (const TensorType type : types_for_rows(kCols)) {
    const double all = error_of(matrix.values, there_and_back(type, matrix.values)) / (kCols * kRows);
    // 131,072 independent values: the mean of squares has a relative deviation of about 0.3 %.
    EXPECT_NEAR(sampled_error(matrix.tensor, type, nullptr) / all, 1, 0.02) << name_of(type);
  }
}

TEST(Distortion, ColumnsCountAsTheyWeigh) {
  const Matrix matrix;
  ColumnWeights weights{kCols, 1, std::vector<float>(kCols, 4.0f)};
  const double plain = sampled_error(matrix.tensor, TensorType::kQ4_0, nullptr);
  EXPECT_NEAR(sampled_error(matrix.tensor, TensorType::kQ4_0, &weights) / plain, 4, 1e-5);
  for (std::size_t i = 32; i < kCols; ++i) weights.values[i] = kLeastShare;
  // One block of eight counts, four times.
  EXPECT_NEAR(sampled_error(matrix.tensor, TensorType::kQ4_0, &weights) / plain, 0.5, 0.05);
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
