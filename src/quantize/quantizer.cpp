#include "quantize/quantizer.h"

#include <algorithm>
#include <cstring>

#include "kernels/half.h"
#include "quantize/blocks.h"

namespace sotto::quantize {
namespace {

using gguf::TensorType;
using BlockFn = void (*)(const float* x, const float* w, std::uint8_t* out) noexcept;

constexpr std::int64_t kMostValues = 256;

struct Ones {
  float values[kMostValues];
  constexpr Ones() : values() {
    for (float& value : values) value = 1;
  }
};
constexpr Ones kOnes;

template <std::int64_t kValues, std::int64_t kBytes, BlockFn kBlock>
void each_block(const float* x, const float* weights, void* dst, std::int64_t n) noexcept {
  auto* out = static_cast<std::uint8_t*>(dst);
  for (std::int64_t i = 0; i < n; i += kValues, out += kBytes) {
    kBlock(x + i, weights == nullptr ? kOnes.values : weights + i, out);
  }
}

void as_f32(const float* x, const float*, void* dst, std::int64_t n) noexcept {
  std::memcpy(dst, x, static_cast<std::size_t>(n) * sizeof *x);
}

void as_f16(const float* x, const float*, void* dst, std::int64_t n) noexcept {
  auto* out = static_cast<std::uint8_t*>(dst);
  for (std::int64_t i = 0; i < n; ++i, out += 2) {
    blocks::store(out, kernels::float_to_half(std::clamp(x[i], -65504.0f, 65504.0f)));
  }
}

void as_bf16(const float* x, const float*, void* dst, std::int64_t n) noexcept {
  constexpr std::uint32_t kMost = 0x7f7f;
  auto* out = static_cast<std::uint8_t*>(dst);
  for (std::int64_t i = 0; i < n; ++i, out += 2) {
    const std::uint32_t bits = kernels::float_to_bits(x[i]), sign = bits >> 16 & 0x8000u,
                        magnitude = bits & 0x7fffffffu;
    const std::uint32_t rounded = (magnitude + 0x7fffu + (magnitude >> 16 & 1u)) >> 16;
    blocks::store(out, static_cast<std::uint16_t>(sign | std::min(rounded, kMost)));
  }
}

}  // namespace

QuantizeFn quantizer(TensorType type) noexcept {
  switch (type) {
    case TensorType::kF32: return as_f32;
    case TensorType::kF16: return as_f16;
    case TensorType::kBF16: return as_bf16;
    case TensorType::kQ4_0: return each_block<32, 18, blocks::q4_0>;
    case TensorType::kQ4_1: return each_block<32, 20, blocks::q4_1>;
    case TensorType::kQ5_0: return each_block<32, 22, blocks::q5_0>;
    case TensorType::kQ5_1: return each_block<32, 24, blocks::q5_1>;
    case TensorType::kQ8_0: return each_block<32, 34, blocks::q8_0>;
    case TensorType::kQ3_K: return each_block<256, 110, blocks::q3_k>;
    case TensorType::kQ4_K: return each_block<256, 144, blocks::q4_k>;
    case TensorType::kQ5_K: return each_block<256, 176, blocks::q5_k>;
    case TensorType::kQ6_K: return each_block<256, 210, blocks::q6_k>;
    case TensorType::kIQ4_NL: return each_block<32, 18, blocks::iq4_nl>;
    case TensorType::kIQ4_XS: return each_block<256, 136, blocks::iq4_xs>;
    default: return nullptr;
  }
}

}  // namespace sotto::quantize
