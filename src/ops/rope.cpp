#include "ops/rope.h"

#include <cmath>

namespace sotto::ops {

std::vector<double> rope_frequencies(int rope_dim, float theta, float position_scale, std::span<const float> factors) {
  std::vector<double> frequencies(static_cast<std::size_t>(rope_dim / 2));
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const double exponent = -2.0 * static_cast<double>(i) / rope_dim;
    frequencies[i] = std::pow(static_cast<double>(theta), exponent) * position_scale;
    if (!factors.empty()) frequencies[i] /= factors[i];
  }
  return frequencies;
}

void RopeTable::resize(int n_tokens, int n_frequencies) {
  half_ = n_frequencies;
  cos_.resize(static_cast<std::size_t>(n_tokens) * static_cast<std::size_t>(half_));
  sin_.resize(cos_.size());
}

void RopeTable::fill(int first, int n_tokens, int position, std::span<const double> frequencies) {
  for (int t = 0; t < n_tokens; ++t) {
    float* cosines = cos_.data() + (first + t) * half_;
    float* sines = sin_.data() + (first + t) * half_;
    for (int i = 0; i < half_; ++i) {
      const double angle = (position + t) * frequencies[static_cast<std::size_t>(i)];
      cosines[i] = static_cast<float>(std::cos(angle));
      sines[i] = static_cast<float>(std::sin(angle));
    }
  }
}

void RopeTable::rotate(float* head, int token, bool halves) const {
  const float* cosines = cos_.data() + token * half_;
  const float* sines = sin_.data() + token * half_;
  const int step = halves ? 1 : 2, distance = halves ? half_ : 1;
  for (int i = 0; i < half_; ++i) {
    const float x = head[i * step], y = head[i * step + distance];
    head[i * step] = x * cosines[i] - y * sines[i];
    head[i * step + distance] = x * sines[i] + y * cosines[i];
  }
}

}  // namespace sotto::ops
