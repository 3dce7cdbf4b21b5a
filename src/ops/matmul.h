// Matrix products. Knows which kernel serves which packing, and nothing of layers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/layout.h"
#include "ops/matrix.h"

namespace sotto::ops {

// How finely activations are quantized. kRefined: in the blocks of 32 where int8 loses most, because a value stands out
// from its row, what the rounding left over is quantized again as a second, sparse row
// (docs/decisions/0004-activations.md): blocks whose squared scale is above twice the row's mean, or, for rows that
// lose more than others, kRefinedMore, above the mean.
enum class Precision { kInt8, kRefined, kRefinedMore };

// The rows that matrices multiply, in f32 and quantized. One set serves all matrices that take the same input
// (q, k and v; gate and up). Keeps its buffers from call to call. Set by one call of set(), or by one of begin() and
// then one of set_tile() for each tile, different tiles on different threads at once. Not thread-safe otherwise; read
// when all are set.
class Activations {
 public:
  // x: [n_tokens, k] f32, row-major; it must stay as it is until the products are done.
  void set(const float* x, std::int64_t n_tokens, std::int64_t k, Precision precision);

  // Rows of x may be written until set_tile() of their tile, which reads the tokens from tile * kTileTokens up to
  // min(n_tokens, (tile + 1) * kTileTokens).
  void begin(const float* x, std::int64_t n_tokens, std::int64_t k, Precision precision);
  void set_tile(std::int64_t tile);
  std::int64_t n_tiles() const { return (n_tokens_ + kernels::kTileTokens - 1) / kernels::kTileTokens; }

  // What the changes of `matrices` need of these rows, once all are set, split over threads. Without it each multiply()
  // computes that for itself, with the same result.
  void reduce(std::initializer_list<const Matrix*> matrices, base::ThreadPool& pool);
  const float* reduced(const LowRank* change) const;  // nullptr where there is none

  const float* floats() const { return floats_; }
  std::int64_t n_tokens() const { return n_tokens_; }
  std::int64_t k() const { return k_; }
  kernels::QuantizedRows quantized() const { return {tiles_.data(), k_}; }
  bool refined() const { return precision_ != Precision::kInt8; }
  // Sparse; to be added to the product of quantized().
  kernels::QuantizedRows remainder() const { return {remainder_.data(), k_, taken_.data()}; }

 private:
  void refine_block(std::int64_t token, std::int64_t block);
  void refine(std::int64_t token);
  void mark_taken(std::int64_t tile);
  std::int64_t end_of_tile(std::int64_t tile) const {  // the token after its last
    return std::min(n_tokens_, (tile + 1) * kernels::kTileTokens);
  }
  std::int64_t tile_of(std::int64_t token) const { return token / kernels::kTileTokens * (k_ / kernels::kBlock); }

  struct Reduced {
    const LowRank* change;
    std::vector<float> rows;  // [n_tokens, change->width()]
  };

  const float* floats_ = nullptr;
  std::int64_t n_tokens_ = 0;
  std::int64_t k_ = 0;
  Precision precision_ = Precision::kInt8;
  std::vector<kernels::QuantizedTile> tiles_, remainder_;  // [ceil(n_tokens / 6), k / 32]
  std::vector<std::uint16_t> taken_;                       // of remainder_
  std::vector<Reduced> reduced_;                           // the first n_reduced_ are of these rows
  std::size_t n_reduced_ = 0;
};

// out[t][r] = x[t] · weights[r], and what weights.change() adds, for the rows [first, last), on this thread. out:
// [x.n_tokens(), weights.rows()] f32, row-major. first: a multiple of kernels::kPanelRows, and last too, or the end. An
// element does not depend on the number of tokens, or on how rows are split over calls.
void multiply(const Activations& x, const Matrix& weights, std::int64_t first, std::int64_t last, float* out);

// All rows, split over threads.
void multiply(const Activations& x, const Matrix& weights, float* out, base::ThreadPool& pool);

// A range of rows that is one task's share of a product whose rows have `row_bytes`: large enough to be worth taking,
// small enough that threads end together. A multiple of kernels::kPanelRows.
std::int64_t rows_per_task(std::int64_t rows, std::size_t row_bytes, int n_threads);

}  // namespace sotto::ops
