// Quantized matrix kernels for NEON with the dot product: four registers hold a line, a tile is 1 panel and 3 tokens.
// sdot adds four products of signed bytes straight into int32: no sum of a block comes near its bounds. Weights of up
// to 6 bits are at most 63, so that they are signed bytes as they are.
#include "kernels/neon_lines.inc"

namespace sotto::kernels {
namespace {

constexpr int kTilePanels = 1, kTokensHeld = 3, kTokensDirect = 3;
constexpr int kByteZeroPoint = 0;  // int8 weights stay signed

inline void arrange(Bytes (&)[8]) noexcept {}  // lines are multiplied as they lie

// The same 4 bytes in every row.
inline int8x16_t broadcast_dword(const std::int8_t* x) noexcept {
  std::int32_t dword;
  __builtin_memcpy(&dword, x, sizeof dword);
  return vreinterpretq_s8_s32(vdupq_n_s32(dword));
}

// sum += the lines [first, first + kLines) of each panel's block times what the tokens have there.
template <int kBits, int kLines, int kPanels, int kTokens, class Weights, class X>
inline void add_products(const Weights& weights, const X& x, int first, Sums (&sum)[kPanels][kTokens]) noexcept {
  static_assert(kPanels == 1);
#pragma GCC unroll 8
  for (int c = first; c < first + kLines; ++c) {
    const Bytes line = weights.line(0, c);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      const int8x16_t a = broadcast_dword(x.values(t) + 4 * c);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) sum[0][t].of[i] = vdotq_s32(sum[0][t].of[i], vreinterpretq_s8_u8(line.of[i]), a);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels

#include "kernels/matmul.inc"

#include "kernels/coarse.inc"

namespace sotto::kernels {

void fill_neon_matmul(Table& table) noexcept {
  fill_matmul(table);
  fill_coarse(table);
}

}  // namespace sotto::kernels
