#include "kernels/dequantize.h"

#include "kernels/dequantize_blocks.h"

namespace sotto::kernels {
namespace {

using namespace blocks;

// Calls `block(source block, destination)` for each block of the row.
template <int kValues, int kBytes, void (*kBlock)(Bytes, float*) noexcept>
void each_block(const void* src, float* dst, std::int64_t n) noexcept {
  Bytes at = static_cast<Bytes>(src);
  for (std::int64_t i = 0; i < n; i += kValues, at += kBytes) kBlock(at, dst + i);
}

void f32(Bytes at, float* out) noexcept { *out = load<float>(at); }
void f16(Bytes at, float* out) noexcept { *out = load_half(at); }
void bf16(Bytes at, float* out) noexcept {
  *out = bits_to_float(static_cast<std::uint32_t>(load<std::uint16_t>(at)) << 16);
}

// The same with a fifth bit from `high`, one bit a value.
int five_bits(Bytes quants, std::uint32_t high, int i) noexcept {
  return nibble(quants, i) | static_cast<int>((high >> i & 1u) << 4);
}

// d: f16; 16 bytes of nibbles.
void q4_0(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(nibble(at + 2, i) - 8);
}

// d, m: f16; 16 bytes of nibbles.
void q4_1(Bytes at, float* out) noexcept {
  const float d = load_half(at), m = load_half(at + 2);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(nibble(at + 4, i)) + m;
}

// d: f16; 32 fifth bits; 16 bytes of nibbles.
void q5_0(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  const auto high = load<std::uint32_t>(at + 2);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(five_bits(at + 6, high, i) - 16);
}

// d, m: f16; 32 fifth bits; 16 bytes of nibbles.
void q5_1(Bytes at, float* out) noexcept {
  const float d = load_half(at), m = load_half(at + 2);
  const auto high = load<std::uint32_t>(at + 4);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(five_bits(at + 8, high, i)) + m;
}

// d: f16; 32 int8.
void q8_0(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(static_cast<std::int8_t>(at[2 + i]));
}

}  // namespace

DequantizeFn dequantizer(std::uint32_t gguf_type) noexcept {
  switch (gguf_type) {
    case 0: return each_block<1, 4, f32>;
    case 1: return each_block<1, 2, f16>;
    case 2: return each_block<32, 18, q4_0>;
    case 3: return each_block<32, 20, q4_1>;
    case 6: return each_block<32, 22, q5_0>;
    case 7: return each_block<32, 24, q5_1>;
    case 8: return each_block<32, 34, q8_0>;
    case 10: return each_block<256, 84, q2_k>;
    case 11: return each_block<256, 110, q3_k>;
    case 12: return each_block<256, 144, q4_k>;
    case 13: return each_block<256, 176, q5_k>;
    case 14: return each_block<256, 210, q6_k>;
    case 15: return each_block<256, 292, q8_k>;
    case 16: return each_block<256, 66, iq2_xxs>;
    case 17: return each_block<256, 74, iq2_xs>;
    case 18: return each_block<256, 98, iq3_xxs>;
    case 19: return each_block<256, 50, iq1_s>;
    case 20: return each_block<32, 18, iq4_nl>;
    case 21: return each_block<256, 110, iq3_s>;
    case 22: return each_block<256, 82, iq2_s>;
    case 23: return each_block<256, 136, iq4_xs>;
    case 29: return each_block<256, 56, iq1_m>;
    case 30: return each_block<1, 2, bf16>;
    case 34: return each_block<256, 54, tq1_0>;
    case 35: return each_block<256, 66, tq2_0>;
    case 39: return each_block<32, 17, mxfp4>;
    case 40: return each_block<64, 36, nvfp4>;
    case 41: return each_block<128, 18, q1_0>;
    case 42: return each_block<64, 18, q2_0>;
    default: return nullptr;
  }
}

void dequantize_row(std::uint32_t gguf_type, const void* src, float* dst, std::int64_t n) noexcept {
  dequantizer(gguf_type)(src, dst, n);
}

}  // namespace sotto::kernels
