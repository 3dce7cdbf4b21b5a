// Random blocks of every quantized GGUF type whose values have a size that models have.
#pragma once

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "gguf/tensor_type.h"
#include "kernels/half.h"

namespace sotto::support {

// An f16 of a block, and its size where values are to be about 1.
struct BlockScale {
  std::size_t offset;
  float size;
};

inline std::vector<BlockScale> block_scales(gguf::TensorType type) {
  using Type = gguf::TensorType;
  switch (type) {
    case Type::kQ4_0: return {{0, 1 / 4.6f}};
    case Type::kQ4_1: return {{0, 1 / 4.6f}, {2, -7.5f / 4.6f}};
    case Type::kQ5_0: return {{0, 1 / 9.2f}};
    case Type::kQ5_1: return {{0, 1 / 9.2f}, {2, -15.5f / 9.2f}};
    case Type::kQ8_0: return {{0, 1 / 74.0f}};
    case Type::kQ2_K: return {{80, 1 / 12.0f}, {82, 1.5f / 12.0f}};
    case Type::kQ3_K: return {{108, 1 / 42.0f}};
    case Type::kQ4_K: return {{0, 1 / 170.0f}, {2, 7.5f / 170.0f}};
    case Type::kQ5_K: return {{0, 1 / 340.0f}, {2, 15.5f / 340.0f}};
    case Type::kQ6_K: return {{208, 1 / 1360.0f}};
    case Type::kIQ2_XXS:
    case Type::kIQ2_XS:
    case Type::kIQ2_S: return {{0, 1 / 60.0f}};
    case Type::kIQ3_XXS:
    case Type::kIQ3_S: return {{0, 1 / 140.0f}};
    case Type::kIQ1_S: return {{0, 1 / 7.0f}};
    case Type::kIQ4_NL: return {{0, 1 / 66.0f}};
    case Type::kIQ4_XS: return {{0, 1 / 1220.0f}};
    case Type::kTQ1_0: return {{52, 1.2f}};
    case Type::kTQ2_0: return {{64, 0.8f}};
    case Type::kQ1_0: return {{0, 1.0f}};
    case Type::kQ2_0: return {{0, 0.8f}};
    default: return {};
  }
}

// Random bits; scales such that the values are about `size`, from 2^-12 to 1. block: block_bytes of a quantized type.
inline void fill_random_block(gguf::TensorType type, float size, std::mt19937& engine, std::byte* block) {
  const gguf::TypeInfo info = *gguf::type_info(type);
  const auto write = [&](std::size_t at, int byte) { block[at] = static_cast<std::byte>(byte); };
  for (std::uint32_t i = 0; i < info.block_bytes; ++i) block[i] = static_cast<std::byte>(engine());
  for (const auto& [offset, share] : block_scales(type)) {
    const std::uint16_t half = kernels::float_to_half(share * size);
    std::memcpy(block + offset, &half, sizeof half);
  }
  if (type == gguf::TensorType::kIQ1_M) {  // its f16 is the top nibbles of four words
    const std::uint16_t half = kernels::float_to_half(size / 7);
    for (std::size_t i = 0; i < 4; ++i)
      write(49 + 2 * i, (static_cast<int>(block[49 + 2 * i]) & 15) | (half >> 4 * i & 15) << 4);
  }
  if (type == gguf::TensorType::kQ8_K) {
    const float scale = size / 74;
    std::memcpy(block, &scale, sizeof scale);
  }
  if (type == gguf::TensorType::kMXFP4) write(0, 126 + static_cast<int>(std::lround(std::log2(size))));
  if (type == gguf::TensorType::kNVFP4) {  // E4M3: the eighths within a power of two stay random
    const int exponent = std::max(1, 5 + static_cast<int>(std::lround(std::log2(size))));
    for (std::size_t i = 0; i < 4; ++i) write(i, exponent << 3 | (static_cast<int>(block[i]) & 7));
  }
}

}  // namespace sotto::support
