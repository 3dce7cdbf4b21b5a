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

TEST(Scalar, ThreeBitsStandWhereTheLayoutSays) {
  Panel panel(Packing::kQ3_K);
  panel.set_half(0, 0.5f);
  panel.head(kScaleBytes + 2 * kPanelRows + kRow) = 0x5 << 4;  // run 5 of 16, k = 80 to 95: lower bits of 0x25
  panel.head(kScaleBytes + 128 + 1 * kPanelRows + kRow) = 2 << (2 * 1);  // its upper bits
  panel.line(3 * 2 + 1, 3) = 6 << 3;                                     // run 2 of 32, line 1: k = 64 + 12 + 4 + 3
  panel.line(3 * 2, 3) = 3 << 6 | 5;      // line 0: k = 64 + 27, its lower bits; and k = 64 + 3
  panel.line(3 * 2 + 2, 3) = 1 << 6 | 5;  // line 2: its third bit; and k = 64 + 11
  EXPECT_EQ(panel.value_at(83), 0.5f * (0x25 - 32) * (6 - 4));
  EXPECT_EQ(panel.value_at(91), 0.5f * (0x25 - 32) * (7 - 4));
  EXPECT_EQ(panel.value_at(90), 0.5f * (0x25 - 32) * -4);
  EXPECT_EQ(panel.value_at(95), 0.5f * (0x25 - 32) * -4);
  EXPECT_EQ(panel.value_at(67), 0.5f * -32 * (5 - 4));
  EXPECT_EQ(panel.value_at(75), 0.5f * -32 * (5 - 4));
  EXPECT_EQ(panel.value_at(79), 0.5f * -32 * -4);
}

TEST(Scalar, CodesStandForTheirValues) {
  Panel panel(Packing::kIQ4_NL);
  panel.set_half(0, 0.5f);
  panel.line(2, 1) = 0xf1;  // k = 9 low, 25 high
  EXPECT_EQ(panel.value_at(9), 0.5f * -104);
  EXPECT_EQ(panel.value_at(25), 0.5f * 113);
  EXPECT_EQ(panel.value_at(8), 0.5f * -127);
}

TEST(Scalar, SubScalesOfCodesStandWhereTheLayoutSays) {
  Panel panel(Packing::kIQ4_XS);
  panel.set_half(0, 0.5f);
  panel.head(kScaleBytes + 2 * kPanelRows + kRow) = 0xa << 4;  // run 5 of 8, k = 160 to 191: lower bits of 0x3a
  panel.head(kScaleBytes + 64 + 1 * kPanelRows + kRow) = 3 << (2 * 1);  // its upper bits
  panel.line(4 * 5, 0) = 0x08;
  EXPECT_EQ(panel.value_at(160), 0.5f * (0x3a - 32) * 1);
  EXPECT_EQ(panel.value_at(161), 0.5f * (0x3a - 32) * -127);
  EXPECT_EQ(panel.value_at(128), 0.5f * -32 * -127);
}

TEST(Scalar, FourBitFloatsAreScaledByPowersOfTwo) {
  Panel panel(Packing::kMXFP4);
  panel.head(kRow) = 127 + 3;
  panel.line(1, 2) = 0x7a;  // k = 6 low: -1; 22 high: 6
  EXPECT_EQ(panel.value_at(6), 8 * -1.0f);
  EXPECT_EQ(panel.value_at(22), 8 * 6.0f);
  EXPECT_EQ(panel.value_at(5), 0.0f);
}

}  // namespace
}  // namespace sotto::kernels
