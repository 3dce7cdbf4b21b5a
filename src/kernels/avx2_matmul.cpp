// Quantized matrix kernels for AVX2: tiles of 16 rows and up to 4 tokens. vpmaddubsw multiplies unsigned weights and
// signed activations and adds pairs into int16; the sums stay in int16 for as many steps as layout.h's bounds allow,
// then vpmaddwd widens them, and the scales are applied once a block.
#include <immintrin.h>

#include "kernels/table.h"

namespace sotto::kernels {
namespace {

inline __m256i load(const std::uint8_t* bytes) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
}

inline __m256 load_halves(const std::uint8_t* bytes) noexcept {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
}

inline __m256i broadcast4(const std::int8_t* x) noexcept {
  std::int32_t dword;
  __builtin_memcpy(&dword, x, sizeof dword);
  return _mm256_set1_epi32(dword);
}

inline __m256i widen(__m256i sums16) noexcept { return _mm256_madd_epi16(sums16, _mm256_set1_epi16(1)); }

// The weights of line `c` for 8 rows: low or high half as bytes.
template <Packing kPacking, int kHalf>
inline __m256i unpack_line(const std::uint8_t* block, int c, int half_line) noexcept {
  __m256i q = load(block + kNibbleOffset + c * kLineBytes + half_line);
  if (kHalf == 1) q = _mm256_srli_epi16(q, 4);
  q = _mm256_and_si256(q, _mm256_set1_epi8(15));
  if (kPacking == Packing::kU5) {
    const __m256i bits = load(block + kHighOffset + half_line);
    const __m256i picked =
        _mm256_and_si256(_mm256_srl_epi16(bits, _mm_cvtsi32_si128(4 * kHalf + c)), _mm256_set1_epi8(1));
    q = _mm256_or_si256(q, _mm256_slli_epi16(picked, 4));
  }
  if (kPacking == Packing::kU6) {
    const __m256i bits = load(block + kHighOffset + kHalf * kLineBytes + half_line);
    const __m256i picked = _mm256_and_si256(_mm256_srl_epi16(bits, _mm_cvtsi32_si128(2 * c)), _mm256_set1_epi8(3));
    q = _mm256_or_si256(q, _mm256_slli_epi16(picked, 4));
  }
  return q;
}

// Integer sums over lines [kFirst, kFirst + kCount) of one half of a block: 16 rows x kTokens, added into int16.
template <Packing kPacking, int kTokens, int kHalf, int kFirst, int kCount>
inline void add_lines(const std::uint8_t* block, const std::int8_t* x, std::int64_t k,
                      __m256i (&sum)[kTokens][2]) noexcept {
#pragma GCC unroll 4
  for (int c = kFirst; c < kFirst + kCount; ++c) {
    const __m256i w0 = unpack_line<kPacking, kHalf>(block, c, 0);
    const __m256i w1 = unpack_line<kPacking, kHalf>(block, c, 32);
#pragma GCC unroll 4
    for (int t = 0; t < kTokens; ++t) {
      const __m256i a = broadcast4(x + t * k + kHalf * kHalfBlock + 4 * c);
      sum[t][0] = _mm256_add_epi16(sum[t][0], _mm256_maddubs_epi16(w0, a));
      sum[t][1] = _mm256_add_epi16(sum[t][1], _mm256_maddubs_epi16(w1, a));
    }
  }
}

template <int kTokens>
inline void clear(__m256i (&sum)[kTokens][2]) noexcept {
#pragma GCC unroll 4
  for (int t = 0; t < kTokens; ++t) sum[t][0] = sum[t][1] = _mm256_setzero_si256();
}

template <int kTokens>
inline void add_widened(const __m256i (&sum16)[kTokens][2], __m256i (&sum)[kTokens][2]) noexcept {
#pragma GCC unroll 4
  for (int t = 0; t < kTokens; ++t) {
    sum[t][0] = _mm256_add_epi32(sum[t][0], widen(sum16[t][0]));
    sum[t][1] = _mm256_add_epi32(sum[t][1], widen(sum16[t][1]));
  }
}

// total += scale * activation scale * sum
template <int kTokens>
inline void scale_sums(const std::uint8_t* scales, const __m256i (&sum)[kTokens][2], const float* x_scales,
                       std::int64_t n_blocks, __m256 (&total)[kTokens][2]) noexcept {
  const __m256 s0 = load_halves(scales), s1 = load_halves(scales + kScaleBytes / 2);
#pragma GCC unroll 4
  for (int t = 0; t < kTokens; ++t) {
    const __m256 x_scale = _mm256_broadcast_ss(x_scales + t * n_blocks);
    total[t][0] = _mm256_fmadd_ps(_mm256_mul_ps(s0, x_scale), _mm256_cvtepi32_ps(sum[t][0]), total[t][0]);
    total[t][1] = _mm256_fmadd_ps(_mm256_mul_ps(s1, x_scale), _mm256_cvtepi32_ps(sum[t][1]), total[t][1]);
  }
}

// total += minimum * sum of the activations
template <int kTokens>
inline void add_minimums(__m256 m0, __m256 m1, const float* sums, std::int64_t stride, bool both_halves,
                         __m256 (&total)[kTokens][2]) noexcept {
#pragma GCC unroll 4
  for (int t = 0; t < kTokens; ++t) {
    const float* s = sums + t * stride;
    const __m256 x_sum = _mm256_set1_ps(both_halves ? s[0] + s[1] : s[0]);
    total[t][0] = _mm256_fmadd_ps(m0, x_sum, total[t][0]);
    total[t][1] = _mm256_fmadd_ps(m1, x_sum, total[t][1]);
  }
}

// Where a tile reads its activations: those of its first token and of the current block.
struct Input {
  const std::int8_t* values;
  const float* scales;
  const float* sums;
  std::int64_t k;
  std::int64_t n_blocks;
};

template <int kTokens>
inline void add_block_u4(const std::uint8_t* block, const Input& x, __m256 (&total)[kTokens][2]) noexcept {
  __m256i sum16[kTokens][2], sum[kTokens][2];
  clear<kTokens>(sum16);
  add_lines<Packing::kU4, kTokens, 0, 0, 4>(block, x.values, x.k, sum16);
  add_lines<Packing::kU4, kTokens, 1, 0, 4>(block, x.values, x.k, sum16);
#pragma GCC unroll 4
  for (int t = 0; t < kTokens; ++t) {
    sum[t][0] = widen(sum16[t][0]);
    sum[t][1] = widen(sum16[t][1]);
  }
  scale_sums<kTokens>(block, sum, x.scales, x.n_blocks, total);
  add_minimums<kTokens>(load_halves(block + kScaleBytes), load_halves(block + kScaleBytes + 16), x.sums, 2 * x.n_blocks,
                        true, total);
}

template <int kTokens>
inline void add_block_u5(const std::uint8_t* block, const Input& x, __m256 (&total)[kTokens][2]) noexcept {
  __m256i sum16[kTokens][2], sum[kTokens][2];
  clear<kTokens>(sum);
  clear<kTokens>(sum16);
  add_lines<Packing::kU5, kTokens, 0, 0, 4>(block, x.values, x.k, sum16);
  add_widened<kTokens>(sum16, sum);
  clear<kTokens>(sum16);
  add_lines<Packing::kU5, kTokens, 1, 0, 4>(block, x.values, x.k, sum16);
  add_widened<kTokens>(sum16, sum);
  scale_sums<kTokens>(block, sum, x.scales, x.n_blocks, total);
  add_minimums<kTokens>(load_halves(block + kScaleBytes), load_halves(block + kScaleBytes + 16), x.sums, 2 * x.n_blocks,
                        true, total);
}

template <int kTokens, int kHalf>
inline void add_half_u6(const std::uint8_t* block, const Input& x, __m256 (&total)[kTokens][2]) noexcept {
  __m256i sum16[kTokens][2], sum[kTokens][2];
  clear<kTokens>(sum);
  clear<kTokens>(sum16);
  add_lines<Packing::kU6, kTokens, kHalf, 0, 2>(block, x.values, x.k, sum16);
  add_widened<kTokens>(sum16, sum);
  clear<kTokens>(sum16);
  add_lines<Packing::kU6, kTokens, kHalf, 2, 2>(block, x.values, x.k, sum16);
  add_widened<kTokens>(sum16, sum);
  const std::uint8_t* scales = block + kHalf * kScaleBytes;
  scale_sums<kTokens>(scales, sum, x.scales, x.n_blocks, total);
  const __m256 zero_point = _mm256_set1_ps(-32.0f);
  add_minimums<kTokens>(_mm256_mul_ps(load_halves(scales), zero_point),
                        _mm256_mul_ps(load_halves(scales + 16), zero_point), x.sums + kHalf, 2 * x.n_blocks, false,
                        total);
}

template <int kTokens>
inline void add_block_u6(const std::uint8_t* block, const Input& x, __m256 (&total)[kTokens][2]) noexcept {
  add_half_u6<kTokens, 0>(block, x, total);
  add_half_u6<kTokens, 1>(block, x, total);
}

// |q| * (x with q's sign): both factors in vpmaddubsw's form.
inline __m256i signed_products(__m256i q, __m256i magnitude, __m256i a) noexcept {
  return widen(_mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(a, q)));
}

template <int kTokens>
inline void add_block_s8(const std::uint8_t* block, const Input& x, __m256 (&total)[kTokens][2]) noexcept {
  __m256i sum[kTokens][2];
  clear<kTokens>(sum);
#pragma GCC unroll 8
  for (int line = 0; line < 8; ++line) {
    const __m256i q0 = load(block + kS8Offset + line * kLineBytes),
                  q1 = load(block + kS8Offset + line * kLineBytes + 32);
    const __m256i m0 = _mm256_abs_epi8(q0), m1 = _mm256_abs_epi8(q1);
#pragma GCC unroll 4
    for (int t = 0; t < kTokens; ++t) {
      const __m256i a = broadcast4(x.values + t * x.k + 4 * line);
      sum[t][0] = _mm256_add_epi32(sum[t][0], signed_products(q0, m0, a));
      sum[t][1] = _mm256_add_epi32(sum[t][1], signed_products(q1, m1, a));
    }
  }
  scale_sums<kTokens>(block, sum, x.scales, x.n_blocks, total);
}

template <Packing kPacking, int kTokens>
inline void add_block(const std::uint8_t* block, const Input& x, __m256 (&total)[kTokens][2]) noexcept {
  if constexpr (kPacking == Packing::kU4) add_block_u4<kTokens>(block, x, total);
  if constexpr (kPacking == Packing::kU5) add_block_u5<kTokens>(block, x, total);
  if constexpr (kPacking == Packing::kU6) add_block_u6<kTokens>(block, x, total);
  if constexpr (kPacking == Packing::kS8) add_block_s8<kTokens>(block, x, total);
}

// One panel (16 rows) times kTokens tokens from `token` on.
template <Packing kPacking, int kTokens, bool kSparse>
void tile(const std::uint8_t* panel, const QuantizedRows& x, std::int64_t token, float* out,
          std::int64_t out_stride) noexcept {
  const std::int64_t n_blocks = x.k / kBlock, list = token / kTileRows;
  const std::int64_t n_taken = kSparse ? x.n_listed[list] : n_blocks;
  __m256 total[kTokens][2];
  for (int t = 0; t < kTokens; ++t) total[t][0] = total[t][1] = _mm256_setzero_ps();
  for (std::int64_t i = 0; i < n_taken; ++i) {
    const std::int64_t b = kSparse ? x.listed[list * n_blocks + i] : i;
    const std::int64_t at = token * n_blocks + b;
    add_block<kPacking, kTokens>(
        panel + kPanelHeaderBytes + b * block_bytes(kPacking),
        Input{x.values + token * x.k + b * kBlock, x.scales + at, x.sums + at * 2, x.k, n_blocks}, total);
  }
  const float* factors = reinterpret_cast<const float*>(panel);
  for (int half = 0; half < 2; ++half) {
    const __m256 factor = _mm256_loadu_ps(factors + 8 * half);
    for (int t = 0; t < kTokens; ++t) {
      float* to = out + t * out_stride + 8 * half;
      const __m256 product = _mm256_mul_ps(total[t][half], factor);
      _mm256_storeu_ps(to, kSparse ? _mm256_add_ps(_mm256_loadu_ps(to), product) : product);
    }
  }
}

template <Packing kPacking, bool kSparse>
void tiles(const std::uint8_t* panels, std::int64_t n_panels, const QuantizedRows& x, std::int64_t n_tokens, float* out,
           std::int64_t out_stride) noexcept {
  const std::size_t stride = panel_bytes(kPacking, x.k);
  for (std::int64_t p = 0; p < n_panels; ++p, panels += stride, out += kPanelRows) {
    std::int64_t t = 0;
    for (; t + 4 <= n_tokens; t += 4) tile<kPacking, 4, kSparse>(panels, x, t, out + t * out_stride, out_stride);
    if (n_tokens - t == 3) tile<kPacking, 3, kSparse>(panels, x, t, out + t * out_stride, out_stride);
    if (n_tokens - t == 2) tile<kPacking, 2, kSparse>(panels, x, t, out + t * out_stride, out_stride);
    if (n_tokens - t == 1) tile<kPacking, 1, kSparse>(panels, x, t, out + t * out_stride, out_stride);
  }
}

template <Packing kPacking>
void matmul(const std::uint8_t* panels, std::int64_t n_panels, const QuantizedRows& x, std::int64_t n_tokens,
            float* out, std::int64_t out_stride) noexcept {
  const auto run = x.listed != nullptr ? tiles<kPacking, true> : tiles<kPacking, false>;
  run(panels, n_panels, x, n_tokens, out, out_stride);
}

}  // namespace

void fill_avx2_matmul(Table& table) noexcept {
  table.matmul[static_cast<int>(Packing::kU4)] = matmul<Packing::kU4>;
  table.matmul[static_cast<int>(Packing::kU5)] = matmul<Packing::kU5>;
  table.matmul[static_cast<int>(Packing::kU6)] = matmul<Packing::kU6>;
  table.matmul[static_cast<int>(Packing::kS8)] = matmul<Packing::kS8>;
}

}  // namespace sotto::kernels
