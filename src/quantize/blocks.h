// One block of each format from f32, for quantizer.cpp alone.
//
// x: the block's values; w: the weight of each value's squared error, at least 0, none a NaN; out: the block's bytes.
// 32 values where the name has no K and no XS, else 256.
#pragma once

#include <cstdint>
#include <cstring>

// Before a definition: it is compiled for AVX2 as well, with all that it calls, and the processor decides. The
// arithmetic is the same, operation for operation. Sanitizers do not bear the functions that choose.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define SOTTO_BLOCK [[gnu::flatten, gnu::target_clones("avx2", "default")]]
#else
#define SOTTO_BLOCK
#endif

namespace sotto::quantize::blocks {

void q4_0(const float* x, const float* w, std::uint8_t* out) noexcept;
void q4_1(const float* x, const float* w, std::uint8_t* out) noexcept;
void q5_0(const float* x, const float* w, std::uint8_t* out) noexcept;
void q5_1(const float* x, const float* w, std::uint8_t* out) noexcept;
void q8_0(const float* x, const float* w, std::uint8_t* out) noexcept;
void iq4_nl(const float* x, const float* w, std::uint8_t* out) noexcept;

void q3_k(const float* x, const float* w, std::uint8_t* out) noexcept;
void q4_k(const float* x, const float* w, std::uint8_t* out) noexcept;
void q5_k(const float* x, const float* w, std::uint8_t* out) noexcept;
void q6_k(const float* x, const float* w, std::uint8_t* out) noexcept;
void iq4_xs(const float* x, const float* w, std::uint8_t* out) noexcept;

template <class T>
void store(std::uint8_t* at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

// 32 codes of 4 bits: the first 16 in the low halves of 16 bytes, the rest in the high halves. Higher bits are dropped.
inline void store_nibbles(const std::uint8_t* codes, std::uint8_t* out) noexcept {
  for (int i = 0; i < 16; ++i) out[i] = static_cast<std::uint8_t>((codes[i] & 15) | (codes[i + 16] & 15) << 4);
}

}  // namespace sotto::quantize::blocks
