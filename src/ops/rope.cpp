#include "ops/rope.h"

#include <cmath>

namespace sotto::ops {

void RopeTable::fill(int first_position, int n_tokens, int rope_dim, float theta, float position_scale,
                     std::span<const float> factors) {
  half_ = rope_dim / 2;
  const auto half = static_cast<std::size_t>(half_);
  cos_.resize(static_cast<std::size_t>(n_tokens) * half);
  sin_.resize(cos_.size());
  for (std::size_t i = 0; i < half; ++i) {
    double frequency = std::pow(static_cast<double>(theta), -2.0 * static_cast<double>(i) / rope_dim) * position_scale;
    if (!factors.empty()) frequency /= factors[i];
    for (int t = 0; t < n_tokens; ++t) {
      const double angle = (first_position + t) * frequency;
      cos_[static_cast<std::size_t>(t) * half + i] = static_cast<float>(std::cos(angle));
      sin_[static_cast<std::size_t>(t) * half + i] = static_cast<float>(std::sin(angle));
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
