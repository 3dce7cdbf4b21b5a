// The vocabulary head, of which mostly the greatest products are wanted: two passes over a matrix in two planes. Knows
// nothing of tokens' meaning, nor of how one is chosen.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "ops/matmul.h"

namespace sotto::ops {

// Which rows of a product must be exact: those in `also`, and of the others the `count` greatest with all that equal
// the least of these. count 0: every row.
struct Best {
  int count = 0;
  std::span<const std::int32_t> also;  // rows, in any order
};

// A row is passed over when its estimate lies more than this many predicted deviations below the `count`-th greatest
// exact product found. The deviation is that of independent, evenly spread lower bits: a statistical bound, not a proof
// (docs/decisions/0013-two-pass-head.md has the greatest that was seen).
inline constexpr float kHeadDeviations = 8;

// The coarse pass alone: estimates and deviations of all rows, [weights.rows()] each, for token `token` of x, as
// kernels::Table::coarse gives them. weights: in two planes.
void estimate_head(const Activations& x, std::int64_t token, const Matrix& weights, std::vector<float>& estimates,
                   std::vector<float>& deviations);

// Keeps its buffers from call to call. Not thread-safe.
class Head {
 public:
  // out[t][r]: x[t] · weights[r], the very bits that multiply() gives, where `best` asks for it; elsewhere that or
  // -inf. A product that is NaN or infinite is never hidden. out: [x.n_tokens(), weights.rows()] f32, row-major. All
  // rows are exact when the matrix has no planes, when x has more than 4 tokens, and for a while after two passes
  // have read more than one would.
  void run(const Activations& x, const Matrix& weights, const Best& best, float* out, base::ThreadPool& pool);

  // Of the last run(): how many rows were computed exactly.
  std::int64_t n_exact() const { return n_exact_; }

 private:
  void estimate(const Activations& x, const Matrix& weights, float* out, base::ThreadPool& pool);
  void choose(std::int64_t panel);
  void choose_first(const Best& best, std::int64_t n_tokens);
  void choose_survivors(const Best& best, std::int64_t rows, std::int64_t n_tokens, const float* out);
  float least_of_best(int count, std::int64_t rows, const float* out);
  std::size_t compute_chosen(const Activations& x, const Matrix& weights, std::size_t n_done, float* out,
                             base::ThreadPool& pool);

  std::vector<float> tops_, bounds_;  // [n_tokens, n_panels]: the greatest estimate, and the most that a row can reach
  std::vector<std::int32_t> chosen_;  // the panels to compute exactly
  std::vector<std::uint8_t> is_chosen_;  // [n_panels]
  std::vector<std::uint8_t> is_also_;    // [rows], of Best::also; 0 between calls
  std::vector<float> limits_;            // [n_tokens]
  std::vector<float> scratch_;
  std::int64_t n_exact_ = 0;
  int n_single_ = 0;     // runs that are to take one pass, because two did not pay
  int single_from_ = 0;  // the count for which they did not; for fewer rows they may
};

}  // namespace sotto::ops
