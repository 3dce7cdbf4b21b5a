#include "ops/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sotto::ops {

namespace {

// The theta whose slowest frequency is divided by about as much as the context is longer.
double dynamic_theta(const Rope& rope, int rope_dim, int ctx_tokens) {
  const double times = static_cast<double>(ctx_tokens) / rope.original_ctx_tokens;
  return rope.theta * std::pow(rope.factor * times - (rope.factor - 1), rope_dim / (rope_dim - 2.0));
}

// How much of frequency `i` is left as it is: 1 where it is fast, 0 where it is slow, and a ramp between.
class YarnRamp {
 public:
  YarnRamp(const Rope& rope, int rope_dim)
      : first_(std::max(0.0, std::floor(place_of(rope.beta_fast, rope, rope_dim)))),
        last_(std::min(rope_dim - 1.0, std::ceil(place_of(rope.beta_slow, rope, rope_dim)))) {}

  double kept(int i) const {
    const double length = last_ == first_ ? 0.001 : last_ - first_;
    return 1 - std::clamp((i - first_) / length, 0.0, 1.0);
  }

 private:
  // The index, not whole, of the frequency that turns so often in the original context.
  static double place_of(double turns, const Rope& rope, int rope_dim) {
    const double theta = rope.theta;
    return rope_dim * std::log(rope.original_ctx_tokens / (turns * 2 * std::numbers::pi)) / (2 * std::log(theta));
  }

  double first_, last_;
};

}  // namespace

RopeFrequencies rope_frequencies(const Rope& rope, int rope_dim, int ctx_tokens, std::span<const float> factors) {
  const bool dynamic = rope.scaling == RopeScaling::kDynamic && rope.is_long(ctx_tokens);
  const double theta = dynamic ? dynamic_theta(rope, rope_dim, ctx_tokens) : rope.theta;
  RopeFrequencies frequencies{std::vector<double>(static_cast<std::size_t>(rope_dim / 2)), rope.magnitude};
  for (int i = 0; i < rope_dim / 2; ++i) {
    double& radians = frequencies.radians[static_cast<std::size_t>(i)];
    radians = std::pow(theta, -2.0 * i / rope_dim);
    if (!factors.empty()) radians /= factors[static_cast<std::size_t>(i)];
    if (rope.scaling == RopeScaling::kLinear) radians /= rope.factor;
    if (rope.scaling != RopeScaling::kYarn) continue;
    const double kept = YarnRamp(rope, rope_dim).kept(i);
    radians = radians * kept + radians / rope.factor * (1 - kept);
  }
  return frequencies;
}

void RopeTable::resize(int n_tokens, int n_frequencies) {
  half_ = n_frequencies;
  cos_.resize(static_cast<std::size_t>(n_tokens) * static_cast<std::size_t>(half_));
  sin_.resize(cos_.size());
}

void RopeTable::fill(int first, int n_tokens, int position, const RopeFrequencies& frequencies) {
  for (int t = 0; t < n_tokens; ++t) {
    float* cosines = cos_.data() + (first + t) * half_;
    float* sines = sin_.data() + (first + t) * half_;
    for (int i = 0; i < half_; ++i) {
      const double angle = (position + t) * frequencies.radians[static_cast<std::size_t>(i)];
      cosines[i] = static_cast<float>(std::cos(angle)) * frequencies.magnitude;
      sines[i] = static_cast<float>(std::sin(angle)) * frequencies.magnitude;
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
