#include "engine/candidates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/exponential.h"

namespace sotto::engine {
namespace {

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();
constexpr std::size_t kBlock = 64;

bool more_likely(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

// Appends what is above `floor` and shrinks to the best `k` whenever that has doubled, which raises
// the floor: after the first few blocks nearly all of the vocabulary is passed over with one
// comparison a block.
void collect_top_k(std::span<const float> logits, std::size_t k, std::vector<Candidate>& best) {
  float floor = kMinusInfinity;
  const std::size_t room = 2 * k + kBlock;
  const auto shrink = [&] {
    if (best.size() <= k) return;
    std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(k) - 1, best.end(), more_likely);
    best.resize(k);
    floor = best[k - 1].logit;
  };
  for (std::size_t start = 0; start < logits.size(); start += kBlock) {
    const auto block = logits.subspan(start, std::min(kBlock, logits.size() - start));
    if (!(highest_of(block) > floor)) continue;
    for (std::size_t i = 0; i < block.size(); ++i)
      if (block[i] > floor) best.push_back({static_cast<Token>(start + i), block[i], 0});
    if (best.size() >= room) shrink();
  }
  shrink();
  std::sort(best.begin(), best.end(), more_likely);
}

}  // namespace

float highest_of(std::span<const float> block) {
  std::array<float, 8> lanes;
  lanes.fill(kMinusInfinity);
  std::size_t i = 0;
  for (; i + 8 <= block.size(); i += 8)
    for (std::size_t j = 0; j < 8; ++j) lanes[j] = block[i + j] > lanes[j] ? block[i + j] : lanes[j];
  for (; i < block.size(); ++i) lanes[0] = std::max(lanes[0], block[i]);
  return *std::max_element(lanes.begin(), lanes.end());
}

bool Candidates::select(std::span<const float> logits, int k) {
  items_.clear();
  total_ = 0;
  if (k > 0) {
    collect_top_k(logits, std::min(static_cast<std::size_t>(k), logits.size()), items_);
  } else {
    items_.resize(logits.size());
    std::size_t n = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      items_[n] = {static_cast<Token>(i), logits[i], 0};
      n += logits[i] > kMinusInfinity;
    }
    items_.resize(n);
  }
  return !items_.empty();
}

void Candidates::weigh(float temperature) {
  std::array<float, kBlock> weights;
  highest_ = items_.front().logit;
  for (const Candidate& c : items_) highest_ = std::max(highest_, c.logit);
  total_ = 0;
  for (std::size_t start = 0; start < items_.size(); start += kBlock) {
    const std::size_t n = std::min(kBlock, items_.size() - start);
    for (std::size_t i = 0; i < n; ++i) weights[i] = (items_[start + i].logit - highest_) / temperature;
    for (std::size_t i = 0; i < n; ++i) weights[i] = exp_of_nonpositive(weights[i]);
    for (std::size_t i = 0; i < n; ++i) {
      items_[start + i].weight = weights[i];
      total_ += weights[i];
    }
  }
}

void Candidates::ensure_weighed() {
  if (total_ == 0) weigh(1.0f);
}

// Nothing is sorted but the edge: the weight at each eighth of a logit's distance is summed, what
// is nearer than the eighth at which `p` is reached stays, what is farther goes, and only that
// eighth is taken one by one.
void Candidates::keep_nearest(double center, float p) {
  std::array<double, 512> weight_at{};
  const auto distance = [center](const Candidate& c) { return std::abs(center - c.logit); };
  const auto place = [&](const Candidate& c) {
    return static_cast<std::size_t>(std::min(distance(c) * 8, weight_at.size() - 1.0));
  };
  for (const Candidate& c : items_) weight_at[place(c)] += c.weight;
  const double wanted = p * total_;
  double kept = 0;
  std::size_t edge = 0;
  for (; edge + 1 < weight_at.size(); kept += weight_at[edge++])
    if (weight_at[edge] > 0 && kept + weight_at[edge] >= wanted) break;

  edge_.clear();
  std::erase_if(items_, [&](const Candidate& c) {
    const std::size_t at = place(c);
    if (at == edge) edge_.push_back(c);
    return at >= edge;
  });
  std::sort(edge_.begin(), edge_.end(), [&](const Candidate& a, const Candidate& b) {
    const double da = distance(a), db = distance(b);
    return da != db ? da < db : a.token < b.token;
  });
  for (const Candidate& c : edge_) {
    items_.push_back(c);
    kept += c.weight;
    if (kept >= wanted) break;
  }
  total_ = kept;
}

void Candidates::keep_top_p(float p) {
  ensure_weighed();
  keep_nearest(highest_, p);
}

// A candidate's surprise is log(total) - (logit - highest): as near to the expected one as its
// logit is to a center.
void Candidates::keep_typical(float p) {
  ensure_weighed();
  double expected = 0;
  for (const Candidate& c : items_) expected += c.weight / total_ * (static_cast<double>(c.logit) - highest_);
  keep_nearest(highest_ + expected, p);
}

void Candidates::keep_min_p(float p) {
  const Candidate best = *std::min_element(items_.begin(), items_.end(), more_likely);
  const double floor = best.logit + std::log(static_cast<double>(p));
  std::erase_if(items_, [&](const Candidate& c) { return c.logit < floor; });
  total_ = 0;
}

void Candidates::set_temperature(float temperature) { weigh(temperature); }

Token Candidates::draw(double uniform) const {
  const double target = uniform * total_;
  double passed = 0;
  for (const Candidate& c : items_) {
    passed += c.weight;
    if (target < passed) return c.token;
  }
  // Rounding can leave the sum a hair under the total: the last candidate that has any weight.
  for (auto c = items_.rbegin(); c != items_.rend(); ++c)
    if (c->weight > 0) return c->token;
  return items_.front().token;
}

}  // namespace sotto::engine
