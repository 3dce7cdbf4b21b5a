// The vocabulary head's coarse pass for AVX-512 with VNNI: a panel's 16 rows are the lanes of one register. A token
// reads the plane once, so memory sets the pace.
#include <immintrin.h>

#include "kernels/table.h"

namespace sotto::kernels {
namespace {

// Far enough ahead that the next page is on its way when the hardware's prefetcher stops at the end of this one.
constexpr int kPrefetchBytes = 4096;

inline __m512 load_halves(const std::uint8_t* bytes) noexcept {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes)));
}

inline __m512i broadcast4(const std::int8_t* x) noexcept {
  std::int32_t dword;
  __builtin_memcpy(&dword, x, sizeof dword);
  return _mm512_set1_epi32(dword);
}

struct HalfSums {
  __m512i low, high;  // k = 0…15 and k = 16…31 of a block
};

inline HalfSums dot(const std::uint8_t* lines, const std::int8_t* x) noexcept {
  const __m512i nibble = _mm512_set1_epi8(15);
  HalfSums sums{_mm512_setzero_si512(), _mm512_setzero_si512()};
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const __m512i line = _mm512_loadu_si512(lines + c * kLineBytes);
    const __m512i high = _mm512_and_si512(_mm512_srli_epi16(line, 4), nibble);
    sums.low = _mm512_dpbusd_epi32(sums.low, _mm512_and_si512(line, nibble), broadcast4(x + 4 * c));
    sums.high = _mm512_dpbusd_epi32(sums.high, high, broadcast4(x + kHalfBlock + 4 * c));
  }
  return sums;
}

// Of half `half` of block `b`, 16 rows.
template <Packing kPacking>
inline __m512 load_scales(const std::uint8_t* heads, std::int64_t b, int half) noexcept {
  if constexpr (kPacking == Packing::kQ8_0) return load_halves(heads + b * kScaleBytes);
  const std::uint8_t* head = heads + b / 8 * format_of(kPacking).head_bytes;
  const std::uint8_t* sub_scales = head + kQ6SubScaleOffset + (b % 8 * 2 + half) * kPanelRows;
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(sub_scales));
  return _mm512_mul_ps(load_halves(head), _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)));
}

// total + the products of the upper bits of block `b`
template <Packing kPacking>
inline __m512 add_products(const std::uint8_t* panel, std::int64_t k, std::int64_t b, const std::int8_t* values,
                           float x_scale, __m512 total) noexcept {
  const HalfSums sums = dot(panel + heads_bytes(kPacking, k) + b * kCoarseBytes, values + b * kBlock);
  const __m512 factor = _mm512_set1_ps(coarse_grid(kPacking).step * x_scale);
  const __m512 scale = load_scales<kPacking>(panel, b, 0);
  if constexpr (kPacking == Packing::kQ8_0) {
    const __m512 sum = _mm512_cvtepi32_ps(_mm512_add_epi32(sums.low, sums.high));
    return _mm512_fmadd_ps(_mm512_mul_ps(scale, factor), sum, total);
  } else {
    const __m512 high_scale = load_scales<kPacking>(panel, b, 1);
    total = _mm512_fmadd_ps(_mm512_mul_ps(scale, factor), _mm512_cvtepi32_ps(sums.low), total);
    return _mm512_fmadd_ps(_mm512_mul_ps(high_scale, factor), _mm512_cvtepi32_ps(sums.high), total);
  }
}

struct Totals {
  __m512 estimate, variance;
};

inline void add_moments(__m512 scale, float shift, float energy, Totals& totals) noexcept {
  totals.estimate = _mm512_fmadd_ps(scale, _mm512_set1_ps(shift), totals.estimate);
  totals.variance = _mm512_fmadd_ps(_mm512_mul_ps(scale, scale), _mm512_set1_ps(energy), totals.variance);
}

template <Packing kPacking>
inline void add_block(const std::uint8_t* panel, const CoarseInput& x, std::int64_t b, Totals& totals) noexcept {
  const std::uint8_t* lines = panel + heads_bytes(kPacking, x.k) + b * kCoarseBytes;
  for (int i = 0; i < kCoarseBytes; i += kLineBytes) {
    _mm_prefetch(reinterpret_cast<const char*>(lines + kPrefetchBytes + i), _MM_HINT_T0);
  }
  totals.estimate = add_products<kPacking>(panel, x.k, b, x.values, x.scales[b], totals.estimate);
  const float* shifts = x.shifts + 2 * b;
  const float* energies = x.energies + 2 * b;
  if constexpr (kPacking == Packing::kQ8_0) {
    add_moments(load_scales<kPacking>(panel, b, 0), shifts[0] + shifts[1], energies[0] + energies[1], totals);
  } else {
    for (int half = 0; half < 2; ++half) {
      add_moments(load_scales<kPacking>(panel, b, half), shifts[half], energies[half], totals);
    }
  }
}

template <Packing kPacking>
void coarse(const std::uint8_t* panels, std::int64_t n_panels, const CoarseInput& x, float* estimates,
            float* deviations) noexcept {
  for (std::int64_t p = 0; p < n_panels; ++p, panels += coarse_panel_bytes(kPacking, x.k)) {
    Totals totals{_mm512_setzero_ps(), _mm512_setzero_ps()};
    for (std::int64_t b = 0; b < x.k / kBlock; ++b) add_block<kPacking>(panels, x, b, totals);
    for (std::int64_t i = 0; i < x.n_listed; ++i) {
      const std::int64_t b = x.listed[i];
      totals.estimate = add_products<kPacking>(panels, x.k, b, x.remainder, x.remainder_scales[b], totals.estimate);
    }
    _mm512_storeu_ps(estimates + p * kPanelRows, totals.estimate);
    _mm512_storeu_ps(deviations + p * kPanelRows, _mm512_sqrt_ps(totals.variance));
  }
}

}  // namespace

void fill_avx512_head(Table& table) noexcept {
  table.coarse[static_cast<int>(Packing::kQ8_0)] = coarse<Packing::kQ8_0>;
  table.coarse[static_cast<int>(Packing::kQ6_K)] = coarse<Packing::kQ6_K>;
}

}  // namespace sotto::kernels
