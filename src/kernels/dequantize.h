// Rows of a GGUF file as f32, in plain arithmetic: the reference that packing, tests and rare rows
// use. Knows GGUF's types by their number in the file and nothing else of it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sotto::kernels {

// src: n values in whole blocks, at any alignment; dst [n] f32; n a multiple of the type's block
// (1, 32, 64 or 256). Rounds after each operation, as ggml's reference does, so the result is the same
// on every machine (a NaN stays a NaN, with any payload).
using DequantizeFn = void (*)(const void* src, float* dst, std::int64_t n) noexcept;

// For every type that gguf::type_info() knows; nullptr for every other number.
DequantizeFn dequantizer(std::uint32_t gguf_type) noexcept;

// dequantizer(gguf_type)(src, dst, n), for types that have one.
void dequantize_row(std::uint32_t gguf_type, const void* src, float* dst, std::int64_t n) noexcept;

}  // namespace sotto::kernels
