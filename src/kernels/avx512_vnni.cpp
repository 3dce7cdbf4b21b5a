// Quantized matrix kernels for AVX-512 with VNNI: tiles of 16 rows (one register) and up to 8 tokens. vpdpbusd adds
// four products of unsigned weights and signed activations straight into int32, so no bound on int16 is needed.
#include <immintrin.h>

#include "kernels/lanes.inc"
#include "kernels/table.h"

namespace sotto::kernels {
namespace {

inline __m512i load(const std::uint8_t* bytes) noexcept { return _mm512_loadu_si512(bytes); }

inline __m512 load_halves(const std::uint8_t* bytes) noexcept {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes)));
}

inline __m512i broadcast4(const std::int8_t* x) noexcept {
  std::int32_t dword;
  __builtin_memcpy(&dword, x, sizeof dword);
  return _mm512_set1_epi32(dword);
}

// Line `c` of a block, 16 rows: low or high half as bytes.
template <Packing kPacking, int kHalf>
inline __m512i unpack_line(const std::uint8_t* block, int c) noexcept {
  __m512i q = load(block + kNibbleOffset + c * kLineBytes);
  if (kHalf == 1) q = _mm512_srli_epi16(q, 4);
  q = _mm512_and_si512(q, _mm512_set1_epi8(15));
  if (kPacking == Packing::kU5) {
    const __m512i bits = load(block + kHighOffset);
    const __m512i picked =
        _mm512_and_si512(_mm512_srl_epi16(bits, _mm_cvtsi32_si128(4 * kHalf + c)), _mm512_set1_epi8(1));
    q = _mm512_or_si512(q, _mm512_slli_epi16(picked, 4));
  }
  if (kPacking == Packing::kU6) {
    const __m512i bits = load(block + kHighOffset + kHalf * kLineBytes);
    const __m512i picked = _mm512_and_si512(_mm512_srl_epi16(bits, _mm_cvtsi32_si128(2 * c)), _mm512_set1_epi8(3));
    q = _mm512_or_si512(q, _mm512_slli_epi16(picked, 4));
  }
  return q;
}

// Where a tile reads its activations: those of its first token and of the current block.
struct Input {
  const std::int8_t* values;
  const float* scales;
  const float* sums;
  std::int64_t k;
  std::int64_t n_blocks;
};

template <Packing kPacking, int kTokens, int kHalf>
inline void add_lines(const std::uint8_t* block, const Input& x, __m512i (&sum)[kTokens]) noexcept {
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const __m512i w = unpack_line<kPacking, kHalf>(block, c);
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t) {
      sum[t] = _mm512_dpbusd_epi32(sum[t], w, broadcast4(x.values + t * x.k + kHalf * kHalfBlock + 4 * c));
    }
  }
}

// total += scale * activation scale * sum + minimum * sum of the activations
template <int kTokens>
inline void scale_sums(__m512 scale, __m512 minimum, const __m512i (&sum)[kTokens], const Input& x, bool first_half,
                       bool second_half, __m512 (&total)[kTokens]) noexcept {
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) {
    const float* s = x.sums + t * 2 * x.n_blocks;
    const float x_sum = first_half && second_half ? s[0] + s[1] : first_half ? s[0] : s[1];
    const __m512 both = _mm512_mul_ps(scale, _mm512_set1_ps(x.scales[t * x.n_blocks]));
    total[t] = _mm512_fmadd_ps(both, _mm512_cvtepi32_ps(sum[t]), total[t]);
    total[t] = _mm512_fmadd_ps(minimum, _mm512_set1_ps(x_sum), total[t]);
  }
}

template <int kTokens>
inline void clear(__m512i (&sum)[kTokens]) noexcept {
#pragma GCC unroll 8
  for (int t = 0; t < kTokens; ++t) sum[t] = _mm512_setzero_si512();
}

template <Packing kPacking, int kTokens>
inline void add_block_with_minimum(const std::uint8_t* block, const Input& x, __m512 (&total)[kTokens]) noexcept {
  __m512i sum[kTokens];
  clear<kTokens>(sum);
  add_lines<kPacking, kTokens, 0>(block, x, sum);
  add_lines<kPacking, kTokens, 1>(block, x, sum);
  scale_sums<kTokens>(load_halves(block), load_halves(block + kScaleBytes), sum, x, true, true, total);
}

template <int kTokens, int kHalf>
inline void add_half_u6(const std::uint8_t* block, const Input& x, __m512 (&total)[kTokens]) noexcept {
  __m512i sum[kTokens];
  clear<kTokens>(sum);
  add_lines<Packing::kU6, kTokens, kHalf>(block, x, sum);
  const __m512 scale = load_halves(block + kHalf * kScaleBytes);
  scale_sums<kTokens>(scale, _mm512_mul_ps(scale, _mm512_set1_ps(-32.0f)), sum, x, kHalf == 0, kHalf == 1, total);
}

// int8 weights become unsigned by adding 128, which the minimum takes back.
template <int kTokens>
inline void add_block_s8(const std::uint8_t* block, const Input& x, __m512 (&total)[kTokens]) noexcept {
  __m512i sum[kTokens];
  clear<kTokens>(sum);
#pragma GCC unroll 8
  for (int line = 0; line < 8; ++line) {
    const __m512i w = _mm512_xor_si512(load(block + kS8Offset + line * kLineBytes), _mm512_set1_epi8(-128));
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t)
      sum[t] = _mm512_dpbusd_epi32(sum[t], w, broadcast4(x.values + t * x.k + 4 * line));
  }
  const __m512 scale = load_halves(block);
  scale_sums<kTokens>(scale, _mm512_mul_ps(scale, _mm512_set1_ps(-128.0f)), sum, x, true, true, total);
}

// Of many tokens each block is used for long: time to fetch those that follow.
constexpr int kPrefetchBytes = 2048;

inline void prefetch(const std::uint8_t* from, int n_bytes) noexcept {
  for (int i = 0; i < n_bytes; i += kLineBytes) _mm_prefetch(reinterpret_cast<const char*>(from + i), _MM_HINT_T0);
}

template <Packing kPacking, int kTokens>
inline void add_block(const std::uint8_t* block, const Input& x, __m512 (&total)[kTokens]) noexcept {
  if constexpr (kPacking == Packing::kS8) {
    add_block_s8<kTokens>(block, x, total);
  } else if constexpr (kPacking == Packing::kU6) {
    add_half_u6<kTokens, 0>(block, x, total);
    add_half_u6<kTokens, 1>(block, x, total);
  } else {
    add_block_with_minimum<kPacking, kTokens>(block, x, total);
  }
}

// One panel (16 rows) times kTokens tokens from `token` on.
template <Packing kPacking, int kTokens, bool kSparse>
void tile(const std::uint8_t* panel, const QuantizedRows& x, std::int64_t token, float* out,
          std::int64_t out_stride) noexcept {
  const std::int64_t n_blocks = x.k / kBlock, list = token / kTileRows;
  const std::int64_t n_taken = kSparse ? x.n_listed[list] : n_blocks;
  __m512 total[kTokens];
  for (int t = 0; t < kTokens; ++t) total[t] = _mm512_setzero_ps();
  for (std::int64_t i = 0; i < n_taken; ++i) {
    const std::int64_t b = kSparse ? x.listed[list * n_blocks + i] : i;
    const std::int64_t at = token * n_blocks + b;
    const std::uint8_t* block = panel + kPanelHeaderBytes + b * block_bytes(kPacking);
    if (kTokens == kTileRows) prefetch(block + kPrefetchBytes, block_bytes(kPacking));
    add_block<kPacking, kTokens>(
        block, Input{x.values + token * x.k + b * kBlock, x.scales + at, x.sums + at * 2, x.k, n_blocks}, total);
  }
  const __m512 factors = _mm512_loadu_ps(panel);
  for (int t = 0; t < kTokens; ++t) {
    float* to = out + t * out_stride;
    const __m512 product = _mm512_mul_ps(total[t], factors);
    _mm512_storeu_ps(to, kSparse ? _mm512_add_ps(_mm512_loadu_ps(to), product) : product);
  }
}

template <Packing kPacking, bool kSparse>
void tiles(const std::uint8_t* panels, std::int64_t n_panels, const QuantizedRows& x, std::int64_t n_tokens, float* out,
           std::int64_t out_stride) noexcept {
  const std::size_t stride = panel_bytes(kPacking, x.k);
  for (std::int64_t p = 0; p < n_panels; ++p, panels += stride, out += kPanelRows) {
    std::int64_t t = 0;
    for (; t + 8 <= n_tokens; t += 8) tile<kPacking, 8, kSparse>(panels, x, t, out + t * out_stride, out_stride);
    for (; t + 4 <= n_tokens; t += 4) tile<kPacking, 4, kSparse>(panels, x, t, out + t * out_stride, out_stride);
    for (; t + 2 <= n_tokens; t += 2) tile<kPacking, 2, kSparse>(panels, x, t, out + t * out_stride, out_stride);
    for (; t < n_tokens; ++t) tile<kPacking, 1, kSparse>(panels, x, t, out + t * out_stride, out_stride);
  }
}

template <Packing kPacking>
void matmul(const std::uint8_t* panels, std::int64_t n_panels, const QuantizedRows& x, std::int64_t n_tokens,
            float* out, std::int64_t out_stride) noexcept {
  const auto run = x.listed != nullptr ? tiles<kPacking, true> : tiles<kPacking, false>;
  run(panels, n_panels, x, n_tokens, out, out_stride);
}

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
  table.isa = "avx512_vnni";
  const auto quantize = table.quantize;  // that of AVX2 is as fast
  fill_lanes(table);
  table.quantize = quantize;
  table.matmul[static_cast<int>(Packing::kU4)] = matmul<Packing::kU4>;
  table.matmul[static_cast<int>(Packing::kU5)] = matmul<Packing::kU5>;
  table.matmul[static_cast<int>(Packing::kU6)] = matmul<Packing::kU6>;
  table.matmul[static_cast<int>(Packing::kS8)] = matmul<Packing::kS8>;
  table.gemm = gemm;
}

}  // namespace sotto::kernels
