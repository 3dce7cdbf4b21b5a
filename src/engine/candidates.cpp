#include "engine/candidates.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace sotto::engine {
namespace {

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();
constexpr std::size_t kBlock = 64;

bool more_likely(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

// e^x for x <= 0, within 2e-7 of it; 0 below -87. Written out so that every machine rounds alike
// and the compiler can work on several values at once: 2^n * e^r with |r| <= ln(2)/2, e^r by its
// Taylor series.
float exp_of_nonpositive(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves no bits for a fraction
  const float clamped = x < -87.0f ? -87.0f : x;
  const float shifted = clamped * 1.44269504f + kRound;
  const float n = shifted - kRound;
  const float r = clamped - n * 0.693359375f - n * -2.12194440e-4f;
  float series = 1.0f / 5040.0f;
  series = series * r + 1.0f / 720.0f;
  series = series * r + 1.0f / 120.0f;
  series = series * r + 1.0f / 24.0f;
  series = series * r + 1.0f / 6.0f;
  series = series * r + 0.5f;
  series = series * r + 1.0f;
  series = series * r + 1.0f;
  const std::uint32_t exponent =
      std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kRound);
  const float scale = std::bit_cast<float>((exponent + 127u) << 23);
  return x < -87.0f ? 0.0f : series * scale;
}

// Appends what is above `floor` and shrinks to the best `k` whenever that has doubled, which raises
// the floor: after the first few blocks nearly all of the vocabulary is passed over with one
// comparison a block.
void collect_top_k(std::span<const float> logits, std::size_t k, std::vector<Candidate>& best) {
  float floor = kMinusInfinity;
  const std::size_t room = 2 * k + kBlock;
  const auto shrink = [&] {
    if (best.size() <= k) return;
    std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(k) - 1, best.end(),
                     more_likely);
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
    for (std::size_t j = 0; j < 8; ++j)
      lanes[j] = block[i + j] > lanes[j] ? block[i + j] : lanes[j];
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
    for (std::size_t i = 0; i < n; ++i)
      weights[i] = (items_[start + i].logit - highest_) / temperature;
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

// Orders the front of items_ by `before`, a part at a time, until `enough(weight so far)` at some
// candidate; drops what follows it.
template <class Before, class Enough>
void Candidates::keep_front(Before before, Enough enough) {
  double kept = 0;
  std::size_t sorted = 0;
  for (std::size_t part = kBlock; sorted < items_.size(); part *= 4) {
    const std::size_t end = std::min(sorted + part, items_.size());
    const auto at = [this](std::size_t i) {
      return items_.begin() + static_cast<std::ptrdiff_t>(i);
    };
    if (end < items_.size()) std::nth_element(at(sorted), at(end), items_.end(), before);
    std::sort(at(sorted), at(end), before);
    for (; sorted < end; ++sorted) {
      kept += items_[sorted].weight;
      if (!enough(kept)) continue;
      items_.resize(sorted + 1);
      total_ = kept;
      return;
    }
  }
  total_ = kept;
}

void Candidates::keep_typical(float p) {
  ensure_weighed();
  const double log_total = std::log(total_);
  double entropy = 0;
  for (const Candidate& c : items_)
    entropy += c.weight / total_ * (log_total - (static_cast<double>(c.logit) - highest_));
  const auto deviation = [&](const Candidate& c) {
    return std::abs(log_total - (static_cast<double>(c.logit) - highest_) - entropy);
  };
  const double wanted = p * total_;
  keep_front(
      [&](const Candidate& a, const Candidate& b) {
        const double da = deviation(a), db = deviation(b);
        return da != db ? da < db : a.token < b.token;
      },
      [&](double kept) { return kept >= wanted; });
}

// Drops most of what cannot be among the likeliest that have `wanted` weight, without sorting: the
// weight of each eighth of a logit below the highest is summed, and what lies below the one that
// reaches `wanted` is not needed.
void Candidates::drop_unlikely(double wanted) {
  std::array<double, 512> weight_at{};
  const auto place = [this, last = weight_at.size() - 1](const Candidate& c) {
    return static_cast<std::size_t>(
        std::min((highest_ - c.logit) * 8.0f, static_cast<float>(last)));
  };
  for (const Candidate& c : items_) weight_at[place(c)] += c.weight;
  std::size_t needed = 0;
  // A hair more than wanted: these sums round otherwise than the sum in order of likelihood.
  for (double passed = weight_at[0]; passed < wanted * (1 + 1e-9) && needed + 1 < weight_at.size();)
    passed += weight_at[++needed];
  std::erase_if(items_, [&](const Candidate& c) { return place(c) > needed; });
}

void Candidates::keep_top_p(float p) {
  ensure_weighed();
  const double wanted = p * total_;
  drop_unlikely(wanted);
  keep_front(more_likely, [&](double kept) { return kept >= wanted; });
}

void Candidates::keep_min_p(float p) {
  const Candidate best = *std::min_element(items_.begin(), items_.end(), more_likely);
  const double floor = best.logit + std::log(static_cast<double>(p));
  std::erase_if(items_, [&](const Candidate& c) { return c.logit < floor; });
  total_ = 0;
}

void Candidates::set_temperature(float temperature) {
  weigh(temperature);
}

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
