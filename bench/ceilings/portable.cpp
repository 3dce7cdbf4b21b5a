// What the compiler makes of 16-byte vectors on any processor; bytes are multiplied as int16.
#include "ceilings/probes.h"

namespace sotto::bench {
namespace {

#include "ceilings/loops.inc"

struct Portable {
  using Float = float __attribute__((vector_size(16)));
  using Int = short __attribute__((vector_size(16)));
  static constexpr int kFloats = 4, kInt8Macs = 8, kBytes = 16;

  static Float multiply_add(Float sum, Float a, Float b) noexcept { return sum + a * b; }
  static Int multiply_add(Int sum, Int a, Int b) noexcept { return static_cast<Int>(sum + a * b); }
  static Int load(const std::uint8_t* bytes) noexcept { return *reinterpret_cast<const Int*>(bytes); }
  static Int merge(Int a, Int b) noexcept { return a | b; }
};

}  // namespace

extern const Probes kPortableProbes = {"scalar",
                                       "f32 in 16-byte vectors",
                                       "bytes as int16 in 16-byte vectors",
                                       fma_macs<Portable, 12>,
                                       int8_macs<Portable, 12>,
                                       read_all<Portable>};

}  // namespace sotto::bench
