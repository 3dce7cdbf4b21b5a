// Quantized matrix kernels for AVX2 with AVX-VNNI: two registers hold a line, a tile is 1 panel and 3 tokens. vpdpbusd,
// in its VEX form, adds four products of unsigned weights and signed activations straight into int32: no sum of a block
// comes near its bounds.
#include "kernels/avx2_lines.inc"

namespace sotto::kernels {
namespace {

constexpr int kTilePanels = 1, kTokensHeld = 3, kTokensDirect = 3;
constexpr int kByteZeroPoint = 128;  // int8 weights become unsigned

inline Bytes whole_bytes(const Bytes& x) noexcept { return flipped_top_bits(x); }
inline Bytes offset_bytes(const Bytes& x) noexcept { return x; }  // of unsigned bytes, 128 too great

// sum += the lines [first, first + kLines) of each panel's block times what the tokens have there.
template <int kBits, int kLines, int kPanels, int kTokens, class Weights, class X>
inline void add_products(const Weights& weights, const X& x, int first, Sums (&sum)[kPanels][kTokens]) noexcept {
  static_assert(kPanels == 1);
#pragma GCC unroll 8
  for (int c = first; c < first + kLines; ++c) {
    const Bytes line = weights.line(0, c);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      const __m256i a = broadcast_dword(x.values(t) + 4 * c);
      sum[0][t].low = _mm256_dpbusd_avx_epi32(sum[0][t].low, line.low, a);
      sum[0][t].high = _mm256_dpbusd_avx_epi32(sum[0][t].high, line.high, a);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels

#include "kernels/matmul.inc"

#include "kernels/coarse.inc"

namespace sotto::kernels {

void fill_avx_vnni(Table& table) noexcept {
  fill_avx2(table);
  fill_matmul(table);
  fill_coarse(table);
}

}  // namespace sotto::kernels
