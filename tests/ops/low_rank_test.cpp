#include "ops/low_rank.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/thread_pool.h"
#include "gguf/tensor.h"
#include "ops/matmul.h"

namespace sotto::ops {
namespace {

struct Numbers {
  explicit Numbers(unsigned seed) : engine(seed) {}
  std::vector<float> operator()(std::int64_t n) {
    std::vector<float> values(static_cast<std::size_t>(n));
    for (float& value : values) value = distribution(engine);
    return values;
  }
  std::mt19937 engine;
  std::normal_distribution<float> distribution;
};

struct LowRankCase {
  std::int64_t rank, cols, rows, first, count, n_tokens;
};

class LowRankProducts : public ::testing::TestWithParam<LowRankCase> {};

// Against the definition in double precision.
TEST_P(LowRankProducts, AreThoseOfTheDefinition) {
  const auto [rank, cols, rows, first, count, n_tokens] = GetParam();
  Numbers numbers(7);
  const auto down = numbers(rank * cols), up = numbers(rows * rank), x = numbers(n_tokens * cols);
  const LowRank change(down.data(), up.data(), rank, cols, first, count);
  EXPECT_EQ(change.rows(), count);
  std::vector<float> reduced(static_cast<std::size_t>(n_tokens * change.width()), NAN);
  change.reduce(x.data(), n_tokens, reduced.data());
  std::vector<float> out(static_cast<std::size_t>(n_tokens * count), 1.0f);
  // In two calls, the second up to the end.
  const std::int64_t middle = count / 2 / 16 * 16;
  change.add(reduced.data(), n_tokens, 0, middle, out.data());
  change.add(reduced.data(), n_tokens, middle, count, out.data());
  for (std::int64_t t = 0; t < n_tokens; ++t) {
    for (std::int64_t r = 0; r < count; ++r) {
      double expected = 1, most = 1;
      for (std::int64_t i = 0; i < rank; ++i) {
        double dot = 0;
        for (std::int64_t k = 0; k < cols; ++k)
          dot += double{down[static_cast<std::size_t>(i * cols + k)]} * x[static_cast<std::size_t>(t * cols + k)];
        const double term = dot * up[static_cast<std::size_t>((first + r) * rank + i)];
        expected += term;
        most += std::abs(term);
      }
      ASSERT_NEAR(out[static_cast<std::size_t>(t * count + r)], expected, 2e-6 * most) << t << ", " << r;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, LowRankProducts,
                         ::testing::Values(LowRankCase{1, 32, 16, 0, 16, 1}, LowRankCase{5, 96, 160, 0, 160, 3},
                                           LowRankCase{16, 64, 200, 32, 137, 7}, LowRankCase{33, 48, 1400, 16, 1300, 2},
                                           LowRankCase{64, 128, 64, 0, 64, 133}));

// A matrix that is changed gives the plain product and the change, whether or not the rows were reduced before.
TEST(ChangedMatrix, AddsToItsProducts) {
  constexpr std::int64_t kOut = 80, kIn = 64, kTokens = 5, kRank = 4;
  Numbers numbers(3);
  const auto weights = numbers(kOut * kIn), x = numbers(kTokens * kIn);
  const auto down = numbers(kRank * kIn), up = numbers(kOut * kRank);
  const gguf::Tensor tensor{"w", gguf::TensorType::kF32, 2, {kIn, kOut, 1, 1}, std::as_bytes(std::span(weights))};
  gguf::File no_file;  // float matrices read the tensor alone
  Matrix plain(no_file, tensor, Layout::kFile), changed(no_file, tensor, Layout::kFile);
  const LowRank change(down.data(), up.data(), kRank, kIn, 0, kOut);
  changed.set_change(&change);
  base::ThreadPool pool(2);
  Activations rows;
  const auto product = [&](const Matrix& matrix, bool reduce) {
    rows.set(x.data(), kTokens, kIn, Precision::kInt8);
    if (reduce) rows.reduce({&plain, &matrix}, pool);
    std::vector<float> out(kTokens * kOut);
    multiply(rows, matrix, out.data(), pool);
    return out;
  };
  const auto without = product(plain, true), lazily = product(changed, false), reduced = product(changed, true);
  EXPECT_EQ(lazily, reduced);
  std::vector<float> alone(kTokens * kOut), a(static_cast<std::size_t>(kTokens * change.width()));
  change.reduce(x.data(), kTokens, a.data());
  change.add(a.data(), kTokens, 0, kOut, alone.data());
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_EQ(lazily[i], without[i] + alone[i]) << i;
}

}  // namespace
}  // namespace sotto::ops
