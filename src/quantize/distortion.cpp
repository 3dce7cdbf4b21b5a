#include "quantize/distortion.h"

#include <algorithm>

#include "kernels/dequantize.h"
#include "quantize/quantizer.h"

namespace sotto::quantize {
namespace {

using enum gguf::TensorType;

constexpr gguf::TensorType kCandidates[] = {kQ3_K, kIQ4_XS, kIQ4_NL, kQ4_K, kQ4_1, kQ5_K, kQ5_0, kQ5_1, kQ6_K, kQ8_0};

std::size_t bytes_of_row(gguf::TensorType type, std::uint64_t n) {
  const auto info = gguf::type_info(type);
  return static_cast<std::size_t>(n / info->block_values * info->block_bytes);
}

}  // namespace

std::vector<gguf::TensorType> types_for_rows(std::uint64_t row_values) {
  std::vector<gguf::TensorType> types;
  std::copy_if(std::begin(kCandidates), std::end(kCandidates), std::back_inserter(types),
               [&](gguf::TensorType type) { return row_values % gguf::type_info(type)->block_values == 0; });
  return types;
}

double sampled_error(const gguf::Tensor& tensor, gguf::TensorType type, const ColumnWeights* weights) {
  const std::uint64_t cols = tensor.dims[0], n_rows = tensor.n_rows();
  const std::uint64_t n_sampled = std::clamp<std::uint64_t>(kSampleValues / cols, 1, n_rows);
  const std::size_t row_bytes = tensor.data.size() / n_rows;
  const auto n = static_cast<std::int64_t>(cols);
  std::vector<float> x(cols), y(cols), w(cols, 1.0f);
  std::vector<std::byte> packed(bytes_of_row(type, cols));
  double error = 0, energy = 0;
  for (std::uint64_t i = 0; i < n_sampled; ++i) {
    const std::uint64_t row = i * n_rows / n_sampled;
    kernels::dequantize_row(static_cast<std::uint32_t>(tensor.type), tensor.data.data() + row * row_bytes, x.data(), n);
    if (weights != nullptr) weights->fill(row * cols, tensor.dims[1], cols, w.data());
    quantizer(type)(x.data(), w.data(), packed.data(), n);
    kernels::dequantize_row(static_cast<std::uint32_t>(type), packed.data(), y.data(), n);
    for (std::size_t c = 0; c < cols; ++c) {
      const double rest = static_cast<double>(x[c]) - static_cast<double>(y[c]);
      error += static_cast<double>(w[c]) * rest * rest;
      energy += static_cast<double>(w[c]) * static_cast<double>(x[c]) * static_cast<double>(x[c]);
    }
  }
  return energy > 0 ? error / energy : 0;
}

}  // namespace sotto::quantize
