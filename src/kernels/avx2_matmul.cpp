// Quantized matrix kernels for AVX2: two registers hold a line, a tile is 1 panel and 3 tokens. vpmaddubsw multiplies
// unsigned weights and signed activations and adds pairs into int16; sums stay there as long as they cannot overflow,
// then vpmaddwd widens them. A product is at most 127 times the greatest weight, a pair of them twice that:
//   up to 4 bits: 8 lines, 8 * 2 * 15 * 127 = 30,480    6 bits: 2 lines, 32,004
//   5 bits: 4 lines, 31,496                             8 bits: 1 line, 32,512 (|weight| <= 128)
// all below 32,768.
#include "kernels/avx2_lines.inc"

namespace sotto::kernels {
namespace {

constexpr int kTilePanels = 1, kTokensHeld = 3, kTokensDirect = 1;
constexpr int kByteZeroPoint = 0;  // int8 weights stay signed

constexpr int lines_in_int16(int bits) { return bits <= 4 ? 8 : bits == 5 ? 4 : bits == 6 ? 2 : 1; }

inline Bytes whole_bytes(const Bytes& x) noexcept { return x; }
inline Bytes offset_bytes(const Bytes& x) noexcept { return flipped_top_bits(x); }  // of unsigned bytes, 128 too great

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

// Of several tokens, what was added stands in a register from here on. gcc would gather a block's products first,
// dozens of them, and add them all in the end: through memory, which takes longer than the products.
template <int kTokens>
inline void settle(Bytes& sum) noexcept {
#ifdef __AVX2__  // not where tests emulate it
  if constexpr (kTokens > 1) asm("" : "+x"(sum.low), "+x"(sum.high));
#endif
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
        settle<kTokens>(narrow[t]);
      }
    }
#pragma GCC unroll 3
    for (int t = 0; t < kTokens; ++t) {
      add_widened(narrow[t], sum[0][t]);
      settle<kTokens>(sum[0][t]);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels

#include "kernels/matmul.inc"

namespace sotto::kernels {

void fill_avx2_matmul(Table& table) noexcept { fill_matmul(table); }

}  // namespace sotto::kernels
