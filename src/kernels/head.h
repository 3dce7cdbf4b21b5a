// A matrix in two planes, for a vocabulary head of which only the greatest products are wanted: the coarse plane holds
// the scales and the upper bits of each integer, the fine plane the lower bits. Both together are the panels of
// layout.h, bit for bit, in another order. Knows nothing of files and threads.
//
//           coarse panel                                                    fine panel
//   kQ8_0   the heads, then for each block 4 lines of upper nibbles, plus 8   4 lines of lower nibbles a block
//   kQ6_K   the heads, then for 32 values 4 lines of the upper 4 of 6 bits    2 lines of the lower 2 bits for 32 values
//
// Nibble line c holds k = 4c…4c+3 in its low and k = 16+4c…16+4c+3 in its high halves. Of the two lines of lower bits
// the first belongs to the low halves and the second to the high ones, bits 2c and 2c+1 to line c.
//
// With u for what the coarse plane holds (0…15), a weight is scale * (step * u + offset + e): offset takes in the zero
// point and the mean of the lower bits, and e is what they differ from their mean, of variance `variance` when all
// their values are equally frequent.
//   kQ8_0   q = 16 (u - 8) + lower, lower in 0…15:      step 16, offset -128 + 7.5, variance (16² - 1) / 12
//   kQ6_K   q - 32 = 4 u + lower - 32, lower in 0…3:    step  4, offset  -32 + 1.5, variance  (4² - 1) / 12
#pragma once

#include "kernels/layout.h"

namespace sotto::kernels {

static constexpr bool has_planes(Packing packing) { return packing == Packing::kQ8_0 || packing == Packing::kQ6_K; }

inline constexpr int kCoarseBytes = 4 * kLineBytes;  // of 32 values of k, without their scales
static constexpr int fine_bytes(Packing packing) { return (format_of(packing).lines - 4) * kLineBytes; }

static constexpr std::size_t coarse_panel_bytes(Packing packing, std::int64_t k) {
  return static_cast<std::size_t>(heads_bytes(packing, k) + k / kBlock * kCoarseBytes);
}

static constexpr std::size_t fine_panel_bytes(Packing packing, std::int64_t k) {
  return static_cast<std::size_t>(k / kBlock * fine_bytes(packing));
}

inline constexpr int kHalfBlock = 16;

struct CoarseGrid {
  float step, offset, variance;
};
static constexpr CoarseGrid coarse_grid(Packing packing) {
  return packing == Packing::kQ8_0 ? CoarseGrid{16, -120.5f, 255.0f / 12} : CoarseGrid{4, -30.5f, 15.0f / 12};
}

// One token's activations, as the coarse plane meets them: value = scale * q. The remainder is added; it has something
// in the listed blocks alone.
struct CoarseInput {
  std::int64_t k;
  const std::int8_t *values, *remainder;   // [k]
  const float *scales, *remainder_scales;  // [k / 32]
  const std::uint16_t* listed;             // [n_listed], blocks of 32
  std::int64_t n_listed;
  const float* shifts;    // [k / 16]: offset times the sum of the activations
  const float* energies;  // [k / 16]: variance times the sum of their squares
};

}  // namespace sotto::kernels
