#include "ops/low_rank.h"

#include <algorithm>

#include "kernels/table.h"

namespace sotto::ops {
namespace {

constexpr std::int64_t kUnit = 16;  // gemm's columns come in such groups

std::int64_t whole_units(std::int64_t n) { return (n + kUnit - 1) / kUnit * kUnit; }

// from: [n_rows, n_cols] with rows `from_stride` apart -> to: [n_cols, to_stride].
void transpose(const float* from, std::int64_t n_rows, std::int64_t n_cols, std::int64_t to_stride, float* to) {
  for (std::int64_t row = 0; row < n_rows; ++row) {
    for (std::int64_t col = 0; col < n_cols; ++col) to[col * to_stride + row] = from[row * n_cols + col];
  }
}

}  // namespace

LowRank::LowRank(const float* down, const float* up, std::int64_t rank, std::int64_t cols, std::int64_t first,
                 std::int64_t count)
    : rows_(count),
      cols_(cols),
      rank_(rank),
      width_(whole_units(rank)),
      stride_(whole_units(count)),
      down_(static_cast<std::size_t>(cols * width_)),
      up_(static_cast<std::size_t>(rank_ * stride_)) {
  transpose(down, rank, cols, width_, down_.data());
  transpose(up + first * rank, count, rank, stride_, up_.data());
}

void LowRank::reduce(const float* x, std::int64_t n_tokens, float* reduced) const {
  kernels::table().gemm(x, cols_, down_.data(), width_, reduced, width_, n_tokens, width_, cols_);
}

void LowRank::add(const float* reduced, std::int64_t n_tokens, std::int64_t first, std::int64_t last,
                  float* out) const {
  constexpr std::int64_t kPieceRows = 512;
  thread_local std::vector<float> sums;
  sums.resize(std::max(sums.size(), static_cast<std::size_t>(n_tokens * kPieceRows)));
  for (std::int64_t begin = first; begin < last; begin += kPieceRows) {
    const std::int64_t end = std::min(last, begin + kPieceRows), n = whole_units(end - begin);
    kernels::table().gemm(reduced, width_, up_.data() + begin, stride_, sums.data(), n, n_tokens, n, rank_);
    for (std::int64_t t = 0; t < n_tokens; ++t) {
      float* row = out + t * rows_ + begin;
      for (std::int64_t i = 0; i < end - begin; ++i) row[i] += sums[static_cast<std::size_t>(t * n + i)];
    }
  }
}

}  // namespace sotto::ops
