// f32 and f16 kernels for NEON. The loops of lanes.inc are not compiled again: every aarch64 compiler makes NEON of
// those that scalar.cpp has.
#include "kernels/half.h"
#include "kernels/neon_lines.inc"

namespace sotto::kernels {

void fill_neon_matmul(Table& table) noexcept;
void fill_neon_attention(Table& table) noexcept;

namespace {

// c [kRows, n] = a [kRows, k] · b [k, n]: 16 columns at a time, each element summed in the order of k.
template <int kRows>
void gemm_rows(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, float* c,
               std::int64_t c_stride, std::int64_t n, std::int64_t k) noexcept {
  for (std::int64_t j = 0; j < n; j += 16) {
    Floats sum[kRows];
    for (int r = 0; r < kRows; ++r) sum[r] = broadcast(0.0f);
    for (std::int64_t l = 0; l < k; ++l) {
      const Floats row = load_floats(b + l * b_stride + j);
      for (int r = 0; r < kRows; ++r) sum[r] = add_product(broadcast(a[r * a_stride + l]), row, sum[r]);
    }
    for (int r = 0; r < kRows; ++r) store_floats(c + r * c_stride + j, sum[r]);
  }
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
  for (; i + 4 <= n; i += 4) vst1q_f32(out + i, vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(x + i))));
  for (; i < n; ++i) out[i] = half_to_float(x[i]);
}

void f32_to_f16(const float* x, std::uint16_t* out, std::int64_t n) noexcept {
  std::int64_t i = 0;
  for (; i + 4 <= n; i += 4) vst1_u16(out + i, vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(x + i))));
  for (; i < n; ++i) out[i] = float_to_half(x[i]);
}

}  // namespace

void fill_neon_dotprod(Table& table) noexcept {
  fill_scalar(table);
  table.gemm = gemm;
  table.f16_to_f32 = f16_to_f32;
  table.f32_to_f16 = f32_to_f16;
  fill_neon_matmul(table);
  fill_neon_attention(table);
}

}  // namespace sotto::kernels
