// Attention over int8 keys and values for AVX-512 with VNNI: vpdpbusd for the scores, 16 positions and 4 dims an
// instruction; vpdpwssd for the weighted values, 16 dims and 2 positions.
#include <immintrin.h>

#include "kernels/attention.inc"

namespace sotto::kernels {
namespace {

inline __m512i load(const void* from) noexcept { return _mm512_loadu_si512(from); }

template <class T>
inline __m512i broadcast(const T* bytes) noexcept {
  std::int32_t dword;
  std::memcpy(&dword, bytes, sizeof dword);
  return _mm512_set1_epi32(dword);
}

// exp_lane() for x <= 0; a NaN stays one, which is why x is the second operand.
inline __m512 exp_of(__m512 x) noexcept {
  const __m512 clamped = _mm512_max_ps(_mm512_set1_ps(-87.0f), x);
  const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(clamped, _mm512_set1_ps(1.44269504f)), _MM_FROUND_TO_NEAREST_INT);
  const __m512 r =
      _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), clamped));
  __m512 p = _mm512_set1_ps(8.3334519073e-3f);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665795894e-2f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666665459e-1f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.0000001201e-1f));
  p = _mm512_fmadd_ps(p, _mm512_mul_ps(r, r), _mm512_add_ps(r, _mm512_set1_ps(1.0f)));
  return _mm512_scalef_ps(p, n);
}

// The lanes of 16 positions from `position` on that a query sees.
inline __mmask16 lanes_seen(Visible visible, int position) noexcept {
  const auto below = [](int n) { return n <= 0 ? 0u : n >= 16 ? 0xffffu : (1u << n) - 1; };
  return static_cast<__mmask16>(below(visible.last - position) & ~below(visible.first - position));
}

struct Products {
  // softmax_row() in registers. Where all is seen no lane is masked; the numbers are the same.
  static void softmax(SpanRow& row, const SpanScales& scales, Visible visible, Visible seen, float* max,
                      float* sum) noexcept {
    const bool all = visible.first <= seen.first * kKeyChunk && visible.last >= seen.last * kKeyChunk;
    all ? softmax_lanes<false>(row, scales, visible, seen, max, sum)
        : softmax_lanes<true>(row, scales, visible, seen, max, sum);
  }

  template <bool kMasked>
  static void softmax_lanes(SpanRow& row, const SpanScales& scales, Visible visible, Visible seen, float* max,
                            float* sum) noexcept {
    const int begin = seen.first * kKeyChunk, end = seen.last * kKeyChunk;
    const auto mask = [&](int p) { return kMasked ? lanes_seen(visible, p) : static_cast<__mmask16>(0xffff); };
    __m512 most = _mm512_set1_ps(-INFINITY), total = _mm512_setzero_ps(), heaviest = _mm512_setzero_ps();
    for (int p = begin; p < end; p += 16) {
      most = _mm512_mask_max_ps(most, mask(p), _mm512_load_ps(row.scores + p), most);
    }
    *max = _mm512_reduce_max_ps(most);
    const __m512 shift = _mm512_set1_ps(*max == -INFINITY ? 0.0f : *max);
    for (int p = begin; p < end; p += 16) {
      const __m512 score = _mm512_load_ps(row.scores + p);
      const __m512 share = _mm512_maskz_mov_ps(mask(p), exp_of(_mm512_sub_ps(score, shift)));
      const __m512 weight = _mm512_maskz_mul_ps(mask(p), share, _mm512_load_ps(scales.value + p));
      total = _mm512_add_ps(total, share);
      heaviest = _mm512_max_ps(heaviest, weight);
      _mm512_store_ps(row.scores + p, weight);
    }
    *sum = _mm512_reduce_add_ps(total);
    const float greatest = _mm512_reduce_max_ps(heaviest);
    const __m512 inverse = _mm512_set1_ps(greatest < 1e-30f ? 0.0f : kGreatestWeight / greatest);
    for (int p = begin; p < end; p += 16) {
      const __m512i weight = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_load_ps(row.scores + p), inverse));
      _mm256_store_si256(reinterpret_cast<__m256i*>(row.weights + p), _mm512_cvtepi32_epi16(weight));
    }
    row.weight_scale = greatest / kGreatestWeight;
  }

  // A chunk at a time: 4 registers of positions.
  template <int kRows>
  static void score(const Int8Span& span, Visible seen, const Int8Queries& queries, int first, const SpanScales& scales,
                    SpanRow* rows) noexcept {
    for (int c = seen.first; c < seen.last; ++c) {
      const std::uint8_t* next = c + 1 < seen.last ? span.chunks[c + 1] : span.chunks[c];
      score_chunk<kRows>(span.chunks[c], next, queries, first, scales.key + c * kKeyChunk, rows, c * kKeyChunk);
    }
  }

  // Meanwhile the chunk's values and the `next` chunk's keys are fetched.
  template <int kRows>
  static void score_chunk(const std::uint8_t* keys, const std::uint8_t* next, const Int8Queries& queries, int first,
                          const float* key_scales, SpanRow* rows, int position) noexcept {
    const int d = queries.head_dim;
    const std::int8_t* q = queries.values + first * d;
    __m512i sum[kRows][4];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) sum[r][v] = _mm512_set1_epi32(-128 * queries.sums[first + r]);
    }
    for (int i = 0; i < d; i += 4, keys += 4 * kKeyChunk, next += 4 * kKeyChunk) {
      __m512i key[4];
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) {
        key[v] = load(keys + 64 * v);
        _mm_prefetch(reinterpret_cast<const char*>(keys + kKeyChunk * d + 64 * v), _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(next + 64 * v), _MM_HINT_T0);
      }
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        const __m512i factor = broadcast(q + r * d + i);
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) sum[r][v] = _mm512_dpbusd_epi32(sum[r][v], key[v], factor);
      }
    }
    for (int r = 0; r < kRows; ++r) {
      const __m512 scale = _mm512_set1_ps(queries.scales[first + r]);
      for (int v = 0; v < 4; ++v) {
        const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sum[r][v]), _mm512_loadu_ps(key_scales + 16 * v));
        _mm512_store_ps(rows[r].scores + position + 16 * v, _mm512_mul_ps(product, scale));
      }
    }
  }

  template <int kRows>
  static void weigh(const Int8Span& span, Visible seen, const SpanRow* rows, int head_dim, float* out) noexcept {
    int i = 0;
    for (; i + 64 <= head_dim; i += 64) weigh_dims<kRows, 4>(span, seen, rows, head_dim, i, out + i);
    for (; i < head_dim; i += 16) weigh_dims<kRows, 1>(span, seen, rows, head_dim, i, out + i);
  }

  // kVectors * 16 dims from `dim` on.
  template <int kRows, int kVectors>
  static void weigh_dims(const Int8Span& span, Visible seen, const SpanRow* rows, int head_dim, int dim,
                         float* out) noexcept {
    __m512i sum[kRows][kVectors];
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < kVectors; ++v) sum[r][v] = _mm512_setzero_si512();
    }
    for (int c = seen.first; c < seen.last; ++c) {
      const std::uint8_t* values = span.chunks[c] + kKeyChunk * head_dim + 4 * dim;
      for (int p = 0; p < kKeyChunk; p += 4, values += 4 * head_dim) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          const __m512i bytes = load(values + 64 * v);
          const __m512i even = _mm512_srai_epi16(_mm512_slli_epi16(bytes, 8), 8), odd = _mm512_srai_epi16(bytes, 8);
#pragma GCC unroll 4
          for (int r = 0; r < kRows; ++r) {
            const std::int16_t* weights = rows[r].weights + c * kKeyChunk + p;
            sum[r][v] = _mm512_dpwssd_epi32(sum[r][v], even, broadcast(weights));
            sum[r][v] = _mm512_dpwssd_epi32(sum[r][v], odd, broadcast(weights + 2));
          }
        }
      }
    }
    for (int r = 0; r < kRows; ++r) {
      const __m512 scale = _mm512_set1_ps(rows[r].weight_scale);
      for (int v = 0; v < kVectors; ++v) {
        _mm512_storeu_ps(out + r * head_dim + 16 * v, _mm512_mul_ps(_mm512_cvtepi32_ps(sum[r][v]), scale));
      }
    }
  }
};

}  // namespace

void fill_avx512_attention(Table& table) noexcept { fill_attention<Products>(table); }

}  // namespace sotto::kernels
