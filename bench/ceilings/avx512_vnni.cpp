// 512 bits: vfmadd231ps and vpdpbusd, which adds four products of bytes to each int32.
#include <immintrin.h>

#include "ceilings/probes.h"

namespace sotto::bench {
namespace {

#include "ceilings/loops.inc"

struct Avx512Vnni {
  using Float = __m512;
  using Int = __m512i;
  static constexpr int kFloats = 16, kInt8Macs = 64, kBytes = 64;

  static Float multiply_add(Float sum, Float a, Float b) noexcept { return _mm512_fmadd_ps(a, b, sum); }
  static Int multiply_add(Int sum, Int a, Int b) noexcept { return _mm512_dpbusd_epi32(sum, a, b); }
  static Int load(const std::uint8_t* bytes) noexcept { return _mm512_load_si512(bytes); }
  static Int merge(Int a, Int b) noexcept { return _mm512_or_si512(a, b); }
};

}  // namespace

extern const Probes kAvx512VnniProbes = {"avx512_vnni",
                                         "vfmadd231ps, 512 bits",
                                         "vpdpbusd, 512 bits",
                                         fma_macs<Avx512Vnni, 16>,
                                         int8_macs<Avx512Vnni, 16>,
                                         read_all<Avx512Vnni>};

}  // namespace sotto::bench
