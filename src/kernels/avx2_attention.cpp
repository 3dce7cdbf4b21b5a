// Attention over int8 keys and values for AVX2. Bytes are widened to int16 where they meet their factors: vpmaddubsw
// would saturate at 255 * 127 * 2. The even bytes of a dword and the odd ones are taken by themselves, so that each
// pair of products falls into its dword's lane.
#include <immintrin.h>

#include "kernels/attention.inc"

namespace sotto::kernels {
namespace {

inline __m256i load(const void* from) noexcept { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }

inline __m256i broadcast(const std::int16_t* pair) noexcept {
  std::int32_t dword;
  std::memcpy(&dword, pair, sizeof dword);
  return _mm256_set1_epi32(dword);
}

inline __m256i even_bytes(__m256i x) noexcept { return _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8); }
inline __m256i odd_bytes(__m256i x) noexcept { return _mm256_srai_epi16(x, 8); }

// A query for products with even and odd bytes: the values of each dword in this order, widened.
inline void widen(const std::int8_t* query, int head_dim, std::int16_t* pairs) noexcept {
  const __m128i order = _mm_setr_epi8(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15);
  for (int i = 0; i < head_dim; i += 16) {
    const __m128i values = _mm_loadu_si128(reinterpret_cast<const __m128i*>(query + i));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(pairs + i), _mm256_cvtepi8_epi16(_mm_shuffle_epi8(values, order)));
  }
}

struct Products : TiledProducts<Products> {
  template <int kRows>
  static void score(const Int8Span& span, ChunkRange seen, const Int8Queries& queries, int first,
                    SpanRow* rows) noexcept {
    std::int16_t pairs[kRows][kMostHeadDim];
    for (int r = 0; r < kRows; ++r) widen(queries.values + (first + r) * queries.head_dim, queries.head_dim, pairs[r]);
    for (int p = seen.first * kKeyChunk; p < seen.last * kKeyChunk; p += 16) {
      const std::uint8_t* keys = span.chunks[p / kKeyChunk] + p % kKeyChunk * 4;
      score_positions<kRows>(keys, pairs, queries.head_dim, queries.sums + first, rows, p);
    }
  }

  // Of 16 positions from `position` on.
  template <int kRows>
  static void score_positions(const std::uint8_t* keys, const std::int16_t (&pairs)[kRows][kMostHeadDim], int head_dim,
                              const std::int32_t* query_sums, SpanRow* rows, int position) noexcept {
    __m256i sum[kRows][2];
    for (int r = 0; r < kRows; ++r) sum[r][0] = sum[r][1] = _mm256_set1_epi32(-128 * query_sums[r]);
    for (int i = 0; i < head_dim; i += 4, keys += 4 * kKeyChunk) {
      for (int half = 0; half < 2; ++half) {
        const __m256i bytes = load(keys + 32 * half);
        const __m256i even = _mm256_and_si256(bytes, _mm256_set1_epi16(255)), odd = _mm256_srli_epi16(bytes, 8);
        for (int r = 0; r < kRows; ++r) {
          sum[r][half] = _mm256_add_epi32(sum[r][half], _mm256_madd_epi16(even, broadcast(pairs[r] + i)));
          sum[r][half] = _mm256_add_epi32(sum[r][half], _mm256_madd_epi16(odd, broadcast(pairs[r] + i + 2)));
        }
      }
    }
    for (int r = 0; r < kRows; ++r) {
      for (int half = 0; half < 2; ++half) {
        _mm256_store_si256(reinterpret_cast<__m256i*>(rows[r].products + position + 8 * half), sum[r][half]);
      }
    }
  }

  // 16 dims from `dim` on.
  template <int kRows>
  static void weigh_dims(const Int8Span& span, ChunkRange seen, const SpanRow* rows, int head_dim, int dim,
                         float* out) noexcept {
    __m256i sum[kRows][2];
    for (int r = 0; r < kRows; ++r) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    for (int p = seen.first * kKeyChunk; p < seen.last * kKeyChunk; p += 4) {
      const std::uint8_t* values = span.chunks[p / kKeyChunk] + kKeyChunk * head_dim;
      for (int half = 0; half < 2; ++half) {
        const __m256i bytes = load(values + (p % kKeyChunk / 4 * head_dim + dim + 8 * half) * 4);
        const __m256i even = even_bytes(bytes), odd = odd_bytes(bytes);
        for (int r = 0; r < kRows; ++r) {
          const std::int16_t* weights = rows[r].weights + p;
          sum[r][half] = _mm256_add_epi32(sum[r][half], _mm256_madd_epi16(even, broadcast(weights)));
          sum[r][half] = _mm256_add_epi32(sum[r][half], _mm256_madd_epi16(odd, broadcast(weights + 2)));
        }
      }
    }
    for (int r = 0; r < kRows; ++r) {
      const __m256 scale = _mm256_set1_ps(rows[r].weight_scale);
      for (int half = 0; half < 2; ++half) {
        _mm256_storeu_ps(out + r * head_dim + 8 * half, _mm256_mul_ps(_mm256_cvtepi32_ps(sum[r][half]), scale));
      }
    }
  }
};

}  // namespace

void fill_avx2_attention(Table& table) noexcept { fill_attention<Products>(table); }

}  // namespace sotto::kernels
