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

}  // namespace

void fill_avx512_vnni(Table& table) noexcept {
  fill_avx2(table);
  const auto quantize = table.quantize;  // that of AVX2 is as fast
  fill_lanes(table);
  table.quantize = quantize;
  table.gemm = gemm;
  fill_avx512_matmul(table);
  fill_avx512_attention(table);
}

}  // namespace sotto::kernels
