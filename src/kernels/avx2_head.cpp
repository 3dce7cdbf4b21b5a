// The vocabulary head's coarse pass for AVX2: a panel's 16 rows are the lanes of two registers. The upper bits are
// below 16, so the products of half a block, and of a whole one, stay within int16: 8 * 2 * 15 * 127 = 30,480.
#include <immintrin.h>

#include "kernels/table.h"

namespace sotto::kernels {
namespace {

inline __m256 load_halves(const std::uint8_t* bytes) noexcept {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
}

inline __m256i broadcast4(const std::int8_t* x) noexcept {
  std::int32_t dword;
  __builtin_memcpy(&dword, x, sizeof dword);
  return _mm256_set1_epi32(dword);
}

inline __m256 widen(__m256i sums16) noexcept {
  return _mm256_cvtepi32_ps(_mm256_madd_epi16(sums16, _mm256_set1_epi16(1)));
}

struct HalfSums {
  __m256i low, high;  // int16 pairs: k = 0…15 and k = 16…31 of a block
};

// `lines`: from the first of the 8 rows on.
inline HalfSums dot(const std::uint8_t* lines, const std::int8_t* x) noexcept {
  const __m256i nibble = _mm256_set1_epi8(15);
  HalfSums sums{_mm256_setzero_si256(), _mm256_setzero_si256()};
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const __m256i line = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lines + c * kLineBytes));
    const __m256i low = _mm256_and_si256(line, nibble), high = _mm256_and_si256(_mm256_srli_epi16(line, 4), nibble);
    sums.low = _mm256_add_epi16(sums.low, _mm256_maddubs_epi16(low, broadcast4(x + 4 * c)));
    sums.high = _mm256_add_epi16(sums.high, _mm256_maddubs_epi16(high, broadcast4(x + kHalfBlock + 4 * c)));
  }
  return sums;
}

// Of half `half` of block `b`, for the 8 rows from `row` on.
template <Packing kPacking>
inline __m256 load_scales(const std::uint8_t* heads, int row, std::int64_t b, int half) noexcept {
  if constexpr (kPacking == Packing::kQ8_0) return load_halves(heads + b * kScaleBytes + 2 * row);
  const std::uint8_t* head = heads + b / 8 * format_of(kPacking).head_bytes;
  const std::uint8_t* sub_scales = head + kQ6SubScaleOffset + (b % 8 * 2 + half) * kPanelRows + row;
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(sub_scales));
  return _mm256_mul_ps(load_halves(head + 2 * row), _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)));
}

// total + the products of the upper bits of block `b`, for the 8 rows from `row` on
template <Packing kPacking>
inline __m256 add_products(const std::uint8_t* panel, int row, std::int64_t k, std::int64_t b,
                           const std::int8_t* values, float x_scale, __m256 total) noexcept {
  const HalfSums sums = dot(panel + heads_bytes(kPacking, k) + b * kCoarseBytes + 4 * row, values + b * kBlock);
  const __m256 factor = _mm256_set1_ps(coarse_grid(kPacking).step * x_scale);
  const __m256 scale = load_scales<kPacking>(panel, row, b, 0);
  if constexpr (kPacking == Packing::kQ8_0) {
    const __m256 sum = widen(_mm256_add_epi16(sums.low, sums.high));
    return _mm256_fmadd_ps(_mm256_mul_ps(scale, factor), sum, total);
  } else {
    const __m256 high_scale = load_scales<kPacking>(panel, row, b, 1);
    total = _mm256_fmadd_ps(_mm256_mul_ps(scale, factor), widen(sums.low), total);
    return _mm256_fmadd_ps(_mm256_mul_ps(high_scale, factor), widen(sums.high), total);
  }
}

struct Totals {
  __m256 estimate, variance;
};

inline void add_moments(__m256 scale, float shift, float energy, Totals& totals) noexcept {
  totals.estimate = _mm256_fmadd_ps(scale, _mm256_set1_ps(shift), totals.estimate);
  totals.variance = _mm256_fmadd_ps(_mm256_mul_ps(scale, scale), _mm256_set1_ps(energy), totals.variance);
}

template <Packing kPacking>
inline void add_block(const std::uint8_t* panel, int row, const CoarseInput& x, std::int64_t b,
                      Totals& totals) noexcept {
  totals.estimate = add_products<kPacking>(panel, row, x.k, b, x.values, x.scales[b], totals.estimate);
  for (int half = 0; half < 2; ++half) {
    const std::int64_t at = 2 * b + half;
    add_moments(load_scales<kPacking>(panel, row, b, half), x.shifts[at], x.energies[at], totals);
  }
}

// The 8 rows from `row` on.
template <Packing kPacking>
inline void coarse_rows(const std::uint8_t* panel, int row, const CoarseInput& x, float* estimates,
                        float* deviations) noexcept {
  Totals totals{_mm256_setzero_ps(), _mm256_setzero_ps()};
  for (std::int64_t b = 0; b < x.k / kBlock; ++b) add_block<kPacking>(panel, row, x, b, totals);
  for (std::int64_t i = 0; i < x.n_listed; ++i) {
    const std::int64_t b = x.listed[i];
    totals.estimate = add_products<kPacking>(panel, row, x.k, b, x.remainder, x.remainder_scales[b], totals.estimate);
  }
  _mm256_storeu_ps(estimates + row, totals.estimate);
  _mm256_storeu_ps(deviations + row, _mm256_sqrt_ps(totals.variance));
}

template <Packing kPacking>
void coarse(const std::uint8_t* panels, std::int64_t n_panels, const CoarseInput& x, float* estimates,
            float* deviations) noexcept {
  for (std::int64_t p = 0; p < n_panels; ++p, panels += coarse_panel_bytes(kPacking, x.k)) {
    for (int row = 0; row < kPanelRows; row += 8) {
      coarse_rows<kPacking>(panels, row, x, estimates + p * kPanelRows, deviations + p * kPanelRows);
    }
  }
}

}  // namespace

void fill_avx2_head(Table& table) noexcept {
  table.coarse[static_cast<int>(Packing::kQ8_0)] = coarse<Packing::kQ8_0>;
  table.coarse[static_cast<int>(Packing::kQ6_K)] = coarse<Packing::kQ6_K>;
}

}  // namespace sotto::kernels
