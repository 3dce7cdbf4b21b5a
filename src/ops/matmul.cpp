#include "ops/matmul.h"

#include <algorithm>

#include "kernels/table.h"

namespace sotto::ops {
namespace {

using kernels::kPanelRows;

constexpr std::size_t kLeastTaskBytes = 32 << 10;
constexpr std::size_t kMostTaskBytes = 256 << 10;
constexpr int kTasksPerThread = 8;
constexpr float kRefineAbove = 1.0f;  // times the mean square of a row's scales

// 16 rows in float32: the weights are read from the file and transposed, so that the same kernel as attention's sums
// each element in the order of k.
void float_panel(const Matrix& weights, std::int64_t panel, const Activations& x, float* out) {
  thread_local std::vector<float> row, transposed;
  const std::int64_t k = weights.cols();
  row.resize(static_cast<std::size_t>(k));
  transposed.assign(static_cast<std::size_t>(k * kPanelRows), 0.0f);
  for (std::int64_t r = 0; r < kPanelRows && panel * kPanelRows + r < weights.rows(); ++r) {
    weights.read_row(panel * kPanelRows + r, row.data());
    for (std::int64_t i = 0; i < k; ++i)
      transposed[static_cast<std::size_t>(i * kPanelRows + r)] = row[static_cast<std::size_t>(i)];
  }
  kernels::table().gemm(x.floats(), k, transposed.data(), kPanelRows, out, kPanelRows, x.n_tokens(), kPanelRows, k);
}

// Whole panels [first, last) into out, whose rows are out_stride apart.
void packed_panels(const Activations& x, const Matrix& weights, std::int64_t first, std::int64_t last, float* out,
                   std::int64_t out_stride) {
  const auto kernel = kernels::table().matmul[static_cast<int>(*weights.packing())];
  kernel(weights.panel(first), last - first, x.quantized(), x.n_tokens(), out, out_stride);
  if (x.refined()) kernel(weights.panel(first), last - first, x.remainder(), x.n_tokens(), out, out_stride);
}

// Panels [first, last) one by one: those that are not packed, or not whole.
void single_panels(const Activations& x, const Matrix& weights, std::int64_t first, std::int64_t last, float* out) {
  thread_local std::vector<float> rows;
  rows.resize(static_cast<std::size_t>(x.n_tokens() * kPanelRows));
  for (std::int64_t p = first; p < last; ++p) {
    if (weights.packing()) {
      packed_panels(x, weights, p, p + 1, rows.data(), kPanelRows);
    } else {
      float_panel(weights, p, x, rows.data());
    }
    const std::int64_t n_rows = std::min<std::int64_t>(kPanelRows, weights.rows() - p * kPanelRows);
    for (std::int64_t t = 0; t < x.n_tokens(); ++t) {
      std::copy_n(rows.data() + t * kPanelRows, n_rows, out + t * weights.rows() + p * kPanelRows);
    }
  }
}

}  // namespace

void Activations::Rows::resize(std::int64_t n_tokens, std::int64_t k) {
  const auto n = static_cast<std::size_t>(n_tokens * k);
  if (values.size() >= n) return;
  values.resize(n);
  scales.resize(n / kernels::kBlock);
  sums.resize(n / kernels::kHalfBlock);
}

void Activations::set(const float* x, std::int64_t n_tokens, std::int64_t k, Precision precision) {
  floats_ = x;
  n_tokens_ = n_tokens;
  k_ = k;
  precision_ = precision;
  if (k % kernels::kBlock != 0) return;  // then only float matrices have such rows
  rows_.resize(n_tokens, k);
  kernels::table().quantize(x, n_tokens * k, rows_.values.data(), rows_.scales.data(), rows_.sums.data());
  if (!refined()) return;
  remainder_.resize(n_tokens, k);
  for (std::int64_t t = 0; t < n_tokens; ++t) refine(t);
  list_blocks();
}

// Rounding costs a block of scale s about s² / 12 a value: the blocks above the row's mean hold most of the row's
// error.
void Activations::refine(std::int64_t token) {
  const std::int64_t n_blocks = k_ / kernels::kBlock;
  const float* scales = rows_.scales.data() + token * n_blocks;
  float squares = 0;
  for (std::int64_t b = 0; b < n_blocks; ++b) squares += scales[b] * scales[b];
  const float limit = kRefineAbove * squares / static_cast<float>(n_blocks);
  for (std::int64_t b = 0; b < n_blocks; ++b) {
    if (scales[b] * scales[b] > limit) {
      refine_block(token, b);
    } else {
      const std::int64_t at = token * n_blocks + b;
      std::fill_n(remainder_.values.data() + at * kernels::kBlock, kernels::kBlock, std::int8_t{0});
      remainder_.scales[static_cast<std::size_t>(at)] = 0;
      std::fill_n(remainder_.sums.data() + 2 * at, 2, 0.0f);
    }
  }
}

void Activations::refine_block(std::int64_t token, std::int64_t block) {
  const std::int64_t at = token * (k_ / kernels::kBlock) + block, first = at * kernels::kBlock;
  const float scale = rows_.scales[static_cast<std::size_t>(at)];
  float left_over[kernels::kBlock];
  for (int i = 0; i < kernels::kBlock; ++i) {
    left_over[i] = floats_[first + i] - scale * rows_.values[static_cast<std::size_t>(first + i)];
  }
  kernels::table().quantize(left_over, kernels::kBlock, remainder_.values.data() + first, remainder_.scales.data() + at,
                            remainder_.sums.data() + 2 * at);
}

void Activations::list_blocks() {
  const std::int64_t n_blocks = k_ / kernels::kBlock;
  const std::int64_t n_lists = (n_tokens_ + kernels::kTileRows - 1) / kernels::kTileRows;
  n_listed_.assign(static_cast<std::size_t>(n_lists), 0);
  listed_.resize(static_cast<std::size_t>(n_lists * n_blocks));
  for (std::int64_t list = 0; list < n_lists; ++list) {
    const std::int64_t first = list * kernels::kTileRows, last = std::min(n_tokens_, first + kernels::kTileRows);
    for (std::int64_t b = 0; b < n_blocks; ++b) {
      bool any = false;
      for (std::int64_t t = first; t < last; ++t)
        any |= remainder_.scales[static_cast<std::size_t>(t * n_blocks + b)] != 0;
      if (!any) continue;
      std::uint16_t& n = n_listed_[static_cast<std::size_t>(list)];
      listed_[static_cast<std::size_t>(list * n_blocks + n++)] = static_cast<std::uint16_t>(b);
    }
  }
}

kernels::QuantizedRows Activations::remainder() const {
  kernels::QuantizedRows view = remainder_.view(k_);
  view.listed = listed_.data();
  view.n_listed = n_listed_.data();
  return view;
}

void multiply(const Activations& x, const Matrix& weights, std::int64_t first, std::int64_t last, float* out) {
  const std::int64_t begin = first / kPanelRows, end = (last + kPanelRows - 1) / kPanelRows;
  const std::int64_t whole = weights.packing() ? std::clamp(weights.rows() / kPanelRows, begin, end) : begin;
  if (whole > begin) packed_panels(x, weights, begin, whole, out + first, weights.rows());
  if (whole < end) single_panels(x, weights, whole, end, out);
}

std::int64_t rows_per_task(std::int64_t rows, std::size_t row_bytes, int n_threads) {
  if (n_threads == 1) return std::max<std::int64_t>(rows, 1);
  const std::size_t share =
      static_cast<std::size_t>(rows) * row_bytes / static_cast<std::size_t>(n_threads * kTasksPerThread);
  const std::size_t bytes = std::clamp(share, kLeastTaskBytes, kMostTaskBytes);
  return static_cast<std::int64_t>(bytes / row_bytes / kPanelRows + 1) * kPanelRows;
}

void multiply(const Activations& x, const Matrix& weights, float* out, base::ThreadPool& pool) {
  const std::int64_t step = rows_per_task(weights.rows(), weights.row_bytes(), pool.size());
  pool.run(static_cast<int>((weights.rows() + step - 1) / step),
           [&](int task, int) { multiply(x, weights, task * step, std::min((task + 1) * step, weights.rows()), out); });
}

}  // namespace sotto::ops
