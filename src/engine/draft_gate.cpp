#include "engine/draft_gate.h"

#include <algorithm>
#include <bit>

namespace sotto::engine {
namespace {

// A draft and the token before it fill the batches that the matrix kernels take at a time.
constexpr std::array<int, 4> kDrafts{1, 3, 7, 15};

// Wrong drafts may cost what right ones saved, at most kMostSavings of it in a row, and kIncome of the other tokens'
// time: so an answer that guesses do not suit takes hardly longer. Where unread guesses were right, the next ones are
// worth more of a risk.
constexpr double kMostSavings = 16;
constexpr double kMostDebt = -2;  // a pass that waited for another program must not turn speculation off for long
constexpr double kIncome = 0.01;
constexpr double kUncheckedIncome = 0.1;

constexpr double kLeastGain = 1.03;  // a promise nearer to nothing is not worth the trouble

void approach(double& average, double value, double weight) { average += weight * (value - average); }

}  // namespace

std::size_t DraftGate::trust_index(int matched) {
  const auto bits = static_cast<std::size_t>(std::bit_width(static_cast<unsigned>(matched)));
  return std::min(bits, kTrusts) - 1;
}

// How many tokens a draft gives: one always, and each guess when it and all before it are right (Leviathan et al.,
// 2211.17192, section 3.1).
double DraftGate::promise(int matched, int n_drafted) const {
  double tokens = 1, all_right = 1;
  for (int i = 0; i < n_drafted; ++i) tokens += all_right *= trust_[trust_index(matched + i)];
  return tokens;
}

int DraftGate::length(int matched, int most) const {
  if (fixed_) return std::min(*fixed_, most);
  if (token_seconds_ == 0) return 0;
  int best = 0;
  double best_gain = kLeastGain;
  for (std::size_t i = 0; i < kLengths && kDrafts[i] <= most; ++i) {
    const double gain = promise(matched, kDrafts[i]) / price_[i];
    if (gain <= best_gain || price_[i] - 1 > savings_) continue;
    best = kDrafts[i];
    best_gain = gain;
  }
  return best;
}

void DraftGate::took(int n_drafted, Duration time) {
  // A pass that waited for another program says little of the model: no more than twice what was expected.
  if (n_drafted == 0) {
    if (token_seconds_ == 0) token_seconds_ = time.count();
    approach(token_seconds_, std::min(time.count(), 2 * token_seconds_), 0.1);
    savings_ = std::min(savings_ + kIncome, kMostSavings);
    return;
  }
  if (token_seconds_ == 0) return;  // a fixed draft came first
  const auto i = static_cast<std::size_t>(std::ranges::lower_bound(kDrafts, n_drafted) - kDrafts.begin());
  const double expected = price_[i], price = time.count() / token_seconds_;
  if (tried_[i]) approach(price_[i], std::min(price, 2 * expected), 0.2);
  else price_[i] = std::min(price, 4 * expected);
  tried_[i] = true;
  // What was not tried is likely to be as much dearer as this was.
  for (std::size_t j = i + 1; j < kLengths; ++j)
    if (!tried_[j]) price_[j] *= std::max(1.0, price_[i] / expected);
  savings_ = std::max(savings_ - (price - 1), kMostDebt);
}

void DraftGate::observe(int matched, bool right, bool checked) {
  approach(trust_[trust_index(matched)], right ? 1 : 0, 0.1);
  if (right) savings_ = std::min(savings_ + (checked ? 1 : kUncheckedIncome), kMostSavings);
}

}  // namespace sotto::engine
