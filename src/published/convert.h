// Weights of one type as weights of another, in parts of bounded size. Knows nothing of files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gguf/tensor_type.h"

namespace sotto::published {

// `values` values of type `from` (F32, F16 or BF16) to `to`, appended to `out`; `add` is added in f32. Rounds to
// nearest, ties to even. Gives the index of the first finite value that became infinite, or -1.
std::int64_t append_converted(std::span<const std::byte> values, gguf::TensorType from, gguf::TensorType to, float add,
                              std::vector<std::byte>& out);

// Likewise -exp(value) of each, as F32; false where one is infinite.
bool append_minus_exp(std::span<const std::byte> values, gguf::TensorType from, std::vector<std::byte>& out);

// Where row `row` of a tensor whose heads' rows stand in pairs that rotate together comes from: halves of a head,
// where row i rotates with row i + head_rows / 2, become neighbours.
constexpr std::uint64_t paired_row(std::uint64_t row, std::uint64_t head_rows) {
  const std::uint64_t in_head = row % head_rows;
  return row - in_head + in_head / 2 + (in_head % 2) * (head_rows / 2);
}

// Where block `block` comes from, when of n_groups groups of neighbouring blocks, n_blocks in all, the first blocks
// become neighbours, then the second ones, and so on.
constexpr std::uint64_t tiled_block(std::uint64_t block, std::uint64_t n_groups, std::uint64_t n_blocks) {
  return block % n_groups * (n_blocks / n_groups) + block / n_groups;
}

}  // namespace sotto::published
