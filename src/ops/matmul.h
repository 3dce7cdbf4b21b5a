// Matrix products, their work split over threads. Knows which kernel serves which packing, and nothing of layers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/layout.h"
#include "ops/matrix.h"

namespace sotto::ops {

// How finely activations are quantized. kInt16 takes a second int8 row for what the first one's rounding left over:
// twice the work, for the few products where int8 costs the most accuracy.
enum class Precision { kInt8, kInt16 };

// The rows that matrices multiply, in f32 and quantized. One set serves all matrices that take the same input
// (q, k and v; gate and up). Keeps its buffers from call to call.
class Activations {
 public:
  // x: [n_tokens, k] f32, row-major; it must stay as it is until the products are done.
  void set(const float* x, std::int64_t n_tokens, std::int64_t k, Precision precision, base::ThreadPool& pool);

  const float* floats() const { return floats_; }
  std::int64_t n_tokens() const { return n_tokens_; }
  std::int64_t k() const { return k_; }
  int rows_per_token() const { return rows_per_token_; }  // of quantized(): 1, or 2 whose products add up
  kernels::QuantizedRows quantized(std::int64_t first_token) const;

 private:
  const float* floats_ = nullptr;
  std::int64_t n_tokens_ = 0;
  std::int64_t k_ = 0;
  int rows_per_token_ = 1;
  std::vector<std::int8_t> values_;  // [n_tokens, rows_per_token, k], and so on
  std::vector<float> scales_;
  std::vector<float> sums_;

  void quantize_row(const float* x, std::int64_t row);
};

struct Product {
  const Matrix* weights;  // [rows, x.k()]
  float* out;             // [x.n_tokens(), rows] f32, row-major
};

// out = x · weightsᵀ for each product. An element does not depend on the number of tokens, threads or products.
void matmul(const Activations& x, std::span<const Product> products, base::ThreadPool& pool);

}  // namespace sotto::ops
