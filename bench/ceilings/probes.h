// What a core can do at most: loops of independent multiply-adds in registers, and a sweep over memory. One set for
// each instruction set, in its own source with its own flags. Knows nothing of kernels, models and threads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sotto::bench {

struct Probes {
  const char* level;  // as the kernels call it
  const char* fma;    // what multiplies and adds f32
  const char* int8;   // what multiplies and adds bytes

  // Both return how many multiply-adds they did, which grows with `rounds`.
  double (*fma_macs)(long rounds) noexcept;
  double (*int8_macs)(long rounds) noexcept;

  // Reads every byte. bytes: a multiple of 1024; data: 64-aligned.
  void (*read)(const std::uint8_t* data, std::size_t bytes) noexcept;
};

extern const Probes kPortableProbes;
#if defined(__x86_64__)
extern const Probes kAvx2Probes;
extern const Probes kAvxVnniProbes;
extern const Probes kAvx512VnniProbes;
#endif

}  // namespace sotto::bench
