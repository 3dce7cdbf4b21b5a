// f32 and f16 kernels for AVX2 with FMA and F16C.
#include <immintrin.h>

#include "kernels/lanes.inc"
#include "kernels/table.h"

namespace sotto::kernels {

void fill_avx2_matmul(Table& table) noexcept;
void fill_avx2_attention(Table& table) noexcept;

namespace {

// c [kRows, 16] = a [kRows, k] · b [k, 16]: two accumulators a row, each summed in the order of k.
template <int kRows>
inline void gemm_tile(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, float* c,
                      std::int64_t c_stride, std::int64_t k) noexcept {
  __m256 sum[kRows][2];
  for (int r = 0; r < kRows; ++r) sum[r][0] = sum[r][1] = _mm256_setzero_ps();
  for (std::int64_t l = 0; l < k; ++l) {
    const __m256 b0 = _mm256_loadu_ps(b + l * b_stride);
    const __m256 b1 = _mm256_loadu_ps(b + l * b_stride + 8);
    for (int r = 0; r < kRows; ++r) {
      const __m256 value = _mm256_broadcast_ss(a + r * a_stride + l);
      sum[r][0] = _mm256_fmadd_ps(value, b0, sum[r][0]);
      sum[r][1] = _mm256_fmadd_ps(value, b1, sum[r][1]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    _mm256_storeu_ps(c + r * c_stride, sum[r][0]);
    _mm256_storeu_ps(c + r * c_stride + 8, sum[r][1]);
  }
}

template <int kRows>
inline void gemm_rows(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, float* c,
                      std::int64_t c_stride, std::int64_t n, std::int64_t k) noexcept {
  for (std::int64_t j = 0; j < n; j += 16) gemm_tile<kRows>(a, a_stride, b + j, b_stride, c + j, c_stride, k);
}

void gemm(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, float* c, std::int64_t c_stride,
          std::int64_t m, std::int64_t n, std::int64_t k) noexcept {
  std::int64_t i = 0;
  for (; i + 6 <= m; i += 6) gemm_rows<6>(a + i * a_stride, a_stride, b, b_stride, c + i * c_stride, c_stride, n, k);
  for (; i + 2 <= m; i += 2) gemm_rows<2>(a + i * a_stride, a_stride, b, b_stride, c + i * c_stride, c_stride, n, k);
  for (; i < m; ++i) gemm_rows<1>(a + i * a_stride, a_stride, b, b_stride, c + i * c_stride, c_stride, n, k);
}

void f16_to_f32(const std::uint16_t* x, float* out, std::int64_t n) noexcept {
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x + i))));
  }
  for (; i < n; ++i) out[i] = half_to_float(x[i]);
}

void f32_to_f16(const float* x, std::uint16_t* out, std::int64_t n) noexcept {
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m128i halves = _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), halves);
  }
  for (; i < n; ++i) out[i] = float_to_half(x[i]);
}

// The greatest of 8 int32.
inline std::int32_t horizontal_max(__m256i x) noexcept {
  __m128i most = _mm_max_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  most = _mm_max_epi32(most, _mm_unpackhi_epi64(most, most));
  most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 1));
  return _mm_cvtsi128_si32(most);
}

// The sum of 16 int16.
inline std::int32_t horizontal_sum(__m256i x) noexcept {
  const __m256i pairs = _mm256_madd_epi16(x, _mm256_set1_epi16(1));
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
  sum = _mm_add_epi32(sum, _mm_unpackhi_epi64(sum, sum));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 1));
  return _mm_cvtsi128_si32(sum);
}

// 16 values: rounded to int8 and stored, their sum returned.
inline std::int32_t quantize_half(__m256 x0, __m256 x1, __m256 inverse, std::int8_t* values) noexcept {
  const __m256i q0 = _mm256_cvtps_epi32(_mm256_mul_ps(x0, inverse)),
                q1 = _mm256_cvtps_epi32(_mm256_mul_ps(x1, inverse));
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(q0, q1), 0xd8);
  const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(values), bytes);
  return horizontal_sum(words);
}

void quantize(const float* x, std::int64_t n_blocks, QuantizedTile* tiles, int t) noexcept {
  const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
  for (std::int64_t b = 0; b < n_blocks; ++b) {
    QuantizedTile& tile = tiles[b];
    __m256 in[4];
    __m256i most = _mm256_setzero_si256();
    for (int i = 0; i < 4; ++i) {
      in[i] = _mm256_loadu_ps(x + b * kBlock + 8 * i);
      most = _mm256_max_epi32(most, _mm256_and_si256(_mm256_castps_si256(in[i]), magnitude));
    }
    const std::int32_t bits = horizontal_max(most);
    if (bits >= kInfinityBits) {
      poison(tile, t);
      continue;
    }
    const float greatest = bits < kLeastBits ? 0.0f : bits_to_float(static_cast<std::uint32_t>(bits));
    const __m256 inverse = _mm256_set1_ps(greatest > 0 ? 127.0f / greatest : 0.0f);
    tile.scales[t] = greatest / 127.0f;
    const std::int32_t first = quantize_half(in[0], in[1], inverse, tile.values[t]);
    set_sums(tile, t, first, first + quantize_half(in[2], in[3], inverse, tile.values[t] + 16));
  }
}

}  // namespace

void fill_avx2(Table& table) noexcept {
  fill_scalar(table);
  fill_lanes(table);
  table.quantize = quantize;
  table.gemm = gemm;
  table.f16_to_f32 = f16_to_f32;
  table.f32_to_f16 = f32_to_f16;
  fill_avx2_matmul(table);
  fill_avx2_attention(table);
}

}  // namespace sotto::kernels
