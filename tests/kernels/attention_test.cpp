// Attention's kernels of every instruction set that this machine has, against scalar and against formulas.
#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/half.h"
#include "kernels/table.h"

namespace sotto::kernels {
namespace {

// Queries, and a span whose integers reach their bounds.
struct Problem {
  Problem(int head_dim, int n_rows, unsigned seed) : d(head_dim), rows(n_rows), engine(seed) {
    for (auto& chunk : chunks) {
      chunk.resize(int8_chunk_bytes(d));
      for (auto& byte : chunk) byte = static_cast<std::uint8_t>(integer(0, 255));
      for (int i = 0; i < kKeyChunk; ++i) {
        set_scale(chunk, i, 0.0005f * static_cast<float>(integer(1, 20)));
        set_scale(chunk, kKeyChunk + i, 0.01f * static_cast<float>(integer(1, 30)));
      }
    }
    for (int r = 0; r < rows; ++r) {
      int sum = 0;
      for (int i = 0; i < d; ++i) sum += queries.emplace_back(static_cast<std::int8_t>(integer(-127, 127)));
      sums.push_back(sum);
      scales.push_back(0.02f / static_cast<float>(d));
      const int first = integer(0, 100), last = r % 5 == 4 ? 0 : integer(101, kSpanPositions);
      visible.push_back({r % 2 == 0 ? 0 : first, r % 3 == 0 ? kSpanPositions : last});
    }
  }

  int integer(int least, int most) { return std::uniform_int_distribution<int>(least, most)(engine); }

  void set_scale(std::vector<std::uint8_t>& chunk, int index, float scale) const {
    const auto bits = static_cast<std::uint16_t>(float_to_bits(scale) >> 16);
    std::memcpy(chunk.data() + 2 * kKeyChunk * d + 2 * index, &bits, sizeof bits);
  }

  float scale(int p, bool of_value) const {
    std::uint16_t bits;
    std::memcpy(&bits, chunks[p / kKeyChunk].data() + 2 * kKeyChunk * d + 2 * (p % kKeyChunk + kKeyChunk * of_value),
                sizeof bits);
    return bf16_to_float(bits);
  }

  double key(int p, int i) const {
    const int at = (i / 4 * kKeyChunk + p % kKeyChunk) * 4 + i % 4;
    return double{scale(p, false)} * (chunks[p / kKeyChunk][static_cast<std::size_t>(at)] - 128);
  }

  double value(int p, int i) const {
    constexpr int kOrder[4] = {0, 2, 1, 3};
    const int at = kKeyChunk * d + (p % kKeyChunk / 4 * d + i) * 4 + kOrder[p % 4];
    return double{scale(p, true)} * static_cast<std::int8_t>(chunks[p / kKeyChunk][static_cast<std::size_t>(at)]);
  }

  struct Result {
    std::vector<float> out, max, sum;
    Partial view() { return {out.data(), max.data(), sum.data()}; }
    bool operator==(const Result&) const = default;
  };

  Result run(const Table& table, int first, int n) const {
    Result result;
    result.out.assign(static_cast<std::size_t>(n * d), NAN);
    result.max.assign(static_cast<std::size_t>(n), NAN);
    result.sum.assign(static_cast<std::size_t>(n), NAN);
    Int8Span span{};
    for (std::size_t c = 0; c < kSpanChunks; ++c) span.chunks[c] = span.next[c] = chunks[c].data();
    table.attend_int8(span,
                      {queries.data() + first * d, sums.data() + first, scales.data() + first, visible.data() + first,
                       n, d, score_cap},
                      result.view());
    return result;
  }

  int d, rows;
  float score_cap = 0;
  std::mt19937 engine;
  std::vector<std::uint8_t> chunks[kSpanChunks];
  std::vector<std::int8_t> queries;
  std::vector<std::int32_t> sums;
  std::vector<float> scales;
  std::vector<Visible> visible;
};

class AttentionKernels : public testing::TestWithParam<Isa> {
 protected:
  const Table* tested = table_for(GetParam());
  const Table& scalar = *table_for(Isa::kScalar);
};

// Weights are integers of 15 bits: each is off by at most half a step of the greatest.
TEST_P(AttentionKernels, AttendFollowsTheFormula) {
  for (const auto& [d, cap] : {std::pair{16, 0.0f}, {64, 0.0f}, {80, 0.0f}, {256, 0.0f}, {64, 2.0f}, {80, 0.5f}}) {
    Problem problem(d, 7, 3);
    problem.score_cap = cap;
    const auto found = problem.run(*tested, 0, problem.rows);
    for (int r = 0; r < problem.rows; ++r) {
      const Visible seen = problem.visible[static_cast<std::size_t>(r)];
      std::vector<double> scores;
      double max = -INFINITY, sum = 0;
      for (int p = seen.first; p < seen.last; ++p) {
        double score = 0;
        for (int i = 0; i < d; ++i) score += problem.queries[static_cast<std::size_t>(r * d + i)] * problem.key(p, i);
        score *= problem.scales[static_cast<std::size_t>(r)];
        scores.push_back(cap > 0 ? cap * std::tanh(score / cap) : score);
        max = std::max(max, scores.back());
      }
      for (const double score : scores) sum += std::exp(score - max);
      ASSERT_NEAR(found.sum[static_cast<std::size_t>(r)], sum, 1e-5 * sum) << d << " row " << r;
      if (scores.empty()) {
        ASSERT_EQ(found.max[static_cast<std::size_t>(r)], -INFINITY);
      } else {
        ASSERT_NEAR(found.max[static_cast<std::size_t>(r)], max, 1e-5 * std::fabs(max) + 1e-6);
      }
      for (int i = 0; i < d; ++i) {
        double expected = 0;
        for (int p = seen.first; p < seen.last; ++p)
          expected += std::exp(scores[static_cast<std::size_t>(p - seen.first)] - max) * problem.value(p, i);
        const double step = 0.3 / kGreatestWeight * 127 * std::sqrt(kSpanPositions);
        ASSERT_NEAR(found.out[static_cast<std::size_t>(r * d + i)], expected, step + 1e-4 * std::fabs(expected))
            << d << " row " << r << " dim " << i;
      }
    }
  }
}

// A weight between two integers may be rounded to either; a step of it is at most 0.3 * 127 / 32767 = 0.0012.
TEST_P(AttentionKernels, AttendAgreesWithScalar) {
  for (const int d : {16, 64, 80, 256}) {
    const Problem problem(d, 13, 5);
    const auto expected = problem.run(scalar, 0, problem.rows), found = problem.run(*tested, 0, problem.rows);
    for (std::size_t i = 0; i < expected.out.size(); ++i)
      ASSERT_NEAR(found.out[i], expected.out[i], 1e-4 * std::fabs(expected.out[i]) + 6e-3) << d << " at " << i;
    for (std::size_t i = 0; i < expected.sum.size(); ++i) {
      ASSERT_NEAR(found.sum[i], expected.sum[i], 1e-5 * expected.sum[i]);
      if (expected.sum[i] == 0) continue;
      ASSERT_NEAR(found.max[i], expected.max[i], 1e-5 * std::fabs(expected.max[i]) + 1e-6);
    }
  }
}

// Position 77's score is far below the others': its share is 0, and 0 times infinity must not become a weight.
TEST_P(AttentionKernels, WhatVanishesDoesNotCountWhateverItsValue) {
  Problem problem(64, 3, 6);
  std::fill(problem.queries.begin(), problem.queries.end(), std::int8_t{100});
  problem.sums.assign(3, 100 * problem.d);
  problem.scales.assign(3, 0.01f);
  problem.visible.assign(3, {0, kSpanPositions});
  auto& chunk = problem.chunks[1];
  for (int i = 0; i < problem.d; ++i) chunk[static_cast<std::size_t>((i / 4 * kKeyChunk + 13) * 4 + i % 4)] = 0;
  problem.set_scale(chunk, 13, 1.0f);
  problem.set_scale(chunk, kKeyChunk + 13, 1.0f);
  const auto expected = problem.run(*tested, 0, 3);
  problem.set_scale(chunk, kKeyChunk + 13, INFINITY);
  EXPECT_EQ(problem.run(*tested, 0, 3), expected);
  for (const float out : expected.out) ASSERT_TRUE(std::isfinite(out));
}

TEST_P(AttentionKernels, ARowDoesNotDependOnTheOthers) {
  for (const int d : {64, 80}) {
    const Problem problem(d, 11, 7);
    const auto together = problem.run(*tested, 0, problem.rows);
    for (int r = 0; r < problem.rows; ++r) {
      const auto alone = problem.run(*tested, r, 1);
      const auto at = static_cast<std::size_t>(r);
      ASSERT_EQ(alone.max[0], together.max[at]);
      ASSERT_EQ(alone.sum[0], together.sum[at]);
      for (int i = 0; i < d; ++i)
        ASSERT_EQ(alone.out[static_cast<std::size_t>(i)], together.out[static_cast<std::size_t>(r * d + i)]);
    }
  }
}

// Keys 255 and 0, queries 127 and -127, values -128 with equal weights, the greatest head_dim.
TEST_P(AttentionKernels, AttendHoldsAtTheBoundsOfItsIntegers) {
  for (const int byte : {0, 255}) {
    for (const int q : {-127, 127}) {
      Problem problem(kMostHeadDim, 2, 9);
      for (auto& chunk : problem.chunks) {
        std::fill_n(chunk.begin(), kKeyChunk * problem.d, static_cast<std::uint8_t>(byte));
        std::fill_n(chunk.begin() + kKeyChunk * problem.d, kKeyChunk * problem.d, std::uint8_t{0x80});
        for (int i = 0; i < kKeyChunk; ++i) problem.set_scale(chunk, kKeyChunk + i, 0.5f);
      }
      std::fill(problem.queries.begin(), problem.queries.end(), static_cast<std::int8_t>(q));
      problem.sums.assign(2, q * problem.d);
      problem.visible.assign(2, {0, kSpanPositions});
      problem.scales.assign(2, 0);
      const auto found = problem.run(*tested, 0, 2);
      for (const float out : found.out) ASSERT_FLOAT_EQ(out, kSpanPositions * -128 * 0.5f);
      problem.scales.assign(2, 1e-6f);
      const float score = static_cast<float>(byte - 128) * static_cast<float>(q * problem.d) * 1e-6f;
      float most = -INFINITY;
      for (int p = 0; p < kSpanPositions; ++p) most = std::max(most, score * problem.scale(p, false));
      ASSERT_NEAR(problem.run(*tested, 0, 2).max[0], most, 1e-5f * std::fabs(most));
    }
  }
}

TEST_P(AttentionKernels, QuantizeHeadBoundsItsError) {
  std::mt19937 engine(1);
  std::vector<float> x(96);
  std::vector<std::int8_t> values(96), expected(96);
  for (int round = -40; round < 40; ++round) {
    for (float& v : x) v = std::ldexp(std::normal_distribution<float>()(engine), round);
    const std::uint16_t bits = tested->quantize_head(x.data(), 96, values.data());
    EXPECT_EQ(scalar.quantize_head(x.data(), 96, expected.data()), bits);
    const float scale = bf16_to_float(bits);
    float greatest = 0;
    for (const float v : x) greatest = std::max(greatest, std::fabs(v));
    EXPECT_LE(scale, greatest / 127 * 1.0079f) << "bf16 keeps 8 bits";
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_LE(std::fabs(x[i] - scale * values[i]), 0.5001f * scale);
      ASSERT_GE(values[i], -127);
      ASSERT_LE(std::abs(values[i] - expected[i]), 1);
    }
  }
}

TEST_P(AttentionKernels, QuantizeHeadMarksWhatIsNoNumber) {
  std::vector<std::int8_t> values(32, 1);
  for (const float odd : {std::nanf(""), INFINITY, -INFINITY}) {
    std::vector<float> x(32, 1.0f);
    x[21] = odd;
    EXPECT_EQ(bf16_to_float(tested->quantize_head(x.data(), 32, values.data())), INFINITY);
    for (const auto value : values) ASSERT_EQ(value, 0);
  }
  const std::vector<float> nothing(32, 9e-31f);
  EXPECT_EQ(tested->quantize_head(nothing.data(), 32, values.data()), 0);
}

TEST_P(AttentionKernels, HadamardIsItsMatrix) {
  for (const int n : {16, 48, 64, 80, 256}) {
    std::mt19937 engine(2);
    std::vector<float> x(static_cast<std::size_t>(n));
    for (float& v : x) v = std::normal_distribution<float>()(engine);
    std::vector<float> turned = x;
    tested->hadamard(turned.data(), n);
    const int block = hadamard_block(n);
    for (int i = 0; i < n; ++i) {
      double expected = 0;
      for (int j = 0; j < block; ++j) {
        const double sign = __builtin_parity(static_cast<unsigned>(i % block & j)) != 0 ? -1 : 1;
        expected += sign * x[static_cast<std::size_t>(i / block * block + j)];
      }
      ASSERT_NEAR(turned[static_cast<std::size_t>(i)], expected, 1e-5 * block) << n;
    }
  }
}

TEST_P(AttentionKernels, MergingIsTheSoftmaxOfBoth) {
  const int d = 32, n_rows = 19;
  std::mt19937 engine(4);
  const auto random = [&] { return std::uniform_real_distribution<float>(-1, 1)(engine); };
  Problem::Result a, b;
  for (int r = 0; r < n_rows; ++r) {
    for (Problem::Result* part : {&a, &b}) {
      const bool empty = (r + (part == &b)) % 6 == 0 || r == 3;
      part->max.push_back(empty ? -INFINITY : 20 * random());
      part->sum.push_back(empty ? 0 : 1 + random());
      for (int i = 0; i < d; ++i) part->out.push_back(empty ? 0 : random());
    }
  }
  Problem::Result merged = a;
  tested->merge_partial(merged.view(), b.view(), n_rows, d);
  for (std::size_t r = 0; r < n_rows; ++r) {
    const double max = std::max(a.max[r], b.max[r]), shift = std::isinf(max) ? 0 : max;
    const double keep = std::exp(a.max[r] - shift), add = std::exp(b.max[r] - shift);
    ASSERT_EQ(merged.max[r], max);
    ASSERT_NEAR(merged.sum[r], a.sum[r] * keep + b.sum[r] * add, 1e-6);
    for (std::size_t i = r * d; i < (r + 1) * d; ++i)
      ASSERT_NEAR(merged.out[i], a.out[i] * keep + b.out[i] * add, 1e-6);
  }
}

std::vector<Isa> levels() {
  std::vector<Isa> all;
  for (const Isa isa : kEveryIsa) {
    if (table_for(isa) != nullptr) all.push_back(isa);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(EveryLevel, AttentionKernels, testing::ValuesIn(levels()),
                         [](const auto& level) { return std::string(table_for(level.param)->isa); });

}  // namespace
}  // namespace sotto::kernels
