// What is added to a matrix's products: W x becomes W x + B (A x), with B and A of few columns and rows (Hu et al.,
// 2106.09685). In float32. Knows nothing of where they come from.
#pragma once

#include <cstdint>
#include <vector>

namespace sotto::ops {

// Immutable: thread-safe.
class LowRank {
 public:
  // down: [rank, cols] f32, up: [rows, rank] f32, both row-major. The rows [first, first + count) of `up` are those of
  // the matrix.
  LowRank(const float* down, const float* up, std::int64_t rank, std::int64_t cols, std::int64_t first,
          std::int64_t count);

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::int64_t width() const { return width_; }  // of a row that reduce() makes: the rank and zeros

  // x: [n_tokens, cols] f32 -> reduced: [n_tokens, width()] f32.
  void reduce(const float* x, std::int64_t n_tokens, float* reduced) const;
  // out[t][r] += up[r] · reduced[t] for the rows [first, last); out: [n_tokens, rows()] f32. first: a multiple of 16,
  // and last too, or rows(). An element does not depend on how tokens and rows are split over calls.
  void add(const float* reduced, std::int64_t n_tokens, std::int64_t first, std::int64_t last, float* out) const;

 private:
  std::int64_t rows_, cols_, rank_, width_, stride_;
  std::vector<float> down_;  // [cols, width]: transposed
  std::vector<float> up_;    // [rank, stride]: transposed
};

}  // namespace sotto::ops
