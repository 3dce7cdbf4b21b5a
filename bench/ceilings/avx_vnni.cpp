// 256 bits with AVX-VNNI: vfmadd231ps and vpdpbusd in its VEX form.
#include <immintrin.h>

#include "ceilings/probes.h"

namespace sotto::bench {
namespace {

#include "ceilings/loops.inc"

struct AvxVnni {
  using Float = __m256;
  using Int = __m256i;
  static constexpr int kFloats = 8, kInt8Macs = 32, kBytes = 32;

  static Float multiply_add(Float sum, Float a, Float b) noexcept { return _mm256_fmadd_ps(a, b, sum); }
  static Int multiply_add(Int sum, Int a, Int b) noexcept { return _mm256_dpbusd_avx_epi32(sum, a, b); }
  static Int load(const std::uint8_t* bytes) noexcept {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(bytes));
  }
  static Int merge(Int a, Int b) noexcept { return _mm256_or_si256(a, b); }
};

}  // namespace

extern const Probes kAvxVnniProbes = {
    "avx_vnni",       "vfmadd231ps, 256 bits", "vpdpbusd, 256 bits", fma_macs<AvxVnni, 12>, int8_macs<AvxVnni, 12>,
    read_all<AvxVnni>};

}  // namespace sotto::bench
