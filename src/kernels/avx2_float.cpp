// f32 and f16 kernels for AVX2 with FMA and F16C.
#include <immintrin.h>

#include "kernels/lanes.inc"
#include "kernels/table.h"

namespace sotto::kernels {

void fill_avx2_matmul(Table& table) noexcept;

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

}  // namespace

void fill_avx2(Table& table) noexcept {
  table.isa = "avx2";
  fill_lanes(table);
  table.gemm = gemm;
  table.f16_to_f32 = f16_to_f32;
  table.f32_to_f16 = f32_to_f16;
  fill_avx2_matmul(table);
}

}  // namespace sotto::kernels
