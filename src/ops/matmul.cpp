#include "ops/matmul.h"

#include <algorithm>

#include "kernels/table.h"

namespace sotto::ops {
namespace {

using kernels::kPanelRows;

constexpr std::int64_t kTokensPerTask = 16;           // of quantization
constexpr std::int64_t kTileTokens = 8;               // what the kernels take at a time divides it
constexpr std::int64_t kActivationBytes = 192 << 10;  // a chunk of tokens should stay in the second-level cache

// 16 rows in float32: the weights are read from the file and transposed, so that the same kernel as attention's sums
// each element in the order of k.
void float_panel(const Matrix& weights, std::int64_t panel, const float* x, std::int64_t n_tokens, float* out) {
  thread_local std::vector<float> row, transposed;
  const std::int64_t k = weights.cols();
  row.resize(static_cast<std::size_t>(k));
  transposed.assign(static_cast<std::size_t>(k * kPanelRows), 0.0f);
  for (std::int64_t r = 0; r < kPanelRows && panel * kPanelRows + r < weights.rows(); ++r) {
    weights.read_row(panel * kPanelRows + r, row.data());
    for (std::int64_t i = 0; i < k; ++i)
      transposed[static_cast<std::size_t>(i * kPanelRows + r)] = row[static_cast<std::size_t>(i)];
  }
  kernels::table().gemm(x, k, transposed.data(), kPanelRows, out, kPanelRows, n_tokens, kPanelRows, k);
}

// One panel for some tokens, into [n_tokens * rows_per_token, 16].
void one_panel(const Matrix& weights, std::int64_t panel, const Activations& x, std::int64_t token,
               std::int64_t n_tokens, float* out) {
  if (!weights.packing()) return float_panel(weights, panel, x.floats() + token * x.k(), n_tokens, out);
  const auto kernel = kernels::table().matmul[static_cast<int>(*weights.packing())];
  kernel(weights.panel(panel), 1, x.quantized(token), n_tokens * x.rows_per_token(), out, kPanelRows);
}

// Panels [first, last) one by one: those that are not whole, not packed, or whose rows add up.
void run_single_panels(const Product& product, const Activations& x, std::int64_t first, std::int64_t last,
                       std::int64_t token, std::int64_t n_tokens) {
  thread_local std::vector<float> rows;
  const Matrix& weights = *product.weights;
  const int rows_per_token = weights.packing() ? x.rows_per_token() : 1;
  rows.resize(static_cast<std::size_t>(n_tokens * rows_per_token * kPanelRows));
  for (std::int64_t p = first; p < last; ++p) {
    one_panel(weights, p, x, token, n_tokens, rows.data());
    const std::int64_t n_rows = std::min<std::int64_t>(kPanelRows, weights.rows() - p * kPanelRows);
    for (std::int64_t t = 0; t < n_tokens; ++t) {
      const float* from = rows.data() + t * rows_per_token * kPanelRows;
      const float* remainder = rows_per_token == 2 ? from + kPanelRows : nullptr;
      float* to = product.out + (token + t) * weights.rows() + p * kPanelRows;
      for (std::int64_t r = 0; r < n_rows; ++r) to[r] = remainder != nullptr ? from[r] + remainder[r] : from[r];
    }
  }
}

// A run of panels of one matrix for a chunk of tokens.
void run_panels(const Product& product, const Activations& x, std::int64_t first, std::int64_t last, std::int64_t token,
                std::int64_t n_tokens) {
  const Matrix& weights = *product.weights;
  const bool direct = weights.packing() && x.rows_per_token() == 1;
  const std::int64_t whole = direct ? std::clamp(weights.rows() / kPanelRows, first, last) : first;
  if (whole > first) {
    const auto kernel = kernels::table().matmul[static_cast<int>(*weights.packing())];
    float* out = product.out + token * weights.rows() + first * kPanelRows;
    kernel(weights.panel(first), whole - first, x.quantized(token), n_tokens, out, weights.rows());
  }
  if (whole < last) run_single_panels(product, x, whole, last, token, n_tokens);
}

// Panels [first, last) counted over all products.
void run_range(const Activations& x, std::span<const Product> products, std::int64_t first, std::int64_t last,
               std::int64_t token, std::int64_t n_tokens) {
  std::int64_t base = 0;
  for (const Product& product : products) {
    const std::int64_t n_panels = product.weights->n_panels();
    const std::int64_t from = std::max<std::int64_t>(first - base, 0), to = std::min(last - base, n_panels);
    if (from < to) run_panels(product, x, from, to, token, n_tokens);
    base += n_panels;
  }
}

}  // namespace

void Activations::set(const float* x, std::int64_t n_tokens, std::int64_t k, Precision precision,
                      base::ThreadPool& pool) {
  floats_ = x;
  n_tokens_ = n_tokens;
  k_ = k;
  rows_per_token_ = precision == Precision::kInt16 ? 2 : 1;
  if (k % kernels::kBlock != 0) return;  // then only float matrices have such rows
  const auto n = static_cast<std::size_t>(n_tokens * rows_per_token_ * k);
  if (values_.size() < n) {
    values_.resize(n);
    scales_.resize(n / kernels::kBlock);
    sums_.resize(n / kernels::kHalfBlock);
  }
  pool.run(static_cast<int>((n_tokens + kTokensPerTask - 1) / kTokensPerTask), [&](int task, int) {
    thread_local std::vector<float> remainder;
    remainder.resize(static_cast<std::size_t>(k));
    const std::int64_t last = std::min(n_tokens, (task + 1) * kTokensPerTask);
    for (std::int64_t t = task * kTokensPerTask; t < last; ++t) {
      const std::int64_t row = t * rows_per_token_;
      quantize_row(x + t * k, row);
      if (precision == Precision::kInt8) continue;
      for (std::int64_t i = 0; i < k; ++i) {
        const float scale = scales_[static_cast<std::size_t>((row * k + i) / kernels::kBlock)];
        remainder[static_cast<std::size_t>(i)] = x[t * k + i] - scale * values_[static_cast<std::size_t>(row * k + i)];
      }
      quantize_row(remainder.data(), row + 1);
    }
  });
}

void Activations::quantize_row(const float* x, std::int64_t row) {
  const std::int64_t first = row * k_;
  kernels::table().quantize(x, k_, values_.data() + first, scales_.data() + first / kernels::kBlock,
                            sums_.data() + first / kernels::kHalfBlock);
}

kernels::QuantizedRows Activations::quantized(std::int64_t first_token) const {
  const std::int64_t first = first_token * rows_per_token_ * k_;
  return {values_.data() + first, scales_.data() + first / kernels::kBlock, sums_.data() + first / kernels::kHalfBlock,
          k_};
}

void matmul(const Activations& x, std::span<const Product> products, base::ThreadPool& pool) {
  std::int64_t n_panels = 0;
  for (const Product& product : products) n_panels += product.weights->n_panels();
  const std::int64_t most = std::max<std::int64_t>(kActivationBytes / (x.k() * x.rows_per_token()), 16);
  const std::int64_t n_chunks = (x.n_tokens() + most - 1) / most;
  const std::int64_t chunk = (x.n_tokens() + n_chunks * kTileTokens - 1) / (n_chunks * kTileTokens) * kTileTokens;
  const std::int64_t n_parts = std::min<std::int64_t>(n_panels, pool.size() == 1 ? 1 : pool.size() * 8);
  pool.run(static_cast<int>(n_chunks * n_parts), [&](int task, int) {
    const std::int64_t token = task / n_parts * chunk, part = task % n_parts;
    run_range(x, products, part * n_panels / n_parts, (part + 1) * n_panels / n_parts, token,
              std::min(chunk, x.n_tokens() - token));
  });
}

}  // namespace sotto::ops
