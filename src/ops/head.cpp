#include "ops/head.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>

#include "base/check.h"
#include "kernels/table.h"

namespace sotto::ops {
namespace {

using kernels::kPanelRows;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::int64_t kPanelsAtOnce = 4;  // of those computed exactly
// Two passes cost more than one where they compute more of the rows than the coarse plane saves, about a quarter: which
// is certain when so many are asked for, and likely after it was so once.
constexpr std::int64_t kMostShare = 4;
constexpr int kRunsBetweenTries = 32;
// The coarse pass takes one token after another; the exact one takes several in hardly more time than one.
constexpr std::int64_t kMostTokens = 4;

// One token's activations, without its neighbours'.
struct Row {
  std::vector<std::int8_t> values;  // [k]
  std::vector<float> scales;        // [k / 32]

  Row(const kernels::QuantizedTile* tiles, std::int64_t token, std::int64_t k) {
    const std::int64_t n_blocks = k / kernels::kBlock, t = token % kernels::kTileTokens;
    tiles += token / kernels::kTileTokens * n_blocks;
    for (std::int64_t b = 0; b < n_blocks; ++b) {
      values.insert(values.end(), std::begin(tiles[b].values[t]), std::end(tiles[b].values[t]));
      scales.push_back(tiles[b].scales[t]);
    }
  }

  float at(std::size_t i) const { return scales[i / kernels::kBlock] * values[i]; }
};

// What the coarse pass takes of one token.
class CoarseRow {
 public:
  CoarseRow(const Activations& x, std::int64_t token, kernels::Packing packing)
      : row_(x.quantized().tiles, token, x.k()),
        remainder_(x.refined() ? Row(x.remainder().tiles, token, x.k()) : Row(nullptr, 0, 0)) {
    const kernels::CoarseGrid grid = kernels::coarse_grid(packing);
    const auto k = static_cast<std::size_t>(x.k());
    for (std::size_t first = 0; first < k; first += kernels::kHalfBlock) {
      float sum = 0, squares = 0;
      for (std::size_t i = first; i < first + kernels::kHalfBlock; ++i) {
        const float value = row_.at(i) + (x.refined() ? remainder_.at(i) : 0.0f);
        sum += value;
        squares += value * value;
      }
      shifts_.push_back(grid.offset * sum);
      energies_.push_back(grid.variance * squares);
    }
    for (std::size_t b = 0; b < remainder_.scales.size(); ++b) {
      if (remainder_.scales[b] != 0) listed_.push_back(static_cast<std::uint16_t>(b));
    }
  }

  kernels::CoarseInput input() const {
    return {static_cast<std::int64_t>(row_.values.size()),
            row_.values.data(),
            remainder_.values.data(),
            row_.scales.data(),
            remainder_.scales.data(),
            listed_.data(),
            static_cast<std::int64_t>(listed_.size()),
            shifts_.data(),
            energies_.data()};
  }

 private:
  Row row_, remainder_;
  std::vector<std::uint16_t> listed_;     // blocks
  std::vector<float> shifts_, energies_;  // [k / 16]
};

struct Moments {
  float estimates[kPanelRows], deviations[kPanelRows];
};

// One panel's rows.
Moments coarse_panel(const Matrix& weights, std::int64_t panel, const CoarseRow& x) {
  Moments moments;
  kernels::table().coarse[static_cast<int>(*weights.packing())](weights.coarse(panel), 1, x.input(), moments.estimates,
                                                                moments.deviations);
  return moments;
}

// In lanes, which the compiler takes side by side.
float greatest(const float (&values)[kPanelRows]) {
  float lane[4] = {values[0], values[1], values[2], values[3]};
  for (int i = 4; i < kPanelRows; i += 4) {
    for (int j = 0; j < 4; ++j) lane[j] = values[i + j] > lane[j] ? values[i + j] : lane[j];
  }
  return std::max(std::max(lane[0], lane[1]), std::max(lane[2], lane[3]));
}

bool all_below_infinity(const float (&values)[kPanelRows]) {
  int below = 0;
  for (const float value : values) below += static_cast<int>(value < kInfinity);
  return below == kPanelRows;
}

}  // namespace

void estimate_head(const Activations& x, std::int64_t token, const Matrix& weights, std::vector<float>& estimates,
                   std::vector<float>& deviations) {
  const CoarseRow row(x, token, *weights.packing());
  estimates.clear();
  deviations.clear();
  for (std::int64_t p = 0; p < weights.n_panels(); ++p) {
    const Moments moments = coarse_panel(weights, p, row);
    estimates.insert(estimates.end(), std::begin(moments.estimates), std::end(moments.estimates));
    deviations.insert(deviations.end(), std::begin(moments.deviations), std::end(moments.deviations));
  }
  estimates.resize(static_cast<std::size_t>(weights.rows()));
  deviations.resize(estimates.size());
}

void Head::run(const Activations& x, const Matrix& weights, const Best& best, float* out, base::ThreadPool& pool) {
  const auto wanted = static_cast<std::int64_t>(best.also.size()) + best.count;
  const bool single = best.count >= single_from_ && n_single_ > 0;
  if (single) --n_single_;
  const bool asks_for_few = best.count > 0 && wanted * kMostShare <= weights.n_panels();
  if (single || !weights.has_planes() || !asks_for_few || x.n_tokens() > kMostTokens) {
    n_exact_ = weights.rows();
    return multiply(x, weights, out, pool);
  }
  estimate(x, weights, out, pool);
  chosen_.clear();
  is_chosen_.assign(static_cast<std::size_t>(weights.n_panels()), 0);
  choose_first(best, x.n_tokens());
  std::size_t n_done = compute_chosen(x, weights, 0, out, pool);
  choose_survivors(best, weights.rows(), x.n_tokens(), out);
  n_done = compute_chosen(x, weights, n_done, out, pool);
  n_exact_ = std::min(weights.rows(), static_cast<std::int64_t>(n_done) * kPanelRows);
  if (n_exact_ * kMostShare > weights.rows()) {
    n_single_ = kRunsBetweenTries;
    single_from_ = best.count;
  }
}

// The coarse pass: what each panel's rows can reach. All of `out` becomes -inf.
void Head::estimate(const Activations& x, const Matrix& weights, float* out, base::ThreadPool& pool) {
  const std::int64_t n_panels = weights.n_panels(), n_tokens = x.n_tokens(), rows = weights.rows();
  tops_.resize(static_cast<std::size_t>(n_tokens * n_panels));
  bounds_.resize(tops_.size());
  std::vector<CoarseRow> inputs;
  for (std::int64_t t = 0; t < n_tokens; ++t) inputs.emplace_back(x, t, *weights.packing());
  const std::int64_t step =
      rows_per_task(rows, kernels::coarse_panel_bytes(*weights.packing(), weights.cols()) / kPanelRows, pool.size());
  pool.run(static_cast<int>((rows + step - 1) / step), [&](int task, int) {
    const std::int64_t first = task * step, last = std::min(first + step, rows);
    for (std::int64_t t = 0; t < n_tokens; ++t) {
      std::fill(out + t * rows + first, out + t * rows + last, -kInfinity);
      for (std::int64_t p = first / kPanelRows; p * kPanelRows < last; ++p) {
        Moments moments = coarse_panel(weights, p, inputs[static_cast<std::size_t>(t)]);
        const auto at = static_cast<std::size_t>(t * n_panels + p);
        tops_[at] = greatest(moments.estimates);
        for (int r = 0; r < kPanelRows; ++r) moments.estimates[r] += kHeadDeviations * moments.deviations[r];
        // What is no number is looked at: it must come out.
        bounds_[at] = all_below_infinity(moments.estimates) ? greatest(moments.estimates) : kInfinity;
        if (bounds_[at] == kInfinity) tops_[at] = kInfinity;
      }
    }
  });
}

void Head::choose(std::int64_t panel) {
  std::uint8_t& is_chosen = is_chosen_[static_cast<std::size_t>(panel)];
  if (is_chosen == 0) chosen_.push_back(static_cast<std::int32_t>(panel));
  is_chosen = 1;
}

// Those that probably hold the best: for each token as many as there are rows to find, were each in another panel.
void Head::choose_first(const Best& best, std::int64_t n_tokens) {
  for (const std::int32_t row : best.also) choose(row / kPanelRows);
  const std::size_t n_panels = is_chosen_.size();
  scratch_.resize(best.also.size() + static_cast<std::size_t>(best.count));
  for (std::size_t t = 0; t < static_cast<std::size_t>(n_tokens); ++t) {
    const std::span<const float> tops(tops_.data() + t * n_panels, n_panels);
    std::partial_sort_copy(tops.begin(), tops.end(), scratch_.begin(), scratch_.end(), std::greater<>());
    for (std::size_t p = 0; p < n_panels; ++p) {
      if (tops[p] >= scratch_.back()) choose(static_cast<std::int64_t>(p));
    }
  }
}

// The `count`-th greatest of the products computed so far, apart from those in `also`: the final one is no less, so
// that a row below it is none of the best. -inf when there are too few, or one is no number.
float Head::least_of_best(int count, std::int64_t rows, const float* out) {
  scratch_.clear();
  for (const std::int32_t panel : chosen_) {
    const std::int64_t first = std::int64_t{panel} * kPanelRows, last = std::min(rows, first + kPanelRows);
    for (std::int64_t row = first; row < last; ++row) {
      if (!(out[row] < kInfinity)) return -kInfinity;
      if (is_also_[static_cast<std::size_t>(row)] == 0) scratch_.push_back(out[row]);
    }
  }
  if (scratch_.size() < static_cast<std::size_t>(count)) return -kInfinity;
  const auto place = scratch_.begin() + count - 1;
  std::nth_element(scratch_.begin(), place, scratch_.end(), std::greater<>());
  return *place;
}

void Head::choose_survivors(const Best& best, std::int64_t rows, std::int64_t n_tokens, const float* out) {
  const std::size_t n_panels = is_chosen_.size();
  if (is_also_.size() < static_cast<std::size_t>(rows)) is_also_.resize(static_cast<std::size_t>(rows));
  for (const std::int32_t row : best.also) is_also_[static_cast<std::size_t>(row)] = 1;
  limits_.clear();
  for (std::int64_t t = 0; t < n_tokens; ++t) limits_.push_back(least_of_best(best.count, rows, out + t * rows));
  for (const std::int32_t row : best.also) is_also_[static_cast<std::size_t>(row)] = 0;
  for (std::size_t t = 0; t < limits_.size(); ++t) {
    for (std::size_t p = 0; p < n_panels; ++p) {
      if (bounds_[t * n_panels + p] >= limits_[t]) choose(static_cast<std::int64_t>(p));
    }
  }
}

// Those from `n_done` on; returns how many are done then.
std::size_t Head::compute_chosen(const Activations& x, const Matrix& weights, std::size_t n_done, float* out,
                                 base::ThreadPool& pool) {
  const std::span<const std::int32_t> todo = std::span(chosen_).subspan(n_done);
  const auto n_panels = static_cast<std::int64_t>(todo.size());
  pool.run(static_cast<int>((n_panels + kPanelsAtOnce - 1) / kPanelsAtOnce), [&](int task, int) {
    const std::int64_t first = task * kPanelsAtOnce, last = std::min(first + kPanelsAtOnce, n_panels);
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t row = std::int64_t{todo[static_cast<std::size_t>(i)]} * kPanelRows;
      multiply(x, weights, row, std::min(row + kPanelRows, weights.rows()), out);
    }
  });
  return chosen_.size();
}

}  // namespace sotto::ops
