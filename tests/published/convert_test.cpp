#include "published/convert.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

namespace sotto::published {
namespace {

using gguf::TensorType;

template <class Target, class Source>
std::vector<Target> converted(const std::vector<Source>& values, TensorType from, TensorType to, float add = 0) {
  std::vector<std::byte> out;
  EXPECT_EQ(append_converted(std::as_bytes(std::span(values)), from, to, add, out), -1);
  std::vector<Target> result(out.size() / sizeof(Target));
  std::memcpy(result.data(), out.data(), out.size());
  return result;
}

// Bits by IEEE 754 and by the definition of bfloat16 (the upper half of an f32).
TEST(Convert, RoundsToNearestWithTiesToEven) {
  const std::vector<float> values = {1.0f, -2.0f, 1.00390625f, 1.01171875f, 0x1.01fffep0f, 65504.0f, 0x1p-24f, -0.0f};
  EXPECT_EQ(converted<std::uint16_t>(values, TensorType::kF32, TensorType::kBF16),
            (std::vector<std::uint16_t>{0x3f80, 0xc000, 0x3f80, 0x3f82, 0x3f81, 0x4780, 0x3380, 0x8000}));
  EXPECT_EQ(converted<std::uint16_t>(values, TensorType::kF32, TensorType::kF16),
            (std::vector<std::uint16_t>{0x3c00, 0xc000, 0x3c04, 0x3c0c, 0x3c08, 0x7bff, 0x0001, 0x8000}));
}

TEST(Convert, WidensExactly) {
  const std::vector<std::uint16_t> bf16 = {0x3f80, 0x8000, 0x7f7f};
  EXPECT_EQ(converted<float>(bf16, TensorType::kBF16, TensorType::kF32), (std::vector<float>{1, -0.0f, 0x1.fep127f}));
  const std::vector<std::uint16_t> f16 = {0x3c00, 0x7bff, 0x0001};
  EXPECT_EQ(converted<float>(f16, TensorType::kF16, TensorType::kF32), (std::vector<float>{1, 65504, 0x1p-24f}));
}

TEST(Convert, AddsInF32) {
  const std::vector<std::uint16_t> bf16 = {0x3c00};  // 2^-7
  EXPECT_EQ(converted<float>(bf16, TensorType::kBF16, TensorType::kF32, 1), (std::vector<float>{1.0078125f}));
}

TEST(Convert, SaysWhichFiniteValueIsBeyondTheType) {
  const std::vector<float> values = {1, std::numeric_limits<float>::infinity(), 70000};
  std::vector<std::byte> out;
  EXPECT_EQ(append_converted(std::as_bytes(std::span(values)), TensorType::kF32, TensorType::kF16, 0, out), 2);
}

TEST(Convert, ANanStaysOne) {
  const std::vector<float> values = {std::bit_cast<float>(0x7f800001u)};
  const auto bf16 = converted<std::uint16_t>(values, TensorType::kF32, TensorType::kBF16);
  EXPECT_EQ(bf16[0] & 0x7f80, 0x7f80);
  EXPECT_NE(bf16[0] & 0x7f, 0);
}

// Row i of a head and row i + half of it turn together; the file has them side by side.
TEST(Convert, PairsOfRowsBecomeNeighbours) {
  std::vector<std::uint64_t> rows;
  for (std::uint64_t row = 0; row < 12; ++row) rows.push_back(paired_row(row, 6));
  EXPECT_EQ(rows, (std::vector<std::uint64_t>{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11}));
}

// Two groups of three blocks: the first of each, then the second, then the third.
TEST(Convert, BlocksOfEqualNumberBecomeNeighbours) {
  std::vector<std::uint64_t> blocks;
  for (std::uint64_t block = 0; block < 6; ++block) blocks.push_back(tiled_block(block, 2, 6));
  EXPECT_EQ(blocks, (std::vector<std::uint64_t>{0, 3, 1, 4, 2, 5}));
}

TEST(Convert, MinusExpIsFiniteOrRefused) {
  const std::vector<float> values = {0, 1, -2};
  std::vector<std::byte> out;
  ASSERT_TRUE(append_minus_exp(std::as_bytes(std::span(values)), TensorType::kF32, out));
  for (std::size_t i = 0; i < values.size(); ++i) {
    float found;
    std::memcpy(&found, out.data() + 4 * i, 4);
    EXPECT_FLOAT_EQ(found, -std::exp(values[i]));
  }
  const std::vector<float> large = {200};
  EXPECT_FALSE(append_minus_exp(std::as_bytes(std::span(large)), TensorType::kF32, out));
}

}  // namespace
}  // namespace sotto::published
