// Stands in for the compiler's <immintrin.h>: the intrinsics of all x86 instruction sets in plain C, from SIMDe, and
// those that Debian's SIMDe lacks, lane by lane as the processor's manual describes them.
#pragma once

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <simde/x86/f16c.h>
#include <simde/x86/fma.h>

#define _mm256_dpbusd_avx_epi32 simde_mm256_dpbusd_epi32
#define _MM_FROUND_NO_EXC SIMDE_MM_FROUND_NO_EXC
using __mmask16 = simde__mmask16;

namespace sotto_simde {

struct alignas(64) Floats {
  float lane[16];
};
struct alignas(64) Ints {
  int lane[16];
};

inline Floats lanes_of(__m512 x) {
  Floats out;
  _mm512_store_ps(out.lane, x);
  return out;
}

inline Ints lanes_of(__m512i x) {
  Ints out;
  _mm512_store_si512(out.lane, x);
  return out;
}

}  // namespace sotto_simde

static inline __m512 _mm512_cvtepi32_ps(__m512i x) {
  sotto_simde::Floats out;
  for (int i = 0; i < 16; ++i) out.lane[i] = static_cast<float>(sotto_simde::lanes_of(x).lane[i]);
  return _mm512_load_ps(out.lane);
}

// Rounds to nearest, ties to even.
static inline __m512i _mm512_cvtps_epi32(__m512 x) {
  sotto_simde::Ints out;
  for (int i = 0; i < 16; ++i) out.lane[i] = static_cast<int>(__builtin_rintf(sotto_simde::lanes_of(x).lane[i]));
  return _mm512_load_si512(out.lane);
}

static inline __m512i _mm512_cvtepi8_epi32(__m128i x) {
  signed char in[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(in), x);
  sotto_simde::Ints out;
  for (int i = 0; i < 16; ++i) out.lane[i] = in[i];
  return _mm512_load_si512(out.lane);
}

static inline __m512i _mm512_cvtepu8_epi32(__m128i x) {
  unsigned char in[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(in), x);
  sotto_simde::Ints out;
  for (int i = 0; i < 16; ++i) out.lane[i] = in[i];
  return _mm512_load_si512(out.lane);
}

static inline __m256i _mm512_cvtepi32_epi16(__m512i x) {
  short out[16];
  for (int i = 0; i < 16; ++i) out[i] = static_cast<short>(sotto_simde::lanes_of(x).lane[i]);
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(out));
}

static inline __m512 _mm512_cvtph_ps(__m256i x) {
  sotto_simde::Floats out;
  _mm256_store_ps(out.lane, _mm256_cvtph_ps(_mm256_extractf128_si256(x, 0)));
  _mm256_store_ps(out.lane + 8, _mm256_cvtph_ps(_mm256_extractf128_si256(x, 1)));
  return _mm512_load_ps(out.lane);
}

static inline float _mm512_reduce_max_ps(__m512 x) {
  float most = sotto_simde::lanes_of(x).lane[0];
  for (const float lane : sotto_simde::lanes_of(x).lane) most = lane > most ? lane : most;
  return most;
}

// x less the integer below it: the one rounding that the kernels ask for.
static inline __m512 _mm512_reduce_ps(__m512 x, int /*down*/) {
  sotto_simde::Floats out = sotto_simde::lanes_of(x);
  for (float& lane : out.lane) lane -= __builtin_floorf(lane);
  return _mm512_load_ps(out.lane);
}

// Of memory only the lanes that the mask names are touched.
static inline __m512 _mm512_maskz_loadu_ps(__mmask16 mask, const float* from) {
  sotto_simde::Floats out = {};
  for (int i = 0; i < 16; ++i) {
    if ((mask >> i & 1) != 0) out.lane[i] = from[i];
  }
  return _mm512_load_ps(out.lane);
}

static inline void _mm512_mask_storeu_ps(float* to, __mmask16 mask, __m512 x) {
  const sotto_simde::Floats in = sotto_simde::lanes_of(x);
  for (int i = 0; i < 16; ++i) {
    if ((mask >> i & 1) != 0) to[i] = in.lane[i];
  }
}

static inline int _mm512_reduce_max_epi32(__m512i x) {
  int most = sotto_simde::lanes_of(x).lane[0];
  for (const int lane : sotto_simde::lanes_of(x).lane) most = lane > most ? lane : most;
  return most;
}

// Halves are added until one lane is left.
static inline float _mm512_reduce_add_ps(__m512 x) {
  sotto_simde::Floats sum = sotto_simde::lanes_of(x);
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) sum.lane[i] += sum.lane[i + half];
  }
  return sum.lane[0];
}
