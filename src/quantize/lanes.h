// Four floats at a time, as every processor has them; the compiler chooses the instructions. Sums are made in the same
// order everywhere.
#pragma once

#include <cstdint>
#include <cstring>

namespace sotto::quantize {

using F4 [[gnu::vector_size(16)]] = float;
using I4 [[gnu::vector_size(16)]] = std::int32_t;

inline F4 load4(const float* at) noexcept {
  F4 values;
  std::memcpy(&values, at, sizeof values);
  return values;
}

inline F4 all4(float value) noexcept { return F4{value, value, value, value}; }

inline float sum4(F4 v) noexcept { return (v[0] + v[1]) + (v[2] + v[3]); }

inline float least4(F4 v) noexcept {
  const float a = v[0] < v[1] ? v[0] : v[1], b = v[2] < v[3] ? v[2] : v[3];
  return a < b ? a : b;
}

inline float most4(F4 v) noexcept { return -least4(-v); }

// To the nearest integer, ties to even, by the f32 adder: for magnitudes below 2^22.
inline F4 round4(F4 v) noexcept {
  constexpr float kMagic = 0x1.8p23f;
  return (v + kMagic) - kMagic;
}

// A NaN becomes `low`.
inline F4 clamp4(F4 v, float low, float high) noexcept {
  v = v > all4(low) ? v : all4(low);
  return v < all4(high) ? v : all4(high);
}

// 1 / d, and 0 where that is no use: every value is then 0.
inline float inverse(float d) noexcept { return d > 1e-30f || d < -1e-30f ? 1.0f / d : 0.0f; }

}  // namespace sotto::quantize
