// A packed panel to the two planes of kernels/head.h, from which kernels multiply as they do from panels.
#pragma once

#include <cstdint>

#include "kernels/head.h"

namespace sotto::ops {

// packing: one that has planes. panel: panel_bytes(packing, k); coarse: coarse_panel_bytes(packing, k); fine:
// fine_panel_bytes(packing, k). The three don't overlap.
void split_panel(kernels::Packing packing, const std::uint8_t* panel, std::int64_t k, std::uint8_t* coarse,
                 std::uint8_t* fine);

}  // namespace sotto::ops
