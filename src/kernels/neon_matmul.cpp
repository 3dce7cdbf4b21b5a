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

inline void add_dot(Sums& sum, const Bytes& line, int8x16_t dword) noexcept {
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) sum.of[i] = vdotq_s32(sum.of[i], vreinterpretq_s8_u8(line.of[i]), dword);
}

}  // namespace
}  // namespace sotto::kernels

#include "kernels/dot_products.inc"

#include "kernels/matmul.inc"

namespace sotto::kernels {

void fill_neon_matmul(Table& table) noexcept { fill_matmul(table); }

}  // namespace sotto::kernels
