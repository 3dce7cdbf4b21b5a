// Every entry of every instruction set that this machine has, against scalar.
#include "kernels/table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "kernels/half.h"

namespace sotto::kernels {
namespace {

struct Random {
  std::mt19937 engine{20251122};
  float normal() { return std::normal_distribution<float>()(engine); }
  int integer(int least, int most) { return std::uniform_int_distribution<int>(least, most)(engine); }
  std::vector<float> normals(std::size_t n) {
    std::vector<float> out(n);
    for (float& x : out) x = normal();
    return out;
  }
};

std::vector<std::uint8_t> random_panels(Random& random, Packing packing, int n_panels, int k) {
  std::vector<std::uint8_t> panels(static_cast<std::size_t>(n_panels) * panel_bytes(packing, k));
  for (auto& byte : panels) byte = static_cast<std::uint8_t>(random.integer(0, 255));
  const auto write_half = [&](std::uint8_t* to) {
    const std::uint16_t half = float_to_half(random.normal() * 0.05f);
    std::memcpy(to, &half, sizeof half);
  };
  for (int p = 0; p < n_panels; ++p) {
    std::uint8_t* panel = panels.data() + static_cast<std::size_t>(p) * panel_bytes(packing, k);
    for (int r = 0; r < kPanelRows; ++r) {
      const float factor = std::ldexp(1.0f, random.integer(-3, 3));
      std::memcpy(panel + 4 * r, &factor, sizeof factor);
    }
    const int header = packing == Packing::kS8 ? kScaleBytes : 2 * kScaleBytes;
    for (int b = 0; b < k / kBlock; ++b) {
      for (int i = 0; i < header; i += 2) write_half(panel + kPanelHeaderBytes + b * block_bytes(packing) + i);
    }
  }
  return panels;
}

struct Quantized {
  std::vector<std::int8_t> values;
  std::vector<float> scales, sums;
  std::int64_t k;
  QuantizedRows view() const { return {values.data(), scales.data(), sums.data(), k}; }
};

// With extremes: whole blocks at the bounds of int8.
Quantized random_rows(Random& random, int n_tokens, int k) {
  std::vector<float> x = random.normals(static_cast<std::size_t>(n_tokens * k));
  for (int i = 0; i < std::min(kBlock, n_tokens * k); ++i) x[static_cast<std::size_t>(i)] = i % 2 == 0 ? 3.0f : 3.0f;
  Quantized q{std::vector<std::int8_t>(x.size()), std::vector<float>(x.size() / kBlock),
              std::vector<float>(x.size() / kHalfBlock), k};
  table_for(Isa::kScalar)
      ->quantize(x.data(), static_cast<std::int64_t>(x.size()), q.values.data(), q.scales.data(), q.sums.data());
  return q;
}

class TableTest : public testing::TestWithParam<Isa> {
 protected:
  const Table* tested = table_for(GetParam());
  const Table& scalar = *table_for(Isa::kScalar);
  Random random;
};

TEST_P(TableTest, MatmulAgreesWithScalarForEveryPackingAndTokenCount) {
  for (int packing = 0; packing < kPackings; ++packing) {
    for (int k : {32, 64, 576, 2048}) {
      const int n_panels = 3, n_tokens = 13, width = n_panels * kPanelRows;
      const auto panels = random_panels(random, static_cast<Packing>(packing), n_panels, k);
      const Quantized x = random_rows(random, n_tokens, k);
      std::vector<float> expected(static_cast<std::size_t>(n_tokens * width)), found(expected.size());
      scalar.matmul[packing](panels.data(), n_panels, x.view(), n_tokens, expected.data(), width);
      double norm = 0;
      for (float e : expected) norm += e * e;
      const float tolerance =
          1e-5f * static_cast<float>(std::sqrt(norm / static_cast<double>(expected.size()))) + 1e-6f;
      for (int count = 1; count <= n_tokens; ++count) {
        std::fill(found.begin(), found.end(), NAN);
        tested->matmul[packing](panels.data(), n_panels, x.view(), count, found.data(), width);
        for (int i = 0; i < count * width; ++i) {
          const auto at = static_cast<std::size_t>(i);
          ASSERT_NEAR(found[at], expected[at], 8 * tolerance)
              << "packing " << packing << " k " << k << " tokens " << count << " at " << i;
        }
      }
    }
  }
}

TEST_P(TableTest, MatmulDoesNotDependOnHowTokensAreSplit) {
  const int k = 576, n_tokens = 11;
  for (int packing = 0; packing < kPackings; ++packing) {
    const auto panels = random_panels(random, static_cast<Packing>(packing), 2, k);
    const Quantized x = random_rows(random, n_tokens, k);
    std::vector<float> together(n_tokens * 32), alone(32);
    tested->matmul[packing](panels.data(), 2, x.view(), n_tokens, together.data(), 32);
    for (int t = 0; t < n_tokens; ++t) {
      const QuantizedRows row{x.values.data() + t * k, x.scales.data() + t * k / kBlock,
                              x.sums.data() + t * k / kHalfBlock, k};
      tested->matmul[packing](panels.data(), 2, row, 1, alone.data(), 32);
      for (int r = 0; r < 32; ++r)
        ASSERT_EQ(alone[static_cast<std::size_t>(r)], together[static_cast<std::size_t>(t * 32 + r)]);
    }
  }
}

// Rows that have something in a few blocks only, added to what stands there.
TEST_P(TableTest, SparseRowsAddWhatTheirBlocksHold) {
  const int k = 576, n_blocks = k / kBlock, n_tokens = 21;
  for (int packing = 0; packing < kPackings; ++packing) {
    const auto panels = random_panels(random, static_cast<Packing>(packing), 2, k);
    Quantized x = random_rows(random, n_tokens, k);
    std::vector<std::uint16_t> every(n_blocks);
    std::iota(every.begin(), every.end(), std::uint16_t{0});
    const std::vector<std::uint16_t> lists[3] = {{3, 17}, {}, every};
    std::vector<std::uint16_t> listed(3 * n_blocks), n_listed;
    for (const auto& list : lists) {
      std::copy(list.begin(), list.end(), listed.begin() + static_cast<std::ptrdiff_t>(n_listed.size()) * n_blocks);
      n_listed.push_back(static_cast<std::uint16_t>(list.size()));
    }
    Quantized dense = x;
    for (int t = 0; t < 16; ++t) {
      for (int b = 0; b < n_blocks; ++b) {
        if (t < 8 && (b == 3 || b == 17)) continue;
        dense.scales[static_cast<std::size_t>(t * n_blocks + b)] = 0;
        for (int h = 0; h < 2; ++h) dense.sums[static_cast<std::size_t>((t * n_blocks + b) * 2 + h)] = 0;
      }
    }
    std::vector<float> product(n_tokens * 32), found(n_tokens * 32, 0.5f);
    tested->matmul[packing](panels.data(), 2, dense.view(), n_tokens, product.data(), 32);
    QuantizedRows sparse = x.view();
    sparse.listed = listed.data();
    sparse.n_listed = n_listed.data();
    tested->matmul[packing](panels.data(), 2, sparse, n_tokens, found.data(), 32);
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], 0.5f + product[i]) << i;
  }
}

// The worst sums that layout.h's bounds allow: all weights and activations at their extremes.
TEST_P(TableTest, MatmulHoldsAtTheExtremesOfItsIntegers) {
  const int k = 64;
  for (int packing = 0; packing < kPackings; ++packing) {
    for (int weight : {0x00, 0xff, 0x80, 0x7f}) {
      for (int activation : {-127, 127}) {
        auto panels = random_panels(random, static_cast<Packing>(packing), 1, k);
        const int header = packing == static_cast<int>(Packing::kS8) ? kScaleBytes : 2 * kScaleBytes;
        for (int b = 0; b < k / kBlock; ++b) {
          std::uint8_t* block = panels.data() + kPanelHeaderBytes + b * block_bytes(static_cast<Packing>(packing));
          std::memset(block + header, weight,
                      static_cast<std::size_t>(block_bytes(static_cast<Packing>(packing)) - header));
        }
        Quantized x{std::vector<std::int8_t>(k, static_cast<std::int8_t>(activation)),
                    std::vector<float>(k / kBlock, 1.0f),
                    std::vector<float>(k / kHalfBlock, static_cast<float>(16 * activation)), k};
        std::vector<float> expected(16), found(16);
        scalar.matmul[packing](panels.data(), 1, x.view(), 1, expected.data(), 16);
        tested->matmul[packing](panels.data(), 1, x.view(), 1, found.data(), 16);
        for (std::size_t r = 0; r < 16; ++r)
          ASSERT_NEAR(found[r], expected[r], 1e-4f * (1000 + std::fabs(expected[r])));
      }
    }
  }
}

TEST_P(TableTest, QuantizeAgreesWithScalarAndBoundsItsError) {
  const auto x = random.normals(4096);
  std::vector<std::int8_t> values(4096);
  std::vector<float> scales(128), sums(256);
  tested->quantize(x.data(), 4096, values.data(), scales.data(), sums.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_LE(std::fabs(x[i] - scales[i / 32] * values[i]), 0.5001f * scales[i / 32]);
    ASSERT_GE(values[i], -127);
  }
  for (std::size_t h = 0; h < sums.size(); ++h) {
    int sum = 0;
    for (std::size_t i = 0; i < 16; ++i) sum += values[h * 16 + i];
    ASSERT_NEAR(sums[h], scales[h / 2] * static_cast<float>(sum), 1e-4f);
  }
  std::vector<float> zeros(64, 0.0f);
  tested->quantize(zeros.data(), 64, values.data(), scales.data(), sums.data());
  EXPECT_EQ(scales[0], 0.0f);
  EXPECT_EQ(values[0], 0);
}

TEST_P(TableTest, QuantizeGivesNaNWhereABlockHoldsNoNumber) {
  for (const float odd : {std::nanf(""), -std::nanf(""), INFINITY, -INFINITY}) {
    for (std::size_t at = kBlock; at < 2 * kBlock; ++at) {
      auto x = random.normals(3 * kBlock);
      x[at] = odd;
      std::vector<std::int8_t> values(x.size(), 1);
      std::vector<float> scales(3), sums(6);
      tested->quantize(x.data(), 3 * kBlock, values.data(), scales.data(), sums.data());
      for (int i = 0; i < kBlock; ++i) ASSERT_EQ(values[static_cast<std::size_t>(kBlock + i)], 0);
      ASSERT_TRUE(std::isnan(scales[1]) && std::isnan(sums[2]) && std::isnan(sums[3])) << odd << " at " << at;
      for (const float finite : {scales[0], scales[2], sums[0], sums[1], sums[4], sums[5]})
        ASSERT_TRUE(std::isfinite(finite));
    }
  }
}

TEST_P(TableTest, QuantizeTakesWhatIsNextToNothingForZero) {
  for (const float greatest : {9.9e-31f, 1e-36f, 3e-37f, 1e-38f, 1e-40f, 1e-45f}) {
    std::vector<float> x(kBlock, -greatest), scales(1, 1.0f), sums(2, 1.0f);
    std::vector<std::int8_t> values(kBlock, 1);
    tested->quantize(x.data(), kBlock, values.data(), scales.data(), sums.data());
    EXPECT_EQ(scales[0], 0.0f) << greatest;
    EXPECT_EQ(sums[0], 0.0f);
    for (const auto value : values) ASSERT_EQ(value, 0) << greatest;
  }
  for (const float greatest : {1.1e-30f, 3e38f}) {
    std::vector<float> x(kBlock, -greatest), scales(1), sums(2);
    std::vector<std::int8_t> values(kBlock);
    tested->quantize(x.data(), kBlock, values.data(), scales.data(), sums.data());
    EXPECT_FLOAT_EQ(scales[0], greatest / 127);
    for (const auto value : values) ASSERT_EQ(value, -127) << greatest;
  }
}

TEST_P(TableTest, QuantizeDoesWhatScalarDoes) {
  auto x = random.normals(8192);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::ldexp(x[i], static_cast<int>(i / kBlock) - 128);
  x[77 * kBlock] = INFINITY;
  const auto blocks = x.size() / kBlock;
  std::vector<std::int8_t> expected(x.size()), found(x.size());
  std::vector<float> scales(blocks), sums(2 * blocks), found_scales(blocks), found_sums(2 * blocks);
  scalar.quantize(x.data(), 8192, expected.data(), scales.data(), sums.data());
  tested->quantize(x.data(), 8192, found.data(), found_scales.data(), found_sums.data());
  EXPECT_EQ(found, expected);
  EXPECT_EQ(std::memcmp(found_scales.data(), scales.data(), blocks * sizeof(float)), 0);
  EXPECT_EQ(std::memcmp(found_sums.data(), sums.data(), 2 * blocks * sizeof(float)), 0);
}

TEST_P(TableTest, MatmulHandsANaNOnToEveryRowOfItsToken) {
  const int k = 128, n_tokens = 5, width = 2 * kPanelRows;
  auto x = random.normals(n_tokens * k);
  x[2 * k + 45] = INFINITY;
  Quantized q{std::vector<std::int8_t>(x.size()), std::vector<float>(x.size() / kBlock),
              std::vector<float>(x.size() / kHalfBlock), k};
  tested->quantize(x.data(), n_tokens * k, q.values.data(), q.scales.data(), q.sums.data());
  for (int packing = 0; packing < kPackings; ++packing) {
    const auto panels = random_panels(random, static_cast<Packing>(packing), 2, k);
    std::vector<float> found(n_tokens * width);
    tested->matmul[packing](panels.data(), 2, q.view(), n_tokens, found.data(), width);
    for (int i = 0; i < n_tokens * width; ++i)
      ASSERT_EQ(std::isnan(found[static_cast<std::size_t>(i)]), i / width == 2) << "packing " << packing << " at " << i;
  }
}

TEST_P(TableTest, GemmSumsInTheOrderOfKWhateverTheShape) {
  const int k = 80, n = 48;
  const auto a = random.normals(19 * k), b = random.normals(static_cast<std::size_t>(k * n));
  std::vector<float> all(19 * n), one(n);
  tested->gemm(a.data(), k, b.data(), n, all.data(), n, 19, n, k);
  for (int i = 0; i < 19; ++i) {
    tested->gemm(a.data() + i * k, k, b.data(), n, one.data(), n, 1, n, k);
    for (int j = 0; j < n; ++j) {
      ASSERT_EQ(one[static_cast<std::size_t>(j)], all[static_cast<std::size_t>(i * n + j)]);
      double exact = 0;
      for (int l = 0; l < k; ++l)
        exact += double{a[static_cast<std::size_t>(i * k + l)]} * b[static_cast<std::size_t>(l * n + j)];
      ASSERT_NEAR(one[static_cast<std::size_t>(j)], exact, 1e-4);
    }
  }
}

TEST_P(TableTest, HalvesConvertAsScalarDoes) {
  std::vector<std::uint16_t> halves(65536), back(65536);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> floats(65536);
  tested->f16_to_f32(halves.data(), floats.data(), 65536);
  tested->f32_to_f16(floats.data(), back.data(), 65536);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const bool nan = (i & 0x7c00) == 0x7c00 && (i & 0x3ff) != 0;
    if (!nan) {
      ASSERT_EQ(back[i], halves[i]) << i;
    }
  }
  const auto x = random.normals(1003);
  std::vector<std::uint16_t> found(1003);
  tested->f32_to_f16(x.data(), found.data(), 1003);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(found[i], float_to_half(x[i]));
}

TEST_P(TableTest, RmsNormIsExact) {
  for (int n : {7, 16, 576, 641}) {
    const auto x = random.normals(static_cast<std::size_t>(n)), w = random.normals(static_cast<std::size_t>(n));
    std::vector<float> out(static_cast<std::size_t>(n));
    tested->rms_norm(x.data(), w.data(), out.data(), n, 1e-5f);
    double squares = 0;
    for (float v : x) squares += double{v} * v;
    for (std::size_t i = 0; i < out.size(); ++i)
      ASSERT_NEAR(out[i], x[i] / std::sqrt(squares / n + 1e-5) * w[i], 2e-6 * (1 + std::fabs(out[i])));
  }
}

TEST_P(TableTest, SoftmaxChunkCountsOnlyWhatIsVisible) {
  for (auto [first, last] : {std::pair{0, 64}, {0, 1}, {63, 64}, {5, 40}}) {
    auto scores = random.normals(kKeyChunk);
    for (float& s : scores) s *= 10;
    scores[static_cast<std::size_t>(last % kKeyChunk)] = last < kKeyChunk ? NAN : scores[0];
    const auto before = scores;
    float max = 0, sum = 0;
    tested->softmax_chunk(scores.data(), first, last, &max, &sum);
    double expected_sum = 0;
    for (int i = first; i < last; ++i) expected_sum += std::exp(double{before[static_cast<std::size_t>(i)]} - max);
    ASSERT_NEAR(sum, expected_sum, 1e-6 * expected_sum);
    for (int i = 0; i < kKeyChunk; ++i) {
      const auto at = static_cast<std::size_t>(i);
      ASSERT_NEAR(scores[at], i >= first && i < last ? std::exp(double{before[at]} - max) : 0.0, 1e-6) << i;
    }
  }
}

TEST_P(TableTest, ActivationsFollowTheirFormulas) {
  std::vector<float> x;
  for (float v = -100; v < 100; v += 0.37f) x.push_back(v);
  const std::vector<float> up(x.size(), 2.0f);
  auto silu = x, gelu = x;
  tested->silu_mul(silu.data(), up.data(), static_cast<std::int64_t>(x.size()));
  tested->gelu_mul(gelu.data(), up.data(), static_cast<std::int64_t>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double v = x[i];
    ASSERT_NEAR(silu[i], 2 * v / (1 + std::exp(-v)), 1e-6 * (1 + std::fabs(v)));
    const double gelu_exact = v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
    ASSERT_NEAR(gelu[i], gelu_exact, 1e-6 * (1 + std::fabs(v)));
  }
}

std::vector<Isa> levels_of_this_machine() {
  std::vector<Isa> levels;
  for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512Vnni}) {
    if (table_for(isa) != nullptr) levels.push_back(isa);
  }
  return levels;
}

INSTANTIATE_TEST_SUITE_P(EveryLevel, TableTest, testing::ValuesIn(levels_of_this_machine()),
                         [](const auto& level) { return std::string(table_for(level.param)->isa); });

}  // namespace
}  // namespace sotto::kernels
