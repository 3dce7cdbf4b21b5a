// The scalar kernels against values worked out by hand from layout.h.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "kernels/half.h"
#include "kernels/table.h"

namespace sotto::kernels {
namespace {

constexpr int kRow = 3;

// One block of one panel, all zero but what a test writes for row 3.
struct Panel {
  explicit Panel(Packing of) : packing(of), bytes(panel_bytes(of, format_of(of).block), 0) {}

  std::uint8_t& head(int offset) { return bytes[static_cast<std::size_t>(offset)]; }
  void set_half(int offset, float value) {
    const std::uint16_t half = float_to_half(value);
    std::memcpy(bytes.data() + offset + 2 * kRow, &half, 2);
  }
  std::uint8_t& line(int line, int byte) {
    return bytes[static_cast<std::size_t>(format_of(packing).head_bytes + line * kLineBytes + 4 * kRow + byte)];
  }

  // The value of row 3 at k: the product with a one there.
  float value_at(int k) const {
    const int n_blocks = format_of(packing).block / kBlock;
    std::vector<QuantizedTile> x(static_cast<std::size_t>(n_blocks), QuantizedTile{});
    QuantizedTile& tile = x[static_cast<std::size_t>(k / kBlock)];
    tile.values[0][k % kBlock] = 1;
    tile.scales[0] = tile.sums[0] = 1;
    float out[kPanelRows];
    table_for(Isa::kScalar)
        ->matmul[static_cast<int>(packing)]({bytes.data()}, 1, {x.data(), format_of(packing).block}, 1, out, kPanelRows,
                                            nullptr);
    for (int r = 0; r < kPanelRows; ++r) {
      if (r != kRow) {
        EXPECT_EQ(out[r], 0.0f);
      }
    }
    return out[kRow];
  }

  Packing packing;
  std::vector<std::uint8_t> bytes;
};

TEST(Scalar, NibblesStandWhereTheLayoutSays) {
  Panel panel(Packing::kQ4_1);
  panel.set_half(0, 0.5f);
  panel.set_half(kScaleBytes, -2.0f);
  panel.line(2, 1) = 0xA7;  // k = 9 low, 25 high
  EXPECT_EQ(panel.value_at(9), 0.5f * 7 - 2);
  EXPECT_EQ(panel.value_at(25), 0.5f * 10 - 2);
  EXPECT_EQ(panel.value_at(8), -2.0f);
}

TEST(Scalar, ZeroPointsAreTakenOff) {
  Panel four(Packing::kQ4_0), five(Packing::kQ5_0);
  four.set_half(0, 0.5f);
  five.set_half(0, 0.5f);
  four.line(0, 0) = five.line(0, 0) = 0x0f;
  EXPECT_EQ(four.value_at(0), 0.5f * (15 - 8));
  EXPECT_EQ(four.value_at(16), 0.5f * -8);
  EXPECT_EQ(five.value_at(0), 0.5f * (15 - 16));
  EXPECT_EQ(five.value_at(16), 0.5f * -16);
}

TEST(Scalar, FifthBitsStandWhereTheLayoutSays) {
  Panel panel(Packing::kQ5_1);
  panel.set_half(0, 0.5f);
  panel.set_half(kScaleBytes, -2.0f);
  panel.line(4, 3) = 1 << 1 | 1 << (4 + 2);  // k = 7 and k = 16 + 11
  EXPECT_EQ(panel.value_at(7), 0.5f * 16 - 2);
  EXPECT_EQ(panel.value_at(27), 0.5f * 16 - 2);
  EXPECT_EQ(panel.value_at(11), -2.0f);
}

TEST(Scalar, BytesAreSigned) {
  Panel panel(Packing::kQ8_0);
  panel.set_half(0, 0.5f);
  panel.line(5, 2) = 0x80;  // k = 22
  EXPECT_EQ(panel.value_at(22), 0.5f * -128);
  EXPECT_EQ(panel.value_at(21), 0.0f);
}

TEST(Scalar, SixBitSubScalesStandWhereTheLayoutSays) {
  for (const Packing packing : {Packing::kQ4_K, Packing::kQ5_K}) {
    Panel panel(packing);
    panel.set_half(0, 0.5f);
    panel.set_half(kScaleBytes, 0.25f);
    panel.head(kSubScaleOffset + 3 * kPanelRows + kRow) = 0x95;     // run 3: lower bits of 0x25 and of 0x39
    panel.head(kSubScaleTopOffset + kPanelRows + kRow) = 0xe << 4;  // their upper bits, 2 and 3
    panel.line(3 * format_of(packing).lines, 0) = 0x07;
    EXPECT_EQ(panel.value_at(96), 0.5f * 0x25 * 7 - 0.25f * 0x39);
    EXPECT_EQ(panel.value_at(95), 0.0f);
    EXPECT_EQ(panel.value_at(128), 0.0f);
  }
}

TEST(Scalar, UpperBitsAndSubScalesOf16StandWhereTheLayoutSays) {
  Panel panel(Packing::kQ6_K);
  panel.set_half(0, 0.5f);
  panel.head(kQ6SubScaleOffset + 2 * kPanelRows + kRow) = 3;     // k = 32 to 47
  panel.head(kQ6SubScaleOffset + 3 * kPanelRows + kRow) = 0xfe;  // -2: k = 48 to 63
  panel.line(6 + 4, 0) = 3 << 2;                                 // first line of upper bits, line 1: k = 32 + 4
  panel.line(6 + 5, 2) = 2 << 6;                                 // second line, line 3: k = 48 + 14
  EXPECT_EQ(panel.value_at(36), 0.5f * 3 * (48 - 32));
  EXPECT_EQ(panel.value_at(62), 0.5f * -2 * (32 - 32));
  EXPECT_EQ(panel.value_at(61), 0.5f * -2 * -32);
  EXPECT_EQ(panel.value_at(37), 0.5f * 3 * -32);
}

}  // namespace
}  // namespace sotto::kernels
