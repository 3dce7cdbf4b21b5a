// Packed panels hold what the file's blocks hold: read back through the scalar kernel, against the dequantizer.
#include "ops/pack.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/dequantize.h"
#include "kernels/table.h"
#include "support/random_blocks.h"

namespace sotto::ops {
namespace {

using gguf::TensorType;

constexpr int kPackedCols = 512;

std::vector<std::byte> random_rows(TensorType type, int n_rows, std::mt19937& engine) {
  const gguf::TypeInfo info = *gguf::type_info(type);
  std::vector<std::byte> rows(static_cast<std::size_t>(n_rows) * kPackedCols / info.block_values * info.block_bytes);
  for (std::size_t block = 0; block < rows.size(); block += info.block_bytes) {
    const float size = std::uniform_real_distribution<float>(0.005f, 0.5f)(engine);
    support::fill_random_block(type, size, engine, rows.data() + block);
  }
  return rows;
}

// Column k of a panel: the product with a one at k.
std::vector<float> column(kernels::Packing packing, const std::vector<std::uint8_t>& panel, int k) {
  std::vector<kernels::QuantizedTile> x(kPackedCols / kernels::kBlock, kernels::QuantizedTile{});
  std::vector<float> one(kPackedCols, 0.0f), out(16);
  one[static_cast<std::size_t>(k)] = 127;  // whose scale is 1
  const kernels::Table& scalar = *kernels::table_for(kernels::Isa::kScalar);
  scalar.quantize(one.data(), kPackedCols / kernels::kBlock, x.data(), 0);
  scalar.matmul[static_cast<int>(packing)]({panel.data()}, 1, {x.data(), kPackedCols}, 1, out.data(), 16, nullptr);
  for (float& value : out) value /= 127;
  return out;
}

class PackTest : public testing::TestWithParam<TensorType> {};

TEST_P(PackTest, PanelsHoldTheFilesValues) {
  const TensorType type = GetParam();
  std::mt19937 engine(7);
  for (int n_rows : {16, 5}) {
    const auto rows = random_rows(type, n_rows, engine);
    const std::size_t row_bytes = rows.size() / static_cast<std::size_t>(n_rows);
    const auto packing = packing_for(type);
    ASSERT_TRUE(packing.has_value());
    std::vector<std::uint8_t> panel(kernels::panel_bytes(*packing, kPackedCols), 0xaa);
    EXPECT_EQ(panel.size(), 16 * row_bytes) << "the file's bits and no others";
    pack_panel(type, rows.data(), row_bytes, n_rows, kPackedCols, panel.data());
    std::vector<float> expected(kPackedCols);
    std::vector<std::vector<float>> columns;
    for (int k = 0; k < kPackedCols; ++k) columns.push_back(column(*packing, panel, k));
    for (int r = 0; r < 16; ++r) {
      std::fill(expected.begin(), expected.end(), 0.0f);
      if (r < n_rows) {
        kernels::dequantize_row(static_cast<std::uint32_t>(type), rows.data() + static_cast<std::size_t>(r) * row_bytes,
                                expected.data(), kPackedCols);
      }
      float greatest = 0;
      for (float e : expected) greatest = std::max(greatest, std::fabs(e));
      for (std::size_t k = 0; k < kPackedCols; ++k) {  // a scale and a minimum may cancel: f32 rounds their sum
        ASSERT_NEAR(columns[k][static_cast<std::size_t>(r)], expected[k], 1e-6f * greatest)
            << "row " << r << " column " << k;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryType, PackTest,
                         testing::Values(TensorType::kQ4_0, TensorType::kQ4_1, TensorType::kQ5_0, TensorType::kQ5_1,
                                         TensorType::kQ8_0, TensorType::kQ4_K, TensorType::kQ5_K, TensorType::kQ6_K,
                                         TensorType::kQ3_K, TensorType::kIQ4_NL, TensorType::kIQ4_XS,
                                         TensorType::kMXFP4),
                         [](const auto& tested) { return std::string(gguf::type_info(tested.param)->name); });

TEST(Packing, OtherTypesStayAsTheyAre) {
  for (TensorType type : {TensorType::kF32, TensorType::kF16, TensorType::kBF16, TensorType::kQ2_K, TensorType::kIQ3_S})
    EXPECT_FALSE(packing_for(type).has_value());
}

}  // namespace
}  // namespace sotto::ops
