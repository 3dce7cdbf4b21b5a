// Attention over int8 keys and values for NEON with the dot product: sdot for the scores, 4 positions and 4 dims an
// instruction; values are taken apart by position, so that a weight meets 4 dims at a time.
#include <arm_neon.h>

#include "kernels/attention.inc"

namespace sotto::kernels {
namespace {

inline int8x16_t broadcast_dword(const std::int8_t* x) noexcept {
  std::int32_t dword;
  std::memcpy(&dword, x, sizeof dword);
  return vreinterpretq_s8_s32(vdupq_n_s32(dword));
}

// 16 dims' sums += weight * values.
inline void add_weighted(int8x16_t values, std::int16_t weight, int32x4_t (&sum)[4]) noexcept {
  const int16x8_t low = vmovl_s8(vget_low_s8(values)), high = vmovl_high_s8(values);
  sum[0] = vmlal_n_s16(sum[0], vget_low_s16(low), weight);
  sum[1] = vmlal_high_n_s16(sum[1], low, weight);
  sum[2] = vmlal_n_s16(sum[2], vget_low_s16(high), weight);
  sum[3] = vmlal_high_n_s16(sum[3], high, weight);
}

struct Products : TiledProducts<Products> {
  template <int kRows>
  static void score_positions(const std::uint8_t* keys, const Int8Queries& queries, int first, SpanRow* rows,
                              int position) noexcept {
    const int d = queries.head_dim;
    int32x4_t sum[kRows][4];
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < 4; ++v) sum[r][v] = vdupq_n_s32(0);
    }
    for (int i = 0; i < d; i += 4, keys += 4 * kKeyChunk) {
      int8x16_t key[4];  // less 128: signed
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) key[v] = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(keys + 16 * v), vdupq_n_u8(0x80)));
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        const int8x16_t q = broadcast_dword(queries.values + (first + r) * d + i);
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) sum[r][v] = vdotq_s32(sum[r][v], key[v], q);
      }
    }
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < 4; ++v) vst1q_s32(rows[r].products + position + 4 * v, sum[r][v]);
    }
  }

  // 16 dims from `dim` on.
  template <int kRows>
  static void weigh_dims(const Int8Span& span, ChunkRange seen, const SpanRow* rows, int head_dim, int dim,
                         float* out) noexcept {
    int32x4_t sum[kRows][4];
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < 4; ++v) sum[r][v] = vdupq_n_s32(0);
    }
    for (int p = seen.first * kKeyChunk; p < seen.last * kKeyChunk; p += 4) {
      const std::uint8_t* bytes = span.chunks[p / kKeyChunk] + kKeyChunk * head_dim;
      const auto* values = reinterpret_cast<const std::int8_t*>(bytes + (p % kKeyChunk / 4 * head_dim + dim) * 4);
      const int8x16x4_t of_byte = vld4q_s8(values);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) add_weighted(of_byte.val[byte_of_position(i)], rows[r].weights[p + i], sum[r]);
      }
    }
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < 4; ++v)
        vst1q_f32(out + r * head_dim + 4 * v, vmulq_n_f32(vcvtq_f32_s32(sum[r][v]), rows[r].weight_scale));
    }
  }
};

}  // namespace

void fill_neon_attention(Table& table) noexcept { fill_attention<Products>(table); }

}  // namespace sotto::kernels
