// Every entry of every instruction set that this machine has, against scalar.
#include "kernels/table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
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

// The f16 that stand at the beginning of a head.
int halves_of(Packing packing) {
  switch (packing) {
    case Packing::kQ4_1:
    case Packing::kQ5_1:
    case Packing::kQ4_K:
    case Packing::kQ5_K: return 2 * kPanelRows;
    case Packing::kMXFP4: return 0;
    default: return kPanelRows;
  }
}

// Random bits with scales and minimums of a weight's size.
std::vector<std::uint8_t> random_panels(Random& random, Packing packing, int n_panels, int k) {
  const Format format = format_of(packing);
  std::vector<std::uint8_t> panels(static_cast<std::size_t>(n_panels) * panel_bytes(packing, k));
  for (auto& byte : panels) byte = static_cast<std::uint8_t>(random.integer(0, 255));
  for (int p = 0; p < n_panels; ++p) {
    for (int b = 0; b < k / format.block; ++b) {
      std::uint8_t* head =
          panels.data() + static_cast<std::size_t>(p) * panel_bytes(packing, k) + b * format.head_bytes;
      for (int i = 0; i < halves_of(packing); ++i) {
        const std::uint16_t half = float_to_half(random.normal() * 0.05f);
        std::memcpy(head + 2 * i, &half, sizeof half);
      }
      for (int r = 0; packing == Packing::kMXFP4 && r < kPanelRows; ++r)
        head[r] = static_cast<std::uint8_t>(random.integer(120, 126));
    }
  }
  return panels;
}

// Tokens' activations, quantized by the scalar kernel.
struct Quantized {
  Quantized(const std::vector<float>& x, int width, const Table& table = *table_for(Isa::kScalar))
      : k(width), n_blocks(width / kBlock) {
    const int n_tokens = static_cast<int>(x.size()) / k;
    tiles.resize(static_cast<std::size_t>((n_tokens + kTileTokens - 1) / kTileTokens * n_blocks), QuantizedTile{});
    for (int t = 0; t < n_tokens; ++t)
      table.quantize(x.data() + t * k, n_blocks, tiles.data() + t / kTileTokens * n_blocks, t % kTileTokens);
  }
  QuantizedRows view() const { return {tiles.data(), k}; }
  QuantizedTile& tile(int t, int b) { return tiles[static_cast<std::size_t>(t / kTileTokens * n_blocks + b)]; }

  std::vector<QuantizedTile> tiles;
  int k, n_blocks;
};

// With extremes: the first block at the bounds of int8.
std::vector<float> random_rows(Random& random, int n_tokens, int k) {
  std::vector<float> x = random.normals(static_cast<std::size_t>(n_tokens * k));
  for (std::size_t i = 0; i < kBlock; ++i) x[i] = i % 2 == 0 ? 3.0f : -3.0f;
  return x;
}

class TableTest : public testing::TestWithParam<Isa> {
 protected:
  const Table* tested = table_for(GetParam());
  const Table& scalar = *table_for(Isa::kScalar);
  Random random;

  // Runs the kernel of one level; [n_tokens, 16 * n_panels].
  static void multiply(const Table& table, int packing, const std::vector<std::uint8_t>& panels, const QuantizedRows& x,
                       int n_tokens, std::vector<float>& out) {
    const auto n_panels = static_cast<std::int64_t>(panels.size() / panel_bytes(static_cast<Packing>(packing), x.k));
    alignas(64) static std::uint8_t scratch[kScratchBytes];
    table.matmul[packing]({panels.data()}, n_panels, x, n_tokens, out.data(), n_panels * kPanelRows, scratch);
  }

  static std::vector<int> lengths(int packing) {
    return format_of(static_cast<Packing>(packing)).block == kBlock ? std::vector<int>{32, 64, 576, 2048}
                                                                    : std::vector<int>{256, 768, 2048};
  }
};

TEST_P(TableTest, MatmulAgreesWithScalarForEveryPackingAndTokenCount) {
  for (int packing = 0; packing < kPackings; ++packing) {
    for (int k : lengths(packing)) {
      const int n_panels = 3, n_tokens = 13, width = n_panels * kPanelRows;
      const auto panels = random_panels(random, static_cast<Packing>(packing), n_panels, k);
      const Quantized x(random_rows(random, n_tokens, k), k);
      std::vector<float> expected(static_cast<std::size_t>(n_tokens * width)), found(expected.size());
      multiply(scalar, packing, panels, x.view(), n_tokens, expected);
      double norm = 0;
      for (float e : expected) norm += e * e;
      const float tolerance =
          1e-5f * static_cast<float>(std::sqrt(norm / static_cast<double>(expected.size()))) + 1e-6f;
      for (int count = 1; count <= n_tokens; ++count) {
        std::fill(found.begin(), found.end(), NAN);
        multiply(*tested, packing, panels, x.view(), count, found);
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
  const int k = 768, n_tokens = kSumTokens + 17;
  const auto rows = random_rows(random, n_tokens, k);
  const Quantized x(rows, k);
  for (int packing = 0; packing < kPackings; ++packing) {
    const auto panels = random_panels(random, static_cast<Packing>(packing), 3, k);
    std::vector<float> together(n_tokens * 48), alone(48);
    multiply(*tested, packing, panels, x.view(), n_tokens, together);
    for (int t = 0; t < n_tokens; ++t) {
      const Quantized row({rows.begin() + t * k, rows.begin() + (t + 1) * k}, k);
      multiply(*tested, packing, panels, row.view(), 1, alone);
      for (int r = 0; r < 48; ++r)
        ASSERT_EQ(alone[static_cast<std::size_t>(r)], together[static_cast<std::size_t>(t * 48 + r)])
            << "packing " << packing << " token " << t << " row " << r;
    }
  }
}

// Tiles that have something in a few blocks only, added to what stands there: as if the other blocks were zero.
TEST_P(TableTest, SparseRowsAddWhatTheirBlocksHold) {
  const int k = 768, n_blocks = k / kBlock, n_tokens = 15;  // chunks of 16 and of 8 blocks
  const std::vector<std::uint16_t> taken = {1 << 3, 1 << 0 | 1 << 7, 0, 0, 0xffff, 0xff};
  for (int packing = 0; packing < kPackings; ++packing) {
    const auto panels = random_panels(random, static_cast<Packing>(packing), 3, k);
    const Quantized x(random_rows(random, n_tokens, k), k);
    Quantized dense = x;
    for (int tile = 0; tile < 3; ++tile) {
      for (int b = 0; b < n_blocks; ++b) {
        if ((taken[static_cast<std::size_t>(2 * tile + b / 16)] >> b % 16 & 1) == 0)
          dense.tile(tile * kTileTokens, b) = QuantizedTile{};
      }
    }
    std::vector<float> product(n_tokens * 48), found(n_tokens * 48, 0.5f), scalar_found(found);
    multiply(*tested, packing, panels, dense.view(), n_tokens, product);
    QuantizedRows sparse = x.view();
    sparse.taken = taken.data();
    multiply(*tested, packing, panels, sparse, n_tokens, found);
    multiply(scalar, packing, panels, sparse, n_tokens, scalar_found);
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_NEAR(found[i], 0.5f + product[i], 1e-4f * (1 + std::fabs(product[i]))) << packing << " at " << i;
      ASSERT_NEAR(found[i], scalar_found[i], 1e-4f * (1 + std::fabs(product[i]))) << packing << " at " << i;
      if (i >= 6 * 48 && i < 12 * 48) {
        ASSERT_EQ(found[i], 0.5f);
      }
    }
  }
}

// The worst sums that the kernels' bounds allow: all weights and activations at their extremes.
TEST_P(TableTest, MatmulHoldsAtTheExtremesOfItsIntegers) {
  for (int packing = 0; packing < kPackings; ++packing) {
    const int k = 256;
    for (int weight : {0x00, 0xff, 0x80, 0x7f}) {
      for (float activation : {-127.0f, 127.0f}) {
        auto panels = random_panels(random, static_cast<Packing>(packing), 2, k);
        const auto heads = heads_bytes(static_cast<Packing>(packing), k);
        const std::size_t bytes = panels.size() / 2;
        for (std::size_t p = 0; p < 2; ++p)
          std::memset(panels.data() + p * bytes + heads, weight, bytes - static_cast<std::size_t>(heads));
        for (int n_tokens : {1, 6}) {
          const Quantized x(std::vector<float>(static_cast<std::size_t>(n_tokens * k), activation), k);
          std::vector<float> expected(static_cast<std::size_t>(n_tokens) * 32), found(expected.size());
          multiply(scalar, packing, panels, x.view(), n_tokens, expected);
          multiply(*tested, packing, panels, x.view(), n_tokens, found);
          for (std::size_t r = 0; r < found.size(); ++r)
            ASSERT_NEAR(found[r], expected[r], 1e-4f * (1000 + std::fabs(expected[r]))) << packing << " at " << r;
        }
      }
    }
  }
}

// All 256, one row after another, as far as f32 reaches.
TEST_P(TableTest, ExponentsAreScales) {
  for (int first = 0; first < 256; first += kPanelRows) {
    std::vector<std::uint8_t> panel(panel_bytes(Packing::kMXFP4, kBlock), 0x77);  // codes of 12
    for (int r = 0; r < kPanelRows; ++r) panel[static_cast<std::size_t>(r)] = static_cast<std::uint8_t>(first + r);
    QuantizedTile tile{};
    tile.values[0][5] = 1;
    tile.scales[0] = 1;
    tile.starts[0][start_index(16, 0)] = -16;
    std::vector<float> out(kPanelRows);
    multiply(*tested, static_cast<int>(Packing::kMXFP4), panel, {&tile, kBlock}, 1, out);
    for (int r = 0; r < kPanelRows; ++r)
      ASSERT_EQ(out[static_cast<std::size_t>(r)], std::ldexp(12.0f, first + r - 128)) << first + r;
  }
}

TEST_P(TableTest, QuantizeBoundsItsError) {
  const auto x = random.normals(4096);
  std::vector<QuantizedTile> tiles(128);
  tested->quantize(x.data(), 128, tiles.data(), 4);
  for (std::size_t b = 0; b < tiles.size(); ++b) {
    const QuantizedTile& tile = tiles[b];
    int all = 0, first = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      ASSERT_LE(std::fabs(x[b * kBlock + i] - tile.scales[4] * tile.values[4][i]), 0.5001f * tile.scales[4]);
      ASSERT_GE(tile.values[4][i], -127);
      all += tile.values[4][i];
      if (i < 16) first += tile.values[4][i];
    }
    ASSERT_NEAR(tile.sums[4], tile.scales[4] * static_cast<float>(all), 1e-4f);
    for (const int zero_point : {8, 16, 128}) ASSERT_EQ(tile.starts[4][start_index(zero_point, 0)], -zero_point * all);
    ASSERT_EQ(tile.starts[4][start_index(32, 0)], -32 * first);
    ASSERT_EQ(tile.starts[4][start_index(32, 1)], -32 * (all - first));
  }
}

TEST_P(TableTest, QuantizeGivesNaNWhereABlockHoldsNoNumber) {
  for (const float odd : {std::nanf(""), -std::nanf(""), INFINITY, -INFINITY}) {
    for (std::size_t at = kBlock; at < 2 * kBlock; ++at) {
      auto x = random.normals(3 * kBlock);
      x[at] = odd;
      std::vector<QuantizedTile> tiles(3);
      tested->quantize(x.data(), 3, tiles.data(), 0);
      for (const auto value : tiles[1].values[0]) ASSERT_EQ(value, 0);
      ASSERT_TRUE(std::isnan(tiles[1].scales[0]) && std::isnan(tiles[1].sums[0])) << odd << " at " << at;
      for (const std::size_t b : {0, 2})
        ASSERT_TRUE(std::isfinite(tiles[b].scales[0]) && std::isfinite(tiles[b].sums[0]));
    }
  }
}

TEST_P(TableTest, QuantizeTakesWhatIsNextToNothingForZero) {
  QuantizedTile tile;
  for (const float greatest : {0.0f, 9.9e-31f, 1e-36f, 3e-37f, 1e-38f, 1e-40f, 1e-45f}) {
    const std::vector<float> x(kBlock, -greatest);
    tested->quantize(x.data(), 1, &tile, 5);
    EXPECT_EQ(tile.scales[5], 0.0f) << greatest;
    EXPECT_EQ(tile.sums[5], 0.0f);
    for (const auto value : tile.values[5]) ASSERT_EQ(value, 0) << greatest;
  }
  for (const float greatest : {1.1e-30f, 3e38f}) {
    const std::vector<float> x(kBlock, -greatest);
    tested->quantize(x.data(), 1, &tile, 5);
    EXPECT_FLOAT_EQ(tile.scales[5], greatest / 127);
    for (const auto value : tile.values[5]) ASSERT_EQ(value, -127) << greatest;
  }
}

TEST_P(TableTest, QuantizeDoesWhatScalarDoes) {
  auto x = random.normals(8192);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::ldexp(x[i], static_cast<int>(i / kBlock) - 128);
  x[77 * kBlock] = INFINITY;
  std::vector<QuantizedTile> expected(x.size() / kBlock, QuantizedTile{}), found = expected;
  for (const int t : {0, 3, 5}) {
    scalar.quantize(x.data(), 256, expected.data(), t);
    tested->quantize(x.data(), 256, found.data(), t);
  }
  EXPECT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(QuantizedTile)), 0);
}

TEST_P(TableTest, MatmulHandsANaNOnToEveryRowOfItsToken) {
  const int k = 256, n_tokens = 5, width = 2 * kPanelRows;
  auto x = random.normals(n_tokens * k);
  x[2 * k + 45] = INFINITY;
  const Quantized q(x, k, *tested);
  for (int packing = 0; packing < kPackings; ++packing) {
    const auto panels = random_panels(random, static_cast<Packing>(packing), 2, k);
    std::vector<float> found(n_tokens * width);
    multiply(*tested, packing, panels, q.view(), n_tokens, found);
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

TEST_P(TableTest, CapsFollowTheirFormula) {
  std::vector<float> x{0.0f, -0.0f, 1e-6f, 3e38f, -3e38f, INFINITY, -INFINITY};
  for (int i = -400; i <= 400; ++i) x.push_back(static_cast<float>(i) / 3);
  auto capped = x;
  tested->cap(capped.data(), static_cast<std::int64_t>(x.size()), 30.0f);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(capped[i], 30 * std::tanh(double{x[i]} / 30), 1e-5) << x[i];
  float nan = NAN;
  tested->cap(&nan, 1, 30.0f);
  EXPECT_TRUE(std::isnan(nan));
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
  auto exact = x;
  tested->gelu(exact.data(), static_cast<std::int64_t>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double v = x[i];
    ASSERT_NEAR(exact[i], 0.5 * v * std::erfc(-v / std::sqrt(2.0)), 3e-7 * std::fabs(v)) << v;
  }
}

TEST_P(TableTest, SigmoidMulFollowsItsFormula) {
  auto x = random.normals(77);
  const auto before = x, gate = random.normals(77);
  tested->sigmoid_mul(x.data(), gate.data(), 77);
  for (std::size_t i = 0; i < x.size(); ++i)
    ASSERT_NEAR(x[i], before[i] / (1 + std::exp(-double{gate[i]})), 1e-6 * std::fabs(before[i]));
}

// The rule in double precision, on a state [key_dim, value_dim].
TEST_P(TableTest, DeltaRuleFollowsItsFormula) {
  for (const auto& [key_dim, value_dim] : {std::pair{16, 16}, {48, 80}, {128, 128}, {80, 64}}) {
    constexpr int kTokens = 7;
    const auto columns = static_cast<std::size_t>(value_dim), rows = static_cast<std::size_t>(key_dim);
    auto q = random.normals(kTokens * rows), k = random.normals(kTokens * rows);
    for (float& value : k) value /= std::sqrt(static_cast<float>(key_dim));
    const auto v = random.normals(kTokens * columns);
    std::vector<float> decay, beta;
    for (int t = 0; t < kTokens; ++t) {
      decay.push_back(0.5f + 0.07f * static_cast<float>(t));
      beta.push_back(0.9f - 0.1f * static_cast<float>(t));
    }
    const DeltaTokens tokens{q.data(), k.data(), v.data(), decay.data(), beta.data(), 1};
    std::vector<float> state(rows * columns), out(kTokens * columns);
    std::vector<double> expected(state.size());
    tested->delta_rule(tokens, key_dim, value_dim, kTokens, state.data(), out.data());
    for (std::size_t t = 0; t < kTokens; ++t) {
      for (std::size_t c = 0; c < columns; ++c) {
        double seen = 0, answer = 0;
        for (std::size_t i = 0; i < rows; ++i) seen += double{k[t * rows + i]} * decay[t] * expected[i * columns + c];
        const double change = beta[t] * (v[t * columns + c] - seen);
        for (std::size_t i = 0; i < rows; ++i) {
          double& cell = expected[i * columns + c];
          cell = decay[t] * cell + k[t * rows + i] * change;
          answer += q[t * rows + i] * cell;
        }
        ASSERT_NEAR(out[t * columns + c], answer, 1e-4) << key_dim << " " << value_dim << " " << t << " " << c;
      }
    }
    // However tokens are split.
    std::vector<float> parts_state(state.size()), parts(out.size());
    tested->delta_rule(tokens, key_dim, value_dim, 3, parts_state.data(), parts.data());
    const DeltaTokens rest{q.data() + 3 * rows, k.data() + 3 * rows, v.data() + 3 * columns,
                           decay.data() + 3,    beta.data() + 3,     1};
    tested->delta_rule(rest, key_dim, value_dim, kTokens - 3, parts_state.data(), parts.data() + 3 * columns);
    EXPECT_EQ(parts, out);
    EXPECT_EQ(parts_state, state);
  }
}

std::vector<Isa> levels_of_this_machine() {
  std::vector<Isa> levels;
  for (Isa isa : kEveryIsa) {
    if (table_for(isa) != nullptr) levels.push_back(isa);
  }
  return levels;
}

INSTANTIATE_TEST_SUITE_P(EveryLevel, TableTest, testing::ValuesIn(levels_of_this_machine()),
                         [](const auto& level) { return std::string(table_for(level.param)->isa); });

}  // namespace
}  // namespace sotto::kernels
