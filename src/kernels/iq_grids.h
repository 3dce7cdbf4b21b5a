// The grids of the IQ types: which combinations of 8 (or 4) neighbouring values an index stands for. Facts of the
// format, packed: value i of an entry is the code in its bits 2 i and 2 i + 1 (kIq3…: 3 i to 3 i + 2).
#pragma once

#include <cstdint>

namespace sotto::kernels {

// Codes 0, 1, 2: magnitudes 8, 25, 43. [entries] of 8 values.
extern const std::uint16_t kIq2XxsGrid[256];
extern const std::uint16_t kIq2XsGrid[512];
extern const std::uint16_t kIq2SGrid[1024];

// Of IQ1_S and IQ1_M. Codes 0, 1, 2: values -1, 0, 1. [entries] of 8 values.
extern const std::uint16_t kIq1Grid[2048];

// [entries] of 4 values. Magnitudes of the codes: see dequantize_iq.cpp.
extern const std::uint16_t kIq3XxsGrid[256];
extern const std::uint16_t kIq3SGrid[512];

}  // namespace sotto::kernels
