// Attention over int8 keys and values for AVX-512 with VNNI: vpdpbusd for the scores, 16 positions and 4 dims an
// instruction, and for the weighted values, 16 dims and 4 positions. A weight of 15 bits meets its values as two bytes.
#include <immintrin.h>

#include "kernels/attention.inc"

namespace sotto::kernels {
namespace {

inline __m512i load(const void* from) noexcept { return _mm512_loadu_si512(from); }

// _mm512_dpbusd_epi32 in place: gcc 12 copies its sums from register to register, and to the stack where they are many.
// Where a test emulates the instruction there is only the intrinsic.
inline void add_products(__m512i& sum, __m512i a, __m512i b) noexcept {
#ifdef __AVX512VNNI__
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
#else
  sum = _mm512_dpbusd_epi32(sum, a, b);
#endif
}

// Into the second-level cache: the first one has too few lines on their way at a time.
inline void prefetch(const void* line) noexcept { _mm_prefetch(static_cast<const char*>(line), _MM_HINT_T1); }

inline __m512i broadcast(const void* bytes) noexcept {
  std::int32_t dword;
  std::memcpy(&dword, bytes, sizeof dword);
  return _mm512_set1_epi32(dword);
}

// Where exp(x) is not taken to be 0. A NaN counts.
inline __mmask16 exp_counts(__m512 x) noexcept { return _mm512_cmp_ps_mask(x, _mm512_set1_ps(-87.0f), _CMP_NLT_UQ); }

// exp(x) for x <= 0, right to 2e-7 near 0 and to 4e-6 at -87; 0 where it does not count. 2^floor times a minimax
// polynomial of 2^fraction that is 1 at 0, so that the share of the greatest score is exactly 1.
inline __m512 exp_of(__m512 x, __mmask16 counts) noexcept {
  const __m512 exponent = _mm512_mul_ps(x, _mm512_set1_ps(1.44269504f));
  const __m512 fraction = _mm512_reduce_ps(exponent, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
  __m512 p = _mm512_set1_ps(1.8671300495e-3f);
  p = _mm512_fmadd_ps(p, fraction, _mm512_set1_ps(9.0170307085e-3f));
  p = _mm512_fmadd_ps(p, fraction, _mm512_set1_ps(5.5799912661e-2f));
  p = _mm512_fmadd_ps(p, fraction, _mm512_set1_ps(2.4016444385e-1f));
  p = _mm512_fmadd_ps(p, fraction, _mm512_set1_ps(6.9315129519e-1f));
  p = _mm512_fmadd_ps(p, fraction, _mm512_set1_ps(1.0f));
  return _mm512_maskz_scalef_ps(counts, p, exponent);
}

// The lanes of 16 positions from `position` on that a query sees.
inline __mmask16 lanes_seen(Visible visible, int position) noexcept {
  const auto below = [](int n) { return n <= 0 ? 0u : n >= 16 ? 0xffffu : (1u << n) - 1; };
  return static_cast<__mmask16>(below(visible.last - position) & ~below(visible.first - position));
}

// A row's way through a span. 64 weights are two registers, of their low bytes and of their high ones; dword 4 L + v of
// a register has the positions from 16 v + 4 L on, in the order of the values' bytes.
struct Row {
  // At first the products values · key, as int32; at last shares times scales.
  alignas(64) float scores[kSpanPositions];
  alignas(64) std::uint8_t low[kSpanPositions], high[kSpanPositions];
  float weight_scale;
};

// cap * tanh(x / cap)
inline __m512 cap_scores(__m512 x, float cap) noexcept {
  const __m512 one = _mm512_set1_ps(1.0f), sign = _mm512_set1_ps(-0.0f);
  const __m512 minus_2u = _mm512_mul_ps(_mm512_or_ps(x, sign), _mm512_set1_ps(2.0f / cap));
  const __m512 e = exp_of(minus_2u, exp_counts(minus_2u));
  const __m512 tanh = _mm512_div_ps(_mm512_sub_ps(one, e), _mm512_add_ps(one, e));
  return _mm512_or_ps(_mm512_mul_ps(tanh, _mm512_set1_ps(cap)), _mm512_and_ps(x, sign));
}

// Gives a row its scores; returns the greatest. kPlain: all is seen, and there is no cap.
template <bool kPlain>
inline float scale_scores(Row& row, const float* key_scales, float query_scale, float cap, Visible visible, int begin,
                          int end) noexcept {
  const __m512 scale = _mm512_set1_ps(query_scale);
  __m512 most = _mm512_set1_ps(-INFINITY);
  for (int p = begin; p < end; p += 16) {
    const __m512 product = _mm512_cvtepi32_ps(_mm512_load_si512(row.scores + p));
    __m512 score = _mm512_mul_ps(_mm512_mul_ps(product, _mm512_load_ps(key_scales + p)), scale);
    if (!kPlain && cap > 0) score = cap_scores(score, cap);
    if (!kPlain) score = _mm512_mask_mov_ps(_mm512_set1_ps(-INFINITY), lanes_seen(visible, p), score);
    most = _mm512_max_ps(score, most);
    _mm512_store_ps(row.scores + p, score);
  }
  return _mm512_reduce_max_ps(most);
}

// Makes weights of 64 positions from `p` on.
inline void pack_weights(Row& row, int p, __m512 inverse) noexcept {
  __m512i weight[4];
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) {
    weight[v] = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_load_ps(row.scores + p + 16 * v), inverse));
  }
  const __m512i low_half = _mm512_packus_epi32(weight[0], weight[1]);
  const __m512i high_half = _mm512_packus_epi32(weight[2], weight[3]);
  const __m512i byte = _mm512_set1_epi16(255);
  const __m512i low = _mm512_packus_epi16(_mm512_and_si512(low_half, byte), _mm512_and_si512(high_half, byte));
  const __m512i high = _mm512_packus_epi16(_mm512_srli_epi16(low_half, 8), _mm512_srli_epi16(high_half, 8));
  const __m512i order = _mm512_set4_epi32(0x0f0d0e0c, 0x0b090a08, 0x07050604, 0x03010200);
  _mm512_store_si512(row.low + p, _mm512_shuffle_epi8(low, order));
  _mm512_store_si512(row.high + p, _mm512_shuffle_epi8(high, order));
}

// merge_partial_lanes() with masks for the rows that are there.
void merge_partial(const Partial& total, const Partial& part, int n_rows, int head_dim) noexcept {
  for (int first = 0; first < n_rows; first += kLanes) {
    const __mmask16 rows = lanes_seen({0, n_rows}, first);
    const __m512 max = _mm512_maskz_loadu_ps(rows, total.max + first);
    const __m512 other_max = _mm512_maskz_loadu_ps(rows, part.max + first);
    const __m512 most = _mm512_max_ps(max, other_max);
    const __m512 shift = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(most, _mm512_set1_ps(-INFINITY), _CMP_NEQ_UQ), most);
    const __m512 x = _mm512_sub_ps(max, shift), other_x = _mm512_sub_ps(other_max, shift);
    const __m512 keep = exp_of(x, exp_counts(x)), add = exp_of(other_x, exp_counts(other_x));
    const __m512 sum = _mm512_maskz_loadu_ps(rows, total.sum + first);
    const __m512 other_sum = _mm512_maskz_loadu_ps(rows, part.sum + first);
    _mm512_mask_storeu_ps(total.sum + first, rows, _mm512_fmadd_ps(sum, keep, _mm512_mul_ps(other_sum, add)));
    _mm512_mask_storeu_ps(total.max + first, rows, most);
    alignas(64) float factor[2][kLanes];
    _mm512_store_ps(factor[0], keep);
    _mm512_store_ps(factor[1], add);
    for (int j = 0; j < kLanes && first + j < n_rows; ++j) {
      const __m512 row_keep = _mm512_set1_ps(factor[0][j]), row_add = _mm512_set1_ps(factor[1][j]);
      for (int i = (first + j) * head_dim; i < (first + j + 1) * head_dim; i += kLanes) {
        const __m512 added = _mm512_mul_ps(_mm512_loadu_ps(part.out + i), row_add);
        _mm512_storeu_ps(total.out + i, _mm512_fmadd_ps(_mm512_loadu_ps(total.out + i), row_keep, added));
      }
    }
  }
}

// The loops over products stay functions of their own: in one with the rest, gcc runs out of registers.
struct Products {
  using Row = kernels::Row;
  static constexpr auto merge = merge_partial;

  // softmax_row() for rows side by side. Where all is seen no lane is masked; the numbers are the same.
  template <int kRows>
  static void softmax(Row* rows, const SpanScales& scales, const Int8Queries& queries, int first, ChunkRange seen,
                      float* max, float* sum) noexcept {
    const int begin = seen.first * kKeyChunk, end = seen.last * kKeyChunk;
    for (int r = 0; r < kRows; ++r) {
      const Visible visible = queries.visible[first + r];
      const bool plain = visible.first <= begin && visible.last >= end && queries.score_cap == 0;
      const auto scale = plain ? scale_scores<true> : scale_scores<false>;
      max[r] = scale(rows[r], scales.key, queries.scales[first + r], queries.score_cap, visible, begin, end);
    }
    float greatest[kRows];
    take_shares<kRows>(rows, scales.value, begin, end, max, sum, greatest);
    for (int r = 0; r < kRows; ++r) {
      const __m512 inverse = _mm512_set1_ps(greatest[r] < 1e-30f ? 0.0f : kGreatestWeight / greatest[r]);
      for (int p = begin; p < end; p += kKeyChunk) pack_weights(rows[r], p, inverse);
      rows[r].weight_scale = greatest[r] / kGreatestWeight;
    }
  }

  // Scores become shares times value scales; gives the sum of shares, and the greatest product.
  template <int kRows>
  static void take_shares(Row* rows, const float* value_scales, int begin, int end, const float* max, float* sum,
                          float* greatest) noexcept {
    __m512 shift[kRows], total[kRows], heaviest[kRows];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      shift[r] = _mm512_set1_ps(max[r] == -INFINITY ? 0.0f : max[r]);
      total[r] = heaviest[r] = _mm512_setzero_ps();
    }
    for (int p = begin; p < end; p += 16) {
      const __m512 value_scale = _mm512_load_ps(value_scales + p);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        const __m512 x = _mm512_sub_ps(_mm512_load_ps(rows[r].scores + p), shift[r]);
        const __mmask16 counts = exp_counts(x);
        const __m512 share = exp_of(x, counts);
        const __m512 weight = _mm512_maskz_mul_ps(counts, share, value_scale);
        total[r] = _mm512_add_ps(total[r], share);
        heaviest[r] = _mm512_max_ps(heaviest[r], weight);
        _mm512_store_ps(rows[r].scores + p, weight);
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      sum[r] = _mm512_reduce_add_ps(total[r]);
      greatest[r] = _mm512_reduce_max_ps(heaviest[r]);
    }
  }

  // A chunk at a time: 4 registers of positions. With the first rows the chunk's values are fetched, which come after
  // them, and the same part of the next span; the others find all of it there.
  template <int kRows>
  static void score(const Int8Span& span, ChunkRange seen, const Int8Queries& queries, int first, Row* rows) noexcept {
    for (int c = seen.first; c < seen.last; ++c) {
      score_chunk<kRows>(span.chunks[c], first == 0 ? span.next[c] : nullptr, queries, first, rows, c * kKeyChunk);
    }
  }

  // next: a chunk whose keys are fetched, with this one's values and scales; nullptr: nothing is.
  template <int kRows>
  [[gnu::noinline]] static void score_chunk(const std::uint8_t* keys, const std::uint8_t* next,
                                            const Int8Queries& queries, int first, Row* rows, int position) noexcept {
    const int d = queries.head_dim;
    const std::int8_t* q = queries.values + first * d;
    __m512i sum[kRows][4];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) sum[r][v] = _mm512_set1_epi32(-128 * queries.sums[first + r]);
    }
    for (int i = 0; i < d; i += 4, keys += 4 * kKeyChunk) {
      if (next != nullptr) {
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) {
          prefetch(next + i * kKeyChunk + 64 * v);
          prefetch(keys + kKeyChunk * d + 64 * v);
        }
      }
      __m512i factor[kRows];
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) factor[r] = broadcast(q + r * d + i);
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) {
        const __m512i key = load(keys + 64 * v);
#pragma GCC unroll 4
        for (int r = 0; r < kRows; ++r) add_products(sum[r][v], key, factor[r]);
      }
    }
    for (int v = 0; next != nullptr && v < 4; ++v) prefetch(keys + kKeyChunk * d + 64 * v);  // the scales
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) _mm512_store_si512(rows[r].scores + position + 16 * v, sum[r][v]);
    }
  }

  // In registers: 24 sums of 3 rows and 64 dims, 16 of 4 rows and 32 dims. With the first rows the next span's values
  // are fetched.
  template <int kRows>
  static void weigh(const Int8Span& span, ChunkRange seen, const Int8Queries& queries, int first, const Row* rows,
                    float* out) noexcept {
    constexpr int kVectors = kRows == 4 ? 2 : 4;
    const int d = queries.head_dim;
    const bool fetch = first == 0;
    int i = 0;
    for (; i + 16 * kVectors <= d; i += 16 * kVectors)
      weigh_dims<kRows, kVectors>(span, seen, rows, d, i, fetch, out + i);
    for (; i < d; i += 16) weigh_dims<kRows, 1>(span, seen, rows, d, i, fetch, out + i);
  }

  // kVectors * 16 dims from `dim` on.
  template <int kRows, int kVectors>
  [[gnu::noinline]] static void weigh_dims(const Int8Span& span, ChunkRange seen, const Row* rows, int head_dim,
                                           int dim, bool fetch, float* out) noexcept {
    __m512i low[kRows][kVectors], high[kRows][kVectors];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) low[r][v] = high[r][v] = _mm512_setzero_si512();
    }
    for (int c = seen.first; c < seen.last; ++c) {
      const std::uint8_t* values = span.chunks[c] + kKeyChunk * head_dim + 4 * dim;
      const std::uint8_t* next = span.next[c] + kKeyChunk * head_dim + 4 * dim;
      for (int p = 0; p < kKeyChunk; p += 4, values += 4 * head_dim, next += 4 * head_dim) {
        if (fetch) {
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) prefetch(next + 64 * v);
        }
        const int at = c * kKeyChunk + 4 * (p % 16 + p / 16);  // where pack_weights() put the 4 weights from p on
        __m512i bytes[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) bytes[v] = load(values + 64 * v);
#pragma GCC unroll 4
        for (int r = 0; r < kRows; ++r) {
          const __m512i l = broadcast(rows[r].low + at), h = broadcast(rows[r].high + at);
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) {
            add_products(low[r][v], l, bytes[v]);
            add_products(high[r][v], h, bytes[v]);
          }
        }
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      const __m512 scale = _mm512_set1_ps(rows[r].weight_scale);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const __m512i sum = _mm512_add_epi32(low[r][v], _mm512_slli_epi32(high[r][v], 8));
        _mm512_storeu_ps(out + r * head_dim + 16 * v, _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale));
      }
    }
  }
};

}  // namespace

void fill_avx512_attention(Table& table) noexcept { fill_attention<Products>(table); }

}  // namespace sotto::kernels
