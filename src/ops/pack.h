// Weights from a GGUF file's blocks to the panels of kernels/layout.h.
#pragma once

#include <cstdint>
#include <optional>

#include "gguf/tensor_type.h"
#include "kernels/layout.h"

namespace sotto::ops {

// The packing that holds `type`, bit for bit; nothing for types that are computed with as they are.
std::optional<kernels::Packing> packing_for(gguf::TensorType type);

// Writes one panel. rows: the panel's first row in the file, `row_bytes` apart, n_rows <= 16 of them (missing rows
// become zeros); k: values a row, a multiple of the type's block. panel: panel_bytes(packing, k) bytes, 64-aligned or
// not.
void pack_panel(gguf::TensorType type, const std::byte* rows, std::size_t row_bytes, int n_rows, std::int64_t k,
                std::uint8_t* panel);

}  // namespace sotto::ops
