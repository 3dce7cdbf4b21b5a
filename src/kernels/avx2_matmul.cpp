// Quantized matrix kernels for AVX2: two registers hold a line, a tile is 1 panel and 3 tokens. vpmaddubsw multiplies
// unsigned weights and signed activations and adds pairs into int16; sums stay there as long as they cannot overflow,
// then vpmaddwd widens them. A product is at most 127 times the greatest weight, a pair of them twice that:
//   4 bits: 8 lines, 8 * 2 * 15 * 127 = 30,480       6 bits: 2 lines, 32,004
//   5 bits: 4 lines, 31,496                          8 bits: 1 line, 32,512 (|weight| <= 128)
// all below 32,768.
#include <immintrin.h>

#include "kernels/table.h"

namespace sotto::kernels {
namespace {

struct Bytes {
  __m256i low, high;  // rows 0…7, 8…15
};
struct Floats {
  __m256 low, high;
};
using Sums = Bytes;

constexpr int kTilePanels = 1, kTokensHeld = 3, kTokensDirect = 1;
constexpr int kByteZeroPoint = 0;  // int8 weights stay signed

constexpr int lines_in_int16(int bits) { return bits == 4 ? 8 : bits == 5 ? 4 : bits == 6 ? 2 : 1; }

inline __m256i load32(const std::uint8_t* from) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

inline Bytes load_line(const std::uint8_t* from) noexcept { return {load32(from), load32(from + 32)}; }

inline void store_line(std::uint8_t* to, const Bytes& line) noexcept {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), line.low);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 32), line.high);
}

inline Bytes masked(const Bytes& x, int mask) noexcept {
  const __m256i all = _mm256_set1_epi8(static_cast<char>(mask));
  return {_mm256_and_si256(x.low, all), _mm256_and_si256(x.high, all)};
}

inline Bytes low_nibbles(const Bytes& x) noexcept { return masked(x, 15); }
inline Bytes shift_right(const Bytes& x, int n) noexcept {
  return {_mm256_srli_epi16(x.low, n), _mm256_srli_epi16(x.high, n)};
}
inline Bytes whole_bytes(const Bytes& x) noexcept { return x; }
inline Bytes offset_bytes(const Bytes& x) noexcept {  // of unsigned bytes, 128 too great
  const __m256i top_bits = _mm256_set1_epi8(-128);
  return {_mm256_xor_si256(x.low, top_bits), _mm256_xor_si256(x.high, top_bits)};
}

// q with the bits of `upper` that kMask names above its nibble.
template <int kMask>
inline Bytes add_upper_bits(const Bytes& q, const Bytes& upper) noexcept {
  const Bytes bits = masked(upper, kMask);
  return {_mm256_or_si256(q.low, _mm256_slli_epi16(bits.low, 4)),
          _mm256_or_si256(q.high, _mm256_slli_epi16(bits.high, 4))};
}

// q below 16, with the lowest two bits of `lower` under it.
inline Bytes add_lower_bits(const Bytes& q, const Bytes& lower) noexcept {
  const Bytes bits = masked(lower, 3);
  return {_mm256_or_si256(_mm256_slli_epi16(q.low, 2), bits.low),
          _mm256_or_si256(_mm256_slli_epi16(q.high, 2), bits.high)};
}

inline Floats load_floats(const float* from) noexcept { return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)}; }
inline void store_floats(float* to, const Floats& x) noexcept {
  _mm256_storeu_ps(to, x.low);
  _mm256_storeu_ps(to + 8, x.high);
}
inline Floats broadcast(float x) noexcept { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline Floats product(const Floats& a, const Floats& b) noexcept {
  return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
}
inline Floats add_product(const Floats& a, const Floats& b, const Floats& c) noexcept {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
inline Floats negated(const Floats& x) noexcept {
  const __m256 zero = _mm256_setzero_ps();
  return {_mm256_sub_ps(zero, x.low), _mm256_sub_ps(zero, x.high)};
}

inline __m256 floats_of_8_halves(const std::uint8_t* from) noexcept {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
inline Floats floats_of_halves(const std::uint8_t* from) noexcept {
  return {floats_of_8_halves(from), floats_of_8_halves(from + 16)};
}

inline __m256 floats_of_8_bytes(std::uint64_t x) noexcept {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_cvtsi64_si128(static_cast<long long>(x))));
}
inline Floats floats_of_bytes(std::uint64_t first, std::uint64_t last) noexcept {
  return {floats_of_8_bytes(first), floats_of_8_bytes(last)};
}

inline Sums no_sums() noexcept { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
inline Floats floats_of_sums(const Sums& x) noexcept { return {_mm256_cvtepi32_ps(x.low), _mm256_cvtepi32_ps(x.high)}; }

inline Sums broadcast_sum(std::int32_t x) noexcept { return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }

inline __m256i broadcast_dword(const std::int8_t* x) noexcept {
  std::int32_t dword;
  __builtin_memcpy(&dword, x, sizeof dword);
  return _mm256_set1_epi32(dword);
}

// Products of neighbouring pairs, added into int16. 8 bits: |q| * (a with q's sign).
template <int kBits>
inline __m256i pairs(__m256i q, __m256i a) noexcept {
  if constexpr (kBits == 8) return _mm256_maddubs_epi16(_mm256_abs_epi8(q), _mm256_sign_epi8(a, q));
  return _mm256_maddubs_epi16(q, a);
}

inline void add_widened(const Bytes& narrow, Sums& sum) noexcept {
  const __m256i one = _mm256_set1_epi16(1);
  sum.low = _mm256_add_epi32(sum.low, _mm256_madd_epi16(narrow.low, one));
  sum.high = _mm256_add_epi32(sum.high, _mm256_madd_epi16(narrow.high, one));
}

// sum += the lines [first, first + kLines) of each panel's block times what the tokens have there.
template <int kBits, int kLines, int kPanels, int kTokens, class Weights, class X>
inline void add_products(const Weights& weights, const X& x, int first, Sums (&sum)[kPanels][kTokens]) noexcept {
  static_assert(kPanels == 1);
  constexpr int kSteps = lines_in_int16(kBits) < kLines ? lines_in_int16(kBits) : kLines;
#pragma GCC unroll 8
  for (int group = first; group < first + kLines; group += kSteps) {
    Bytes narrow[kTokens];
#pragma GCC unroll 8
    for (int c = group; c < group + kSteps; ++c) {
      const Bytes line = weights.line(0, c);
#pragma GCC unroll 3
      for (int t = 0; t < kTokens; ++t) {
        const __m256i a = broadcast_dword(x.values(t) + 4 * c);
        const __m256i low = pairs<kBits>(line.low, a), high = pairs<kBits>(line.high, a);
        narrow[t].low = c == group ? low : _mm256_add_epi16(narrow[t].low, low);
        narrow[t].high = c == group ? high : _mm256_add_epi16(narrow[t].high, high);
      }
    }
#pragma GCC unroll 3
    for (int t = 0; t < kTokens; ++t) add_widened(narrow[t], sum[0][t]);
  }
}

}  // namespace
}  // namespace sotto::kernels

#include "kernels/matmul.inc"

namespace sotto::kernels {

void fill_avx2_matmul(Table& table) noexcept { fill_matmul(table); }

}  // namespace sotto::kernels
