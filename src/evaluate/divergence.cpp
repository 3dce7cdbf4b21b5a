#include "evaluate/divergence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/exponential.h"

namespace sotto::evaluate {
namespace {

constexpr std::size_t kLanes = 8;

using Sums = std::array<double, kLanes>;

double total_of(const Sums& sums) {
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

// Calls f(i, lane) for every index, in blocks that the compiler can work on at once.
template <class F>
void for_lanes(std::size_t n, F&& f) {
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) f(i + lane, lane);
  }
  for (std::size_t lane = 0; i < n; ++i, ++lane) f(i, lane);
}

}  // namespace

double Distribution::surprise(std::int32_t token) const {
  return log_total - (static_cast<double>(logits[static_cast<std::size_t>(token)]) - static_cast<double>(highest));
}

Distribution distribution_of(std::span<const float> logits) {
  Distribution found{logits};
  const auto top = std::max_element(logits.begin(), logits.end());
  found.top = static_cast<std::int32_t>(top - logits.begin());
  found.highest = *top;
  Sums sums{};
  for_lanes(logits.size(), [&](std::size_t i, std::size_t lane) {
    sums[lane] += static_cast<double>(engine::exp_of_nonpositive(logits[i] - found.highest));
  });
  found.log_total = std::log(total_of(sums));
  return found;
}

double divergence(const Distribution& p, const Distribution& q) {
  Sums sums{};
  const float* a = p.logits.data();
  const float* b = q.logits.data();
  for_lanes(p.logits.size(), [&](std::size_t i, std::size_t lane) {
    const float above = a[i] - p.highest, other = b[i] - q.highest;
    sums[lane] += static_cast<double>(engine::exp_of_nonpositive(above)) *
                  (static_cast<double>(above) - static_cast<double>(other));
  });
  return total_of(sums) / std::exp(p.log_total) - p.log_total + q.log_total;
}

Scores::Position Scores::alone(const Distribution& own, std::int32_t next) {
  Position position;
  position.has_next = next >= 0;
  if (position.has_next) position.surprise = own.surprise(next);
  return position;
}

Scores::Position Scores::compare(const Distribution& reference, const Distribution& own, std::int32_t next) {
  Position position = alone(own, next);
  position.kld = divergence(reference, own);
  position.same_top = reference.top == own.top;
  return position;
}

void Scores::add(const Position& position) {
  klds_.push_back(position.kld);
  n_same_ += position.same_top ? 1 : 0;
  if (!position.has_next) return;
  surprise_ += position.surprise;
  ++n_next_;
}

double Scores::mean_kld() const {
  double sum = 0;
  for (const double kld : klds_) sum += kld;
  return sum / static_cast<double>(klds_.size());
}

double Scores::percentile_kld(double percent) const {
  if (klds_.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> sorted = klds_;
  std::sort(sorted.begin(), sorted.end());
  const double place = percent / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double Scores::same_top() const { return static_cast<double>(n_same_) / static_cast<double>(klds_.size()); }

double Scores::perplexity() const {
  if (n_next_ == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::exp(surprise_ / static_cast<double>(n_next_));
}

}  // namespace sotto::evaluate
