// The exponential of many values, the same on every machine.
#pragma once

#include <bit>
#include <cstdint>

namespace sotto::engine {

// e^x for x <= 0, within 2e-7 of it; 0 below -87. Written out so that every machine rounds alike
// and the compiler can work on several values at once: 2^n * e^r with |r| <= ln(2)/2, e^r by its
// Taylor series.
inline float exp_of_nonpositive(float x) {
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
  const std::uint32_t exponent = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kRound);
  const float scale = std::bit_cast<float>((exponent + 127u) << 23);
  return x < -87.0f ? 0.0f : series * scale;
}

}  // namespace sotto::engine
