// What the processor offers to the kernels.
#pragma once

namespace sotto::kernels {

struct CpuFeatures {
  bool avx2 = false;         // AVX2 with BMI2, FMA and F16C
  bool avx_vnni = false;     // the same, and AVX-VNNI
  bool avx512_vnni = false;  // AVX-512 F, BW, VL, DQ and VNNI
  // ARMv8.2
  bool neon_dotprod = false;  // products of bytes (dotprod)
  bool neon_i8mm = false;     // products of matrices of bytes (i8mm), besides
};

// Asked once, then cached; thread-safe.
const CpuFeatures& cpu_features() noexcept;

}  // namespace sotto::kernels
