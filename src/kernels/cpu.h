// What the processor offers to the kernels.
#pragma once

namespace sotto::kernels {

struct CpuFeatures {
  bool avx2 = false;         // AVX2 with FMA and F16C
  bool avx512_vnni = false;  // AVX-512 F, BW, VL, DQ and VNNI
};

// Asked once, then cached; thread-safe.
const CpuFeatures& cpu_features() noexcept;

}  // namespace sotto::kernels
