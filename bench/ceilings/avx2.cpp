// 256 bits: vfmadd231ps, and bytes as AVX2 multiplies them: vpmaddubsw adds pairs of products in int16, vpaddw sums.
#include <immintrin.h>

#include "ceilings/probes.h"

namespace sotto::bench {
namespace {

#include "ceilings/loops.inc"

struct Avx2 {
  using Float = __m256;
  using Int = __m256i;
  static constexpr int kFloats = 8, kInt8Macs = 32, kBytes = 32;

  static Float multiply_add(Float sum, Float a, Float b) noexcept { return _mm256_fmadd_ps(a, b, sum); }
  static Int multiply_add(Int sum, Int a, Int b) noexcept { return _mm256_add_epi16(sum, _mm256_maddubs_epi16(a, b)); }
  static Int load(const std::uint8_t* bytes) noexcept {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(bytes));
  }
  static Int merge(Int a, Int b) noexcept { return _mm256_or_si256(a, b); }
};

}  // namespace

extern const Probes kAvx2Probes = {
    "avx2",        "vfmadd231ps, 256 bits", "vpmaddubsw and vpaddw, 256 bits", fma_macs<Avx2, 12>, int8_macs<Avx2, 12>,
    read_all<Avx2>};

}  // namespace sotto::bench
