// One block of each GGUF type to f32, for dequantize.cpp alone. `at`: the block's bytes, at any alignment; `out`: its
// values, 32 of them where the name has no K and nothing else is said, else 256.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/half.h"

// Results are rounded after each operation: a multiply and an add that the compiler joins would round once instead of
// twice.
#if defined(__clang__)
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

namespace sotto::kernels::blocks {

using Bytes = const std::uint8_t*;

void q2_k(Bytes at, float* out) noexcept;
void q3_k(Bytes at, float* out) noexcept;
void q4_k(Bytes at, float* out) noexcept;
void q5_k(Bytes at, float* out) noexcept;
void q6_k(Bytes at, float* out) noexcept;
void q8_k(Bytes at, float* out) noexcept;

// 256 values
void iq1_s(Bytes at, float* out) noexcept;
void iq1_m(Bytes at, float* out) noexcept;
void iq2_xxs(Bytes at, float* out) noexcept;
void iq2_xs(Bytes at, float* out) noexcept;
void iq2_s(Bytes at, float* out) noexcept;
void iq3_xxs(Bytes at, float* out) noexcept;
void iq3_s(Bytes at, float* out) noexcept;
void iq4_xs(Bytes at, float* out) noexcept;
void tq1_0(Bytes at, float* out) noexcept;
void tq2_0(Bytes at, float* out) noexcept;

void iq4_nl(Bytes at, float* out) noexcept;
void mxfp4(Bytes at, float* out) noexcept;
void nvfp4(Bytes at, float* out) noexcept;  // 64 values
void q1_0(Bytes at, float* out) noexcept;   // 128 values
void q2_0(Bytes at, float* out) noexcept;   // 64 values

namespace {

template <class T>
T load(Bytes at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

inline float load_half(Bytes at) noexcept { return half_to_float(load<std::uint16_t>(at)); }

// Of 32 values, the first 16 stand in the low halves of 16 bytes and the rest in the high halves.
inline int nibble(Bytes quants, int i) noexcept { return i < 16 ? quants[i] & 15 : quants[i - 16] >> 4; }

}  // namespace
}  // namespace sotto::kernels::blocks
