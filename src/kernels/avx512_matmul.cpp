// Quantized matrix kernels for AVX-512 with VNNI: a register holds a line, a tile is 2 panels and 6 tokens. vpdpbusd
// adds four products of unsigned weights and signed activations straight into int32: no sum of a block comes near its
// bounds.
#include <immintrin.h>

#include "kernels/table.h"

namespace sotto::kernels {
namespace {

using Bytes = __m512i;
using Floats = __m512;
using Sums = __m512i;

constexpr int kTilePanels = 2, kTokensHeld = 6, kTokensDirect = 8;
constexpr int kByteZeroPoint = 128;  // int8 weights become unsigned

inline Bytes load_line(const std::uint8_t* from) noexcept { return _mm512_loadu_si512(from); }
inline void store_line(std::uint8_t* to, Bytes line) noexcept { _mm512_storeu_si512(to, line); }
template <int kMask>
inline Bytes masked(Bytes x) noexcept {
  return _mm512_and_si512(x, _mm512_set1_epi8(kMask));
}
inline Bytes low_nibbles(Bytes x) noexcept { return masked<15>(x); }
// q with the bits of x that kMask names.
template <int kMask>
inline Bytes with_bits(Bytes q, Bytes x) noexcept {
  return _mm512_or_si512(q, masked<kMask>(x));
}
inline Bytes shift_right(Bytes x, int n) noexcept { return _mm512_srli_epi16(x, static_cast<unsigned>(n)); }
inline Bytes whole_bytes(Bytes x) noexcept { return _mm512_xor_si512(x, _mm512_set1_epi8(-128)); }
inline Bytes offset_bytes(Bytes x) noexcept { return x; }  // of unsigned bytes, 128 too great

// q with the bits of `upper` that kMask names above its nibble.
template <int kMask>
inline Bytes add_upper_bits(Bytes q, Bytes upper) noexcept {
  return _mm512_or_si512(q, _mm512_slli_epi16(masked<kMask>(upper), 4));
}

// q below 16, with the lowest two bits of `lower` under it.
inline Bytes add_lower_bits(Bytes q, Bytes lower) noexcept {
  return _mm512_or_si512(_mm512_slli_epi16(q, 2), masked<3>(lower));
}

// table[q] for q below 16. table: 16 bytes, 16-aligned.
inline Bytes looked_up(const std::uint8_t* table, Bytes q) noexcept {
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(table))), q);
}

inline void arrange(Bytes (&)[8]) noexcept {}  // lines are multiplied as they lie

inline Floats load_floats(const float* from) noexcept { return _mm512_loadu_ps(from); }
inline void store_floats(float* to, Floats x) noexcept { _mm512_storeu_ps(to, x); }
inline Floats broadcast(float x) noexcept { return _mm512_set1_ps(x); }
inline Floats product(Floats a, Floats b) noexcept { return _mm512_mul_ps(a, b); }
inline Floats add_product(Floats a, Floats b, Floats c) noexcept { return _mm512_fmadd_ps(a, b, c); }
inline Floats negated(Floats x) noexcept { return _mm512_sub_ps(_mm512_setzero_ps(), x); }

inline Floats floats_of_halves(const std::uint8_t* from) noexcept {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

inline Floats floats_of_bytes(RowWords x) noexcept {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(&x))));
}

// Half of what E8M0 stands for: 2^(e - 128), which is subnormal for e below 2.
inline Floats halves_of_exponents(const std::uint8_t* from) noexcept {
  const __m512i e = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i normal = _mm512_slli_epi32(_mm512_sub_epi32(e, one), 23);
  return _mm512_castsi512_ps(_mm512_max_epi32(normal, _mm512_slli_epi32(_mm512_add_epi32(e, one), 21)));
}

inline Sums no_sums() noexcept { return _mm512_setzero_si512(); }
inline Floats floats_of_sums(Sums x) noexcept { return _mm512_cvtepi32_ps(x); }

inline Sums broadcast_sum(std::int32_t x) noexcept { return _mm512_set1_epi32(x); }

inline __m512i broadcast_dword(const std::int8_t* x) noexcept {
  std::int32_t dword;
  __builtin_memcpy(&dword, x, sizeof dword);
  return _mm512_set1_epi32(dword);
}

inline void add_dot(Sums& sum, Bytes line, __m512i dword) noexcept { sum = _mm512_dpbusd_epi32(sum, line, dword); }

}  // namespace
}  // namespace sotto::kernels

#include "kernels/dot_products.inc"

#include "kernels/matmul.inc"

namespace sotto::kernels {

void fill_avx512_matmul(Table& table) noexcept { fill_matmul(table); }

}  // namespace sotto::kernels
