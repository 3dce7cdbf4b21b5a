// Quantized matrix kernels for NEON with the int8 matrix product: smmla adds the 2x2 products of two rows and two
// tokens, 8 values of k each, straight into int32: no sum of a block comes near its bounds. A tile is 1 panel and 6
// tokens. One token is multiplied as if it were two.
#include "kernels/neon_lines.inc"

namespace sotto::kernels {
namespace {

constexpr int kTilePanels = 1, kTokensHeld = 6, kTokensDirect = 6;
constexpr int kByteZeroPoint = 0;  // int8 weights stay signed

inline uint8x16_t zip_low(uint8x16_t a, uint8x16_t b) noexcept {
  return vreinterpretq_u8_u32(vzip1q_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}
inline uint8x16_t zip_high(uint8x16_t a, uint8x16_t b) noexcept {
  return vreinterpretq_u8_u32(vzip2q_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}

// Two neighbouring lines become one of rows 0…7 and one of rows 8…15, 8 values of k each: two rows a register.
inline void arrange(Bytes (&line)[8]) noexcept {
#pragma GCC unroll 4
  for (int c = 0; c < 8; c += 2) {
    const Bytes a = line[c], b = line[c + 1];
    line[c] = {zip_low(a.of[0], b.of[0]), zip_high(a.of[0], b.of[0]), zip_low(a.of[1], b.of[1]),
               zip_high(a.of[1], b.of[1])};
    line[c + 1] = {zip_low(a.of[2], b.of[2]), zip_high(a.of[2], b.of[2]), zip_low(a.of[3], b.of[3]),
                   zip_high(a.of[3], b.of[3])};
  }
}

// The sums of 16 rows and two tokens. A register has those of two rows: row, tokens 0 and 1, next row, tokens 0 and 1.
struct PairSums {
  int32x4_t of[8];
};

inline PairSums joined(const Sums& token0, const Sums& token1) noexcept {
  PairSums out;
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    out.of[2 * i] = vzip1q_s32(token0.of[i], token1.of[i]);
    out.of[2 * i + 1] = vzip2q_s32(token0.of[i], token1.of[i]);
  }
  return out;
}

inline Sums first_token(const PairSums& x) noexcept {
  return by_fours([&](int i) { return vuzp1q_s32(x.of[2 * i], x.of[2 * i + 1]); });
}
inline Sums second_token(const PairSums& x) noexcept {
  return by_fours([&](int i) { return vuzp2q_s32(x.of[2 * i], x.of[2 * i + 1]); });
}

// sum += the lines [first, first + kLines) of each panel's block times what the tokens have there.
template <int kBits, int kLines, int kPanels, int kTokens, class Weights, class X>
inline void add_products(const Weights& weights, const X& x, int first, Sums (&sum)[kPanels][kTokens]) noexcept {
  static_assert(kPanels == 1);
  constexpr int kPairs = (kTokens + 1) / 2;
  constexpr auto kSecond = [](int pair) { return 2 * pair + 1 < kTokens ? 2 * pair + 1 : 2 * pair; };
  PairSums total[kPairs];
#pragma GCC unroll 4
  for (int p = 0; p < kPairs; ++p) total[p] = joined(sum[0][2 * p], sum[0][kSecond(p)]);
#pragma GCC unroll 8
  for (int c = first; c < first + kLines; ++c) {
    const Bytes line = weights.line(0, c);
    const int k = c / 2 * 8, rows = c % 2 * 4;  // as arrange() has them
#pragma GCC unroll 4
    for (int p = 0; p < kPairs; ++p) {
      const int8x16_t tokens = vcombine_s8(vld1_s8(x.values(2 * p) + k), vld1_s8(x.values(kSecond(p)) + k));
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i)
        total[p].of[rows + i] = vmmlaq_s32(total[p].of[rows + i], vreinterpretq_s8_u8(line.of[i]), tokens);
    }
  }
#pragma GCC unroll 4
  for (int p = 0; p < kPairs; ++p) {
    sum[0][2 * p] = first_token(total[p]);
    if (2 * p + 1 < kTokens) sum[0][2 * p + 1] = second_token(total[p]);
  }
}

}  // namespace
}  // namespace sotto::kernels

#include "kernels/matmul.inc"

namespace sotto::kernels {

void fill_neon_i8mm(Table& table) noexcept {
  fill_neon_dotprod(table);
  fill_matmul(table);
}

}  // namespace sotto::kernels
