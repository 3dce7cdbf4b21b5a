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

inline void add_dot(Sums& sum, const Bytes& line, __m256i dword) noexcept {
  sum.low = _mm256_dpbusd_avx_epi32(sum.low, line.low, dword);
  sum.high = _mm256_dpbusd_avx_epi32(sum.high, line.high, dword);
}

}  // namespace
}  // namespace sotto::kernels

#include "kernels/dot_products.inc"

#include "kernels/matmul.inc"

namespace sotto::kernels {

void fill_avx_vnni(Table& table) noexcept {
  fill_avx2(table);
  fill_matmul(table);
}

}  // namespace sotto::kernels
