#include "ops/matmul.h"

#include <algorithm>

#include "kernels/table.h"

namespace sotto::ops {
namespace {

using kernels::kPanelRows;

constexpr std::size_t kLeastTaskBytes = 32 << 10;
constexpr std::size_t kMostTaskBytes = 256 << 10;
constexpr int kTasksPerThread = 8;

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

// Packed panels [first, last), none of which is cut short, into out, whose rows are out_stride apart.
void packed_panels(const Activations& x, const Matrix& weights, std::int64_t first, std::int64_t last, float* out,
                   std::int64_t out_stride) {
  alignas(64) thread_local std::uint8_t scratch[kernels::kScratchBytes];
  const auto kernel = kernels::table().matmul[static_cast<int>(*weights.packing())];
  while (first < last) {
    const std::int64_t n_panels = std::min(last, weights.run_end(first)) - first;
    kernel(weights.panels(first), n_panels, x.quantized(), x.n_tokens(), out, out_stride, scratch);
    if (x.refined()) kernel(weights.panels(first), n_panels, x.remainder(), x.n_tokens(), out, out_stride, scratch);
    first += n_panels;
    out += n_panels * kPanelRows;
  }
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

void add_change(const Activations& x, const LowRank& change, std::int64_t first, std::int64_t last, float* out) {
  const float* reduced = x.reduced(&change);
  if (reduced == nullptr) {
    thread_local std::vector<float> own;
    own.resize(static_cast<std::size_t>(x.n_tokens() * change.width()));
    change.reduce(x.floats(), x.n_tokens(), own.data());
    reduced = own.data();
  }
  change.add(reduced, x.n_tokens(), first, last, out);
}

}  // namespace

void Activations::reduce(std::initializer_list<const Matrix*> matrices, base::ThreadPool& pool) {
  const std::size_t first = n_reduced_;
  for (const Matrix* matrix : matrices) {
    if (matrix->change() == nullptr) continue;
    if (n_reduced_ == reduced_.size()) reduced_.emplace_back();
    Reduced& reduced = reduced_[n_reduced_++];
    reduced.change = matrix->change();
    reduced.rows.resize(static_cast<std::size_t>(n_tokens_ * reduced.change->width()));
  }
  if (n_reduced_ == first) return;
  pool.run(static_cast<int>(n_reduced_ - first), [&](int task, int) {
    Reduced& reduced = reduced_[first + static_cast<std::size_t>(task)];
    reduced.change->reduce(floats_, n_tokens_, reduced.rows.data());
  });
}

const float* Activations::reduced(const LowRank* change) const {
  for (std::size_t i = 0; i < n_reduced_; ++i) {
    if (reduced_[i].change == change) return reduced_[i].rows.data();
  }
  return nullptr;
}

void Activations::set(const float* x, std::int64_t n_tokens, std::int64_t k, Precision precision) {
  begin(x, n_tokens, k, precision);
  for (std::int64_t tile = 0; tile < n_tiles(); ++tile) set_tile(tile);
}

void Activations::begin(const float* x, std::int64_t n_tokens, std::int64_t k, Precision precision) {
  floats_ = x;
  n_tokens_ = n_tokens;
  k_ = k;
  precision_ = precision;
  n_reduced_ = 0;
  const auto n_blocks = static_cast<std::size_t>(n_tiles() * (k / kernels::kBlock));
  if (tiles_.capacity() < n_blocks) tiles_ = {};  // rather than a copy of what nobody wants any more
  tiles_.resize(std::max(tiles_.size(), n_blocks));
  if (!refined()) return;
  remainder_.resize(std::max(remainder_.size(), n_blocks));
  taken_.resize(std::max(taken_.size(), static_cast<std::size_t>(n_tiles() * kernels::n_chunks(k))));
}

void Activations::set_tile(std::int64_t tile) {
  if (k_ % kernels::kBlock != 0) return;  // then only float matrices have such rows
  for (std::int64_t t = tile * kernels::kTileTokens; t < end_of_tile(tile); ++t) {
    kernels::table().quantize(floats_ + t * k_, k_ / kernels::kBlock, tiles_.data() + tile_of(t),
                              static_cast<int>(t % kernels::kTileTokens));
    if (refined()) refine(t);
  }
  if (refined()) mark_taken(tile);
}

// Rounding costs a block of scale s about s² / 12 a value: the blocks far above the row's mean hold most of the row's
// error.
void Activations::refine(std::int64_t token) {
  const std::int64_t n_blocks = k_ / kernels::kBlock;
  const kernels::QuantizedTile* tiles = tiles_.data() + tile_of(token);
  const auto t = token % kernels::kTileTokens;
  float squares = 0;
  for (std::int64_t b = 0; b < n_blocks; ++b) squares += tiles[b].scales[t] * tiles[b].scales[t];
  const float times_mean = precision_ == Precision::kRefinedMore ? 1.0f : 2.0f;
  const float limit = times_mean * squares / static_cast<float>(n_blocks);
  for (std::int64_t b = 0; b < n_blocks; ++b) {
    if (tiles[b].scales[t] * tiles[b].scales[t] > limit) {
      refine_block(token, b);
    } else {
      kernels::QuantizedTile& none = remainder_[static_cast<std::size_t>(tile_of(token) + b)];
      std::fill_n(none.values[t], kernels::kBlock, std::int8_t{0});
      none.scales[t] = none.sums[t] = 0;
      std::fill_n(none.starts[t], kernels::kStarts, 0);
    }
  }
}

void Activations::refine_block(std::int64_t token, std::int64_t block) {
  const std::int64_t at = tile_of(token) + block;
  const auto t = token % kernels::kTileTokens;
  const kernels::QuantizedTile& tile = tiles_[static_cast<std::size_t>(at)];
  const float* x = floats_ + token * k_ + block * kernels::kBlock;
  float left_over[kernels::kBlock];
  for (int i = 0; i < kernels::kBlock; ++i) left_over[i] = x[i] - tile.scales[t] * tile.values[t][i];
  kernels::table().quantize(left_over, 1, remainder_.data() + at, static_cast<int>(t));
}

void Activations::mark_taken(std::int64_t tile) {
  const std::int64_t n_blocks = k_ / kernels::kBlock, n_tokens = end_of_tile(tile) - tile * kernels::kTileTokens;
  std::uint16_t* taken = taken_.data() + tile * kernels::n_chunks(k_);
  std::fill_n(taken, kernels::n_chunks(k_), std::uint16_t{0});
  for (std::int64_t b = 0; b < n_blocks; ++b) {
    const float* scales = remainder_[static_cast<std::size_t>(tile * n_blocks + b)].scales;
    if (std::all_of(scales, scales + n_tokens, [](float scale) { return scale == 0; })) continue;
    std::uint16_t& chunk = taken[b / kernels::kChunkBlocks];
    chunk = static_cast<std::uint16_t>(chunk | 1u << b % kernels::kChunkBlocks);
  }
}

void multiply(const Activations& x, const Matrix& weights, std::int64_t first, std::int64_t last, float* out) {
  const std::int64_t begin = first / kPanelRows, end = (last + kPanelRows - 1) / kPanelRows;
  const std::int64_t whole = weights.packing() ? std::clamp(weights.rows() / kPanelRows, begin, end) : begin;
  if (whole > begin) packed_panels(x, weights, begin, whole, out + first, weights.rows());
  if (whole < end) single_panels(x, weights, whole, end, out);
  if (weights.change() != nullptr) add_change(x, *weights.change(), first, last, out);
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
