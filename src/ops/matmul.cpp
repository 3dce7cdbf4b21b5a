#include "ops/matmul.h"

#include <algorithm>
#include <cstring>

#include "kernels/table.h"

namespace sotto::ops {
namespace {

using kernels::kPanelRows;

constexpr std::int64_t kTokensPerTask = 16;           // of quantization
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
    for (std::int64_t i = 0; i < k; ++i) transposed[static_cast<std::size_t>(i * kPanelRows + r)] = row[static_cast<std::size_t>(i)];
  }
  kernels::table().gemm(x, k, transposed.data(), kPanelRows, out, kPanelRows, n_tokens, kPanelRows, k);
}

// One panel for some tokens, into [n_tokens, 16].
void one_panel(const Matrix& weights, std::int64_t panel, const Activations& x, std::int64_t token, std::int64_t n_tokens,
               float* out) {
  if (!weights.packing()) return float_panel(weights, panel, x.floats() + token * x.k(), n_tokens, out);
  const auto kernel = kernels::table().matmul[static_cast<int>(*weights.packing())];
  kernel(weights.panel(panel), 1, x.quantized(token), n_tokens, out, kPanelRows);
}

// A run of panels of one matrix for a chunk of tokens.
void run_panels(const Product& product, const Activations& x, std::int64_t first, std::int64_t last, std::int64_t token,
                std::int64_t n_tokens) {
  const Matrix& weights = *product.weights;
  float* out = product.out + token * weights.rows();
  std::int64_t whole = std::min(last, weights.rows() / kPanelRows);
  if (!weights.packing()) whole = first;
  if (whole > first) {
    const auto kernel = kernels::table().matmul[static_cast<int>(*weights.packing())];
    kernel(weights.panel(first), whole - first, x.quantized(token), n_tokens, out + first * kPanelRows, weights.rows());
  }
  thread_local std::vector<float> rows;
  for (std::int64_t p = std::max(first, whole); p < last; ++p) {
    rows.resize(static_cast<std::size_t>(n_tokens * kPanelRows));
    one_panel(weights, p, x, token, n_tokens, rows.data());
    const std::int64_t n_rows = std::min<std::int64_t>(kPanelRows, weights.rows() - p * kPanelRows);
    for (std::int64_t t = 0; t < n_tokens; ++t) {
      std::memcpy(out + t * weights.rows() + p * kPanelRows, rows.data() + t * kPanelRows, static_cast<std::size_t>(n_rows) * 4);
    }
  }
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

void Activations::set(const float* x, std::int64_t n_tokens, std::int64_t k, base::ThreadPool& pool) {
  floats_ = x;
  n_tokens_ = n_tokens;
  k_ = k;
  if (k % kernels::kBlock != 0) return;  // then only float matrices have such rows
  const std::int64_t n = n_tokens * k;
  if (static_cast<std::int64_t>(values_.size()) < n) {
    values_.resize(static_cast<std::size_t>(n));
    scales_.resize(static_cast<std::size_t>(n / kernels::kBlock));
    sums_.resize(static_cast<std::size_t>(n / kernels::kHalfBlock));
  }
  pool.run(static_cast<int>((n_tokens + kTokensPerTask - 1) / kTokensPerTask), [&](int task, int) {
    const std::int64_t first = task * kTokensPerTask * k, last = std::min(n, first + kTokensPerTask * k);
    kernels::table().quantize(x + first, last - first, values_.data() + first, scales_.data() + first / kernels::kBlock,
                              sums_.data() + first / kernels::kHalfBlock);
  });
}

kernels::QuantizedRows Activations::quantized(std::int64_t first_token) const {
  const std::int64_t first = first_token * k_;
  return {values_.data() + first, scales_.data() + first / kernels::kBlock, sums_.data() + first / kernels::kHalfBlock, k_};
}

void matmul(const Activations& x, std::span<const Product> products, base::ThreadPool& pool) {
  std::int64_t n_panels = 0;
  for (const Product& product : products) n_panels += product.weights->n_panels();
  const std::int64_t chunk = std::clamp<std::int64_t>(kActivationBytes / x.k() / 8 * 8, 16, 512);
  const std::int64_t n_chunks = (x.n_tokens() + chunk - 1) / chunk;
  const std::int64_t n_parts = std::min<std::int64_t>(n_panels, pool.size() == 1 ? 1 : pool.size() * 8);
  pool.run(static_cast<int>(n_chunks * n_parts), [&](int task, int) {
    const std::int64_t token = task / n_parts * chunk, part = task % n_parts;
    run_range(x, products, part * n_panels / n_parts, (part + 1) * n_panels / n_parts, token,
              std::min(chunk, x.n_tokens() - token));
  });
}

}  // namespace sotto::ops
