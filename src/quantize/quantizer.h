// Rows of f32 as GGUF's types, with the least squared error that a search finds. Knows nothing of files.
#pragma once

#include <cstdint>

#include "gguf/tensor_type.h"

namespace sotto::quantize {

// x: [n] f32, finite, n a multiple of the type's block; weights: [n] f32, the weight of each value's squared error, at
// least 0 and finite, or nullptr where all count alike; dst: n / block values * block bytes, at any alignment. Values
// beyond what the type holds become the nearest it has. Deterministic, the same on every machine; thread-safe.
using QuantizeFn = void (*)(const float* x, const float* weights, void* dst, std::int64_t n) noexcept;

// For F32, F16, BF16 (rounded to nearest, ties to even), Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL
// and IQ4_XS; nullptr for every other type.
QuantizeFn quantizer(gguf::TensorType type) noexcept;

}  // namespace sotto::quantize
