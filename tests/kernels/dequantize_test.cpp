// Every type bit for bit against the `gguf` package.
#include "kernels/dequantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "support/python.h"

namespace sotto::kernels {
namespace {

struct TypeCase {
  std::uint32_t number;
  const char* name;
  int block_values, block_bytes;
  std::vector<int> halves;  // where a block's f16 scales stand
};

const std::vector<TypeCase>& quantized_types() {
  static const std::vector<TypeCase> types = {
      {2, "Q4_0", 32, 18, {0}},      {3, "Q4_1", 32, 20, {0, 2}},    {6, "Q5_0", 32, 22, {0}},
      {7, "Q5_1", 32, 24, {0, 2}},   {8, "Q8_0", 32, 34, {0}},       {10, "Q2_K", 256, 84, {80, 82}},
      {11, "Q3_K", 256, 110, {108}}, {12, "Q4_K", 256, 144, {0, 2}}, {13, "Q5_K", 256, 176, {0, 2}},
      {14, "Q6_K", 256, 210, {208}}, {16, "IQ2_XXS", 256, 66, {0}},  {17, "IQ2_XS", 256, 74, {0}},
      {18, "IQ3_XXS", 256, 98, {0}}, {19, "IQ1_S", 256, 50, {0}},    {20, "IQ4_NL", 32, 18, {0}},
      {21, "IQ3_S", 256, 110, {0}},  {22, "IQ2_S", 256, 82, {0}},    {23, "IQ4_XS", 256, 136, {0}},
      {29, "IQ1_M", 256, 56, {}},  // the bits of its f16 stand apart
      {34, "TQ1_0", 256, 54, {52}},  {35, "TQ2_0", 256, 66, {64}},   {39, "MXFP4", 32, 17, {}},
      {40, "NVFP4", 64, 36, {}},     {15, "Q8_K", 256, 292, {}},     {41, "Q1_0", 128, 18, {0}},
      {42, "Q2_0", 64, 18, {0}},
  };
  return types;
}

constexpr int kBlocks = 2000;  // each entry of each grid stands in them many times

// Random blocks: in the first half the scales are of the size that models have, in the second half
// any 16 bits (subnormal, infinite, NaN).
std::vector<std::uint8_t> random_blocks(const TypeCase& type, std::mt19937& random) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(kBlocks) * type.block_bytes);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  for (int block = 0; block < kBlocks / 2; ++block) {
    for (const int half : type.halves) {
      const auto exponent = static_cast<std::uint16_t>(4 + random() % 14);  // 2^-11 to 4
      const auto scale = static_cast<std::uint16_t>((random() & 0x83ff) | exponent << 10);
      std::memcpy(bytes.data() + static_cast<std::size_t>(block) * type.block_bytes + half, &scale, sizeof scale);
    }
  }
  return bytes;
}

// Bit for bit, but a NaN may have any payload.
void expect_same(const std::vector<float>& ours, const std::vector<float>& theirs, const std::string& name) {
  ASSERT_EQ(ours.size(), theirs.size()) << name << ": the oracle needs Python with gguf: run `make test`";
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::isnan(ours[i]) && std::isnan(theirs[i])) continue;
    std::uint32_t our_bits, their_bits;
    std::memcpy(&our_bits, &ours[i], sizeof our_bits);
    std::memcpy(&their_bits, &theirs[i], sizeof their_bits);
    ASSERT_EQ(our_bits, their_bits) << name << " value " << i << ": " << ours[i] << " and " << theirs[i];
  }
}

template <class T>
std::vector<float> ours(std::uint32_t type, const std::vector<T>& bytes, std::size_t n) {
  std::vector<float> values(n);
  dequantizer(type)(bytes.data(), values.data(), static_cast<std::int64_t>(n));
  return values;
}

TEST(Dequantize, QuantizedTypesAreBitExact) {
  support::ScratchFolder folder;
  std::mt19937 random(20);
  std::vector<std::vector<std::uint8_t>> blocks;
  for (const TypeCase& type : quantized_types()) {
    blocks.push_back(random_blocks(type, random));
    support::write_values(folder.file(std::string(type.name) + ".blocks"), blocks.back());
  }
  ASSERT_EQ(support::run_python("oracle_dequantize.py", {folder.path().string()}), 0);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const TypeCase& type = quantized_types()[i];
    const auto n = static_cast<std::size_t>(kBlocks) * type.block_values;
    expect_same(ours(type.number, blocks[i], n),
                support::read_values<float>(folder.file(std::string(type.name) + ".f32")), type.name);
  }
}

TEST(Dequantize, AllHalvesAreBitExact) {
  support::ScratchFolder folder;
  std::vector<std::uint16_t> all(65'536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  for (const char* name : {"F16", "BF16"}) support::write_values(folder.file(std::string(name) + ".blocks"), all);
  ASSERT_EQ(support::run_python("oracle_dequantize.py", {folder.path().string()}), 0);
  expect_same(ours(1, all, all.size()), support::read_values<float>(folder.file("F16.f32")), "F16");
  expect_same(ours(30, all, all.size()), support::read_values<float>(folder.file("BF16.f32")), "BF16");
}

TEST(Dequantize, F32IsCopied) {
  const std::vector<float> values = {0.0f, -0.0f, 1.5f, -3.25e-39f, INFINITY, -INFINITY};
  expect_same(ours(0, values, values.size()), values, "F32");
}

TEST(Dequantize, ReadsAtAnyAddress) {
  std::mt19937 random(21);
  for (const TypeCase& type : quantized_types()) {
    const auto blocks = random_blocks(type, random);
    const auto n = static_cast<std::size_t>(kBlocks) * type.block_values;
    std::vector<std::uint8_t> moved(blocks.size() + 1);
    std::copy(blocks.begin(), blocks.end(), moved.begin() + 1);
    std::vector<float> values(n);
    dequantize_row(type.number, moved.data() + 1, values.data(), static_cast<std::int64_t>(n));
    expect_same(values, ours(type.number, blocks, n), type.name);
  }
}

TEST(Dequantize, OtherTypesHaveNone) {
  for (const std::uint32_t number : {4u, 5u, 9u, 24u, 31u, 38u, 43u, 1000u, 0xffffffffu}) {
    EXPECT_EQ(dequantizer(number), nullptr) << number;
  }
}

}  // namespace
}  // namespace sotto::kernels
