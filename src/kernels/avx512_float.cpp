// f32 kernels for AVX-512.
#include <immintrin.h>

#include "kernels/lanes.inc"
#include "kernels/table.h"

namespace sotto::kernels {

void fill_avx512_matmul(Table& table) noexcept;
void fill_avx512_attention(Table& table) noexcept;

namespace {

// c [kRows, 16] = a [kRows, k] · b [k, 16], each element summed in the order of k.
template <int kRows>
void gemm_rows(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, float* c,
               std::int64_t c_stride, std::int64_t n, std::int64_t k) noexcept {
  for (std::int64_t j = 0; j < n; j += 16) {
    __m512 sum[kRows];
    for (int r = 0; r < kRows; ++r) sum[r] = _mm512_setzero_ps();
    for (std::int64_t l = 0; l < k; ++l) {
      const __m512 row = _mm512_loadu_ps(b + l * b_stride + j);
      for (int r = 0; r < kRows; ++r) sum[r] = _mm512_fmadd_ps(_mm512_set1_ps(a[r * a_stride + l]), row, sum[r]);
    }
    for (int r = 0; r < kRows; ++r) _mm512_storeu_ps(c + r * c_stride + j, sum[r]);
  }
}

void gemm(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, float* c, std::int64_t c_stride,
          std::int64_t m, std::int64_t n, std::int64_t k) noexcept {
  std::int64_t i = 0;
  for (; i + 12 <= m; i += 12) gemm_rows<12>(a + i * a_stride, a_stride, b, b_stride, c + i * c_stride, c_stride, n, k);
  for (; i + 4 <= m; i += 4) gemm_rows<4>(a + i * a_stride, a_stride, b, b_stride, c + i * c_stride, c_stride, n, k);
  for (; i < m; ++i) gemm_rows<1>(a + i * a_stride, a_stride, b, b_stride, c + i * c_stride, c_stride, n, k);
}

inline __m512i magnitudes(__m512 x) noexcept {
  return _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7fffffff));
}

// 16 values, rounded to int8.
inline __m128i quantized(__m512 x, __m512 inverse) noexcept {
  return _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(x, inverse)));
}

void quantize(const float* x, std::int64_t n_blocks, QuantizedTile* tiles, int t) noexcept {
  for (std::int64_t b = 0; b < n_blocks; ++b) {
    QuantizedTile& tile = tiles[b];
    const __m512 low = _mm512_loadu_ps(x + b * kBlock), high = _mm512_loadu_ps(x + b * kBlock + 16);
    const std::int32_t bits = _mm512_reduce_max_epi32(_mm512_max_epi32(magnitudes(low), magnitudes(high)));
    if (bits >= kInfinityBits) {
      poison(tile, t);
      continue;
    }
    const float greatest = bits < kLeastBits ? 0.0f : bits_to_float(static_cast<std::uint32_t>(bits));
    const __m512 inverse = _mm512_set1_ps(greatest > 0 ? 127.0f / greatest : 0.0f);
    tile.scales[t] = greatest / 127.0f;
    const __m256i values = _mm256_set_m128i(quantized(high, inverse), quantized(low, inverse));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(tile.values[t]), values);
    // Sums of 4 values each: of the first half in the lower 128 bits, of the second in the upper ones.
    __m256i sums = _mm256_dpbusd_epi32(_mm256_setzero_si256(), _mm256_set1_epi8(1), values);
    sums = _mm256_add_epi32(sums, _mm256_shuffle_epi32(sums, 0x4e));
    sums = _mm256_add_epi32(sums, _mm256_shuffle_epi32(sums, 0xb1));
    const std::int32_t first = _mm256_cvtsi256_si32(sums);
    set_sums(tile, t, first, first + _mm_cvtsi128_si32(_mm256_extracti128_si256(sums, 1)));
  }
}

// Lane i becomes its sum with lane i ^ kStep; where i has that bit, what lane i ^ kStep is above it.
template <int kStep>
inline __m512 hadamard_step(__m512 x) noexcept {
  constexpr int kUpper = kStep == 1 ? 0xaaaa : kStep == 2 ? 0xcccc : kStep == 4 ? 0xf0f0 : 0xff00;
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512 other = _mm512_permutexvar_ps(_mm512_xor_si512(lanes, _mm512_set1_epi32(kStep)), x);
  return _mm512_mask_sub_ps(_mm512_add_ps(other, x), kUpper, other, x);
}

void hadamard(float* x, int n) noexcept {
  for (int i = 0; i < n; i += kLanes) {
    const __m512 pairs = hadamard_step<2>(hadamard_step<1>(_mm512_loadu_ps(x + i)));
    _mm512_storeu_ps(x + i, hadamard_step<8>(hadamard_step<4>(pairs)));
  }
  for (int half = kLanes; half < hadamard_block(n); half *= 2) {
    for (int i = 0; i < n; i += 2 * half) {
      for (int j = i; j < i + half; j += kLanes) {
        const __m512 a = _mm512_loadu_ps(x + j), b = _mm512_loadu_ps(x + j + half);
        _mm512_storeu_ps(x + j, _mm512_add_ps(a, b));
        _mm512_storeu_ps(x + j + half, _mm512_sub_ps(a, b));
      }
    }
  }
}

}  // namespace

void fill_avx512_vnni(Table& table) noexcept {
  fill_avx2(table);
  fill_lanes(table);
  table.quantize = quantize;
  table.gemm = gemm;
  fill_avx512_matmul(table);
  fill_avx512_attention(table);
  table.hadamard = hadamard;  // instead of the loop that comes with attention
}

}  // namespace sotto::kernels
