// Products over tensors in memory: against plain dot products of the dequantized rows.
#include "ops/matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "base/aligned_buffer.h"
#include "kernels/dequantize.h"

namespace sotto::ops {
namespace {

using gguf::TensorType;

struct Weights {
  gguf::Tensor tensor;
  std::vector<std::byte> bytes;
};

// f32 and Q8_0 are enough here: pack_test covers the types.
Weights random_weights(TensorType type, int rows, int cols, std::mt19937& engine) {
  const gguf::TypeInfo info = *gguf::type_info(type);
  Weights w;
  w.bytes.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols) / info.block_values *
                 info.block_bytes);
  for (auto& byte : w.bytes) byte = static_cast<std::byte>(engine());
  for (std::size_t at = 0; at < w.bytes.size(); at += info.block_bytes) {
    const float value = std::normal_distribution<float>(0, 1)(engine);
    const std::uint16_t half = static_cast<std::uint16_t>(0x2000 + engine() % 0x400);  // 0.008 to 0.016
    if (type == TensorType::kF32) {
      std::memcpy(w.bytes.data() + at, &value, 4);
    } else {
      std::memcpy(w.bytes.data() + at, &half, 2);
    }
  }
  w.tensor = {"test", type, 2, {static_cast<std::uint64_t>(cols), static_cast<std::uint64_t>(rows), 1, 1}, w.bytes};
  return w;
}

std::vector<float> random_normals(std::mt19937& engine, int n) {
  std::vector<float> out(static_cast<std::size_t>(n));
  for (float& x : out) x = std::normal_distribution<float>()(engine);
  return out;
}

struct Shape {
  int rows, cols, n_tokens;
};

class MatmulTest : public testing::Test {
 protected:
  // The greatest difference from plain dot products, as a share of the outputs' size.
  double worst_error(const Matrix& matrix, const std::vector<float>& x, const std::vector<float>& out, int n_tokens) {
    std::vector<float> row(static_cast<std::size_t>(matrix.cols()));
    double worst = 0, squares = 0;
    for (std::int64_t r = 0; r < matrix.rows(); ++r) {
      matrix.read_row(r, row.data());
      for (std::int64_t t = 0; t < n_tokens; ++t) {
        double exact = 0;
        for (std::int64_t i = 0; i < matrix.cols(); ++i)
          exact += double{row[static_cast<std::size_t>(i)]} * x[static_cast<std::size_t>(t * matrix.cols() + i)];
        worst = std::max(worst, std::fabs(exact - out[static_cast<std::size_t>(t * matrix.rows() + r)]));
        squares += exact * exact;
      }
    }
    return worst / std::sqrt(squares / static_cast<double>(matrix.rows() * n_tokens));
  }

  std::vector<float> product(const Matrix& matrix, const std::vector<float>& x, int n_tokens, Precision precision,
                             int threads) {
    base::ThreadPool workers(threads);
    Activations activations;
    activations.set(x.data(), n_tokens, matrix.cols(), precision);
    std::vector<float> out(static_cast<std::size_t>(matrix.rows() * n_tokens), NAN);
    multiply(activations, matrix, out.data(), workers);
    return out;
  }

  Matrix packed_matrix(const Weights& weights) {
    Matrix matrix(no_file, weights.tensor, Layout::kPanels);
    panels.emplace_back(matrix.packed_bytes());
    if (matrix.packed_bytes() > 0) matrix.pack(panels.back().as<std::uint8_t>(), pool);
    return matrix;
  }

  std::mt19937 engine{3};
  std::vector<base::AlignedBuffer> panels;
  gguf::File no_file;
  base::ThreadPool pool{2};
};

TEST_F(MatmulTest, ProductsAreRightForWholeAndPartialPanels) {
  for (const Shape& s : {Shape{48, 64, 1}, {50, 96, 7}, {3, 32, 2}, {130, 576, 600}}) {
    const auto x = random_normals(engine, s.cols * s.n_tokens);
    const Weights floats = random_weights(TensorType::kF32, s.rows, s.cols, engine);
    const Weights q8 = random_weights(TensorType::kQ8_0, s.rows, s.cols, engine);
    const Matrix exact = packed_matrix(floats), packed = packed_matrix(q8);
    EXPECT_FALSE(exact.packing().has_value());
    EXPECT_LT(worst_error(exact, x, product(exact, x, s.n_tokens, Precision::kInt8, 2), s.n_tokens), 1e-5);
    EXPECT_LT(worst_error(packed, x, product(packed, x, s.n_tokens, Precision::kInt8, 2), s.n_tokens), 0.06);
  }
}

// One channel stands out, as in the residual of language models: its block loses most.
TEST_F(MatmulTest, RefiningTakesUpWhatStandingOutCosts) {
  const int rows = 50, cols = 576, n_tokens = 19;
  auto x = random_normals(engine, cols * n_tokens);
  for (int t = 0; t < n_tokens; ++t) x[static_cast<std::size_t>(t * cols + 70)] = 40.0f;
  const Weights w = random_weights(TensorType::kQ8_0, rows, cols, engine);
  const Matrix matrix = packed_matrix(w);
  const double plain = worst_error(matrix, x, product(matrix, x, n_tokens, Precision::kInt8, 2), n_tokens);
  const double refined = worst_error(matrix, x, product(matrix, x, n_tokens, Precision::kRefined, 2), n_tokens);
  EXPECT_LT(refined, plain / 2);

  Activations activations;
  activations.set(x.data(), n_tokens, cols, Precision::kRefined);
  const kernels::QuantizedRows remainder = activations.remainder();
  for (int tile = 0; tile < 4; ++tile) {
    EXPECT_EQ(remainder.taken[2 * tile], 1u << 70 / kernels::kBlock) << "of chunks of 16 and of 2 blocks";
    EXPECT_EQ(remainder.taken[2 * tile + 1], 0);
  }
}

TEST_F(MatmulTest, ProductsDoNotDependOnThreadsOrNeighbours) {
  const int n_tokens = 37;
  const Weights w = random_weights(TensorType::kQ8_0, 200, 288, engine);
  const Matrix matrix = packed_matrix(w);
  const auto x = random_normals(engine, 288 * n_tokens);
  for (Precision precision : {Precision::kInt8, Precision::kRefined}) {
    const auto together = product(matrix, x, n_tokens, precision, 1);
    EXPECT_EQ(product(matrix, x, n_tokens, precision, 3), together);
    const std::vector<float> last(x.end() - 288, x.end());
    const auto alone = product(matrix, last, 1, precision, 2);
    EXPECT_EQ(alone, std::vector<float>(together.end() - 200, together.end()));
  }
}

TEST_F(MatmulTest, TilesOfActivationsAreSetInAnyOrder) {
  const auto x = random_normals(engine, 288 * 20);
  const Weights w = random_weights(TensorType::kQ8_0, 100, 288, engine);
  const Matrix matrix = packed_matrix(w);
  Activations tiled;
  tiled.begin(x.data(), 20, 288, Precision::kRefined);
  pool.run(static_cast<int>(tiled.n_tiles()), [&](int task, int) { tiled.set_tile(tiled.n_tiles() - 1 - task); });
  std::vector<float> out(100 * 20, NAN);
  multiply(tiled, matrix, out.data(), pool);
  EXPECT_EQ(out, product(matrix, x, 20, Precision::kRefined, 2));
}

TEST_F(MatmulTest, RangesOfRowsMakeTheWhole) {
  for (const TensorType type : {TensorType::kQ8_0, TensorType::kF32}) {
    const Weights w = random_weights(type, 100, 64, engine);
    const Matrix matrix = packed_matrix(w);
    const auto x = random_normals(engine, 64 * 5);
    for (Precision precision : {Precision::kInt8, Precision::kRefined}) {
      Activations activations;
      activations.set(x.data(), 5, 64, precision);
      std::vector<float> out(100 * 5, NAN);
      multiply(activations, matrix, 32, 48, out.data());
      for (int t = 0; t < 5; ++t)
        EXPECT_TRUE(std::isnan(out[static_cast<std::size_t>(t * 100 + 31)])) << "not asked for";
      multiply(activations, matrix, 0, 32, out.data());
      multiply(activations, matrix, 48, 100, out.data());
      EXPECT_EQ(out, product(matrix, x, 5, precision, 2));
    }
  }
}

TEST(RowsPerTask, AreWholePanelsOfAFairSize) {
  EXPECT_GE(rows_per_task(1000, 360, 1), 1000);
  for (const int threads : {2, 8}) {
    for (const std::int64_t rows : {16, 576, 262144}) {
      const std::int64_t step = rows_per_task(rows, 680, threads);
      EXPECT_EQ(step % kernels::kPanelRows, 0);
      EXPECT_GT(step, 0);
      EXPECT_LE(static_cast<std::size_t>(step) * 680, std::size_t{272} << 10);
    }
  }
}

}  // namespace
}  // namespace sotto::ops
