#include "model/routing.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace sotto::model {
namespace {

void softmax(std::span<float> scores) {
  const float greatest = *std::max_element(scores.begin(), scores.end());
  float sum = 0;
  for (float& score : scores) sum += score = std::exp(score - greatest);
  for (float& score : scores) score /= sum;
}

}  // namespace

void Routing::choose(std::vector<float>& scores, int n_tokens, const Experts& experts) {
  const auto count = static_cast<std::size_t>(experts.count);
  tokens_.resize(count);
  for (auto& tokens : tokens_) tokens.clear();
  order_.resize(count);
  for (int t = 0; t < n_tokens; ++t) {
    const std::span<float> shares(scores.data() + static_cast<std::size_t>(t) * count, count);
    softmax(shares);
    std::iota(order_.begin(), order_.end(), 0);
    const auto share_of = [&](int expert) { return shares[static_cast<std::size_t>(expert)]; };
    const auto greater = [&](int a, int b) {
      const float x = std::isnan(share_of(a)) ? -1.0f : share_of(a), y = std::isnan(share_of(b)) ? -1.0f : share_of(b);
      return x != y ? x > y : a < b;
    };
    std::partial_sort(order_.begin(), order_.begin() + experts.used, order_.end(), greater);
    float sum = 0;
    for (int i = 0; i < experts.used; ++i) sum += share_of(order_[static_cast<std::size_t>(i)]);
    for (int i = 0; i < experts.used; ++i) {
      const int expert = order_[static_cast<std::size_t>(i)];
      tokens_[static_cast<std::size_t>(expert)].push_back({t, share_of(expert) / (experts.sum_to_1 ? sum : 1.0f)});
    }
  }
}

}  // namespace sotto::model
