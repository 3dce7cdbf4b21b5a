// What a type does to a tensor, estimated on some of its rows. Knows nothing of running models.
#pragma once

#include <vector>

#include "gguf/tensor.h"
#include "quantize/importance.h"

namespace sotto::quantize {

// Values of a tensor that are looked at: rows at even distances.
inline constexpr std::size_t kSampleValues = std::size_t{128} << 10;

// The types that a tensor with rows of this length may get under a budget, fewest bits first.
std::vector<gguf::TensorType> types_for_rows(std::uint64_t row_values);

// sum w (x - y)² / sum w x² over the sample, y what `type` makes of x, w the weight of the value's column, or 1 where
// weights is nullptr; 0 of a matrix of zeros. A tensor of a type that has a dequantizer; the same on every machine.
// Thread-safe.
double sampled_error(const gguf::Tensor& tensor, gguf::TensorType type, const ColumnWeights* weights);

}  // namespace sotto::quantize
