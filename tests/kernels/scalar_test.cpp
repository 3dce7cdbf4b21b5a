// The scalar kernels against values worked out by hand from layout.h.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "kernels/half.h"
#include "kernels/table.h"

namespace sotto::kernels {
namespace {

constexpr int kRow = 3;

// One panel of one block, all zero but the factor, scale and minimum of row 3: factor 4, scale 0.5, minimum -2.
std::vector<std::uint8_t> panel_with(Packing packing) {
  std::vector<std::uint8_t> panel(panel_bytes(packing, kBlock), 0);
  const float factor = 4;
  std::memcpy(panel.data() + 4 * kRow, &factor, sizeof factor);
  const std::uint16_t scale = float_to_half(0.5f), second = float_to_half(packing == Packing::kU6 ? 0.25f : -2.0f);
  std::memcpy(panel.data() + kPanelHeaderBytes + 2 * kRow, &scale, 2);
  if (packing != Packing::kS8) std::memcpy(panel.data() + kPanelHeaderBytes + kScaleBytes + 2 * kRow, &second, 2);
  return panel;
}

// The value of row 3 at k: the product with a one there.
float value_at(Packing packing, const std::vector<std::uint8_t>& panel, int k) {
  std::vector<std::int8_t> values(kBlock, 0);
  values[static_cast<std::size_t>(k)] = 1;
  const float scale = 1, sums[2] = {k < 16 ? 1.0f : 0.0f, k < 16 ? 0.0f : 1.0f};
  float out[kPanelRows];
  table_for(Isa::kScalar)
      ->matmul[static_cast<int>(packing)](panel.data(), 1, {values.data(), &scale, sums, kBlock}, 1, out, kPanelRows);
  for (int r = 0; r < kPanelRows; ++r) {
    if (r != kRow) {
      EXPECT_EQ(out[r], 0.0f);
    }
  }
  return out[kRow];
}

TEST(Scalar, NibblesStandWhereTheLayoutSays) {
  auto panel = panel_with(Packing::kU4);
  panel[kPanelHeaderBytes + kNibbleOffset + 2 * kLineBytes + 4 * kRow + 1] =
      0xA7;  // line 2, byte 1: k = 9 low, 25 high
  EXPECT_EQ(value_at(Packing::kU4, panel, 9), 4 * (0.5f * 7 - 2));
  EXPECT_EQ(value_at(Packing::kU4, panel, 25), 4 * (0.5f * 10 - 2));
  EXPECT_EQ(value_at(Packing::kU4, panel, 8), 4 * -2.0f);
}

TEST(Scalar, FifthBitsStandWhereTheLayoutSays) {
  auto panel = panel_with(Packing::kU5);
  panel[kPanelHeaderBytes + kHighOffset + 4 * kRow + 3] = 1 << 1 | 1 << (4 + 2);  // k = 7 and k = 16 + 11
  EXPECT_EQ(value_at(Packing::kU5, panel, 7), 4 * (0.5f * 16 - 2));
  EXPECT_EQ(value_at(Packing::kU5, panel, 27), 4 * (0.5f * 16 - 2));
  EXPECT_EQ(value_at(Packing::kU5, panel, 11), 4 * -2.0f);
}

TEST(Scalar, UpperBitsAndBothScalesStandWhereTheLayoutSays) {
  auto panel = panel_with(Packing::kU6);
  panel[kPanelHeaderBytes + kHighOffset + 4 * kRow] = 3 << 2;                   // first line, line 1: k = 4
  panel[kPanelHeaderBytes + kHighOffset + kLineBytes + 4 * kRow + 2] = 2 << 6;  // second line, line 3: k = 16 + 14
  EXPECT_EQ(value_at(Packing::kU6, panel, 4), 4 * 0.5f * (48 - 32));
  EXPECT_EQ(value_at(Packing::kU6, panel, 30), 4 * 0.25f * (32 - 32));
  EXPECT_EQ(value_at(Packing::kU6, panel, 5), 4 * 0.5f * -32);
}

TEST(Scalar, BytesAreSigned) {
  auto panel = panel_with(Packing::kS8);
  panel[kPanelHeaderBytes + kS8Offset + 5 * kLineBytes + 4 * kRow + 2] = 0x80;  // k = 22
  EXPECT_EQ(value_at(Packing::kS8, panel, 22), 4 * 0.5f * -128);
  EXPECT_EQ(value_at(Packing::kS8, panel, 21), 0.0f);
}

}  // namespace
}  // namespace sotto::kernels
