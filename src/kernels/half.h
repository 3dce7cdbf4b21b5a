// f16 and bf16 to f32 and f16 back in plain arithmetic, for code that no instruction set helps.
#pragma once

#include <cstdint>
#include <cstring>

namespace sotto::kernels {
namespace {

inline float bits_to_float(std::uint32_t bits) noexcept {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline std::uint32_t float_to_bits(float value) noexcept {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float half_to_float(std::uint16_t half) noexcept {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 31u;
  const std::uint32_t mantissa = half & 1023u;
  if (exponent == 0) return bits_to_float(float_to_bits(static_cast<float>(mantissa) * 0x1p-24f) | sign);
  if (exponent == 31) return bits_to_float(sign | 0x7f800000u | (mantissa << 13));
  return bits_to_float(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

// Of packed f16 the one at `index`.
inline float half_at(const std::uint8_t* bytes, int index) noexcept {
  std::uint16_t half;
  std::memcpy(&half, bytes + 2 * index, sizeof half);
  return half_to_float(half);
}

inline float bf16_to_float(std::uint16_t bits) noexcept { return bits_to_float(std::uint32_t{bits} << 16); }

// Rounds to nearest, ties to even; overflow gives infinity.
inline std::uint16_t float_to_half(float value) noexcept {
  const std::uint32_t bits = float_to_bits(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);
  if (magnitude < 0x38800000u) {  // subnormal: let the f32 adder round at 2^-24
    const float shifted = bits_to_float(magnitude) + 0.5f;
    return static_cast<std::uint16_t>(sign | (float_to_bits(shifted) - 0x3f000000u));
  }
  const std::uint32_t rounded = magnitude + 0x0fffu + ((magnitude >> 13) & 1u);
  return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

}  // namespace
}  // namespace sotto::kernels
