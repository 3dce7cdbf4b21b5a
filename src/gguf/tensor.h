// A view of one tensor in a GGUF file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "gguf/tensor_type.h"

namespace sotto::gguf {

struct Tensor {
  std::string_view name;
  TensorType type;
  int n_dims;
  std::array<std::uint64_t, 4> dims;  // dims[0] is the fastest: a row's length; unused ones are 1
  std::span<const std::byte> data;

  std::uint64_t n_values() const { return dims[0] * dims[1] * dims[2] * dims[3]; }
  std::uint64_t n_rows() const { return dims[1] * dims[2] * dims[3]; }
};

}  // namespace sotto::gguf
