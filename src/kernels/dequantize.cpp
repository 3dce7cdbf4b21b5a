#include "kernels/dequantize.h"

#include <cstring>

#include "kernels/half.h"

// A multiply and an add that the compiler joins would round once instead of twice.
#if defined(__clang__)
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

namespace sotto::kernels {
namespace {

using Bytes = const std::uint8_t*;

template <class T>
T load(Bytes at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

float load_half(Bytes at) noexcept { return half_to_float(load<std::uint16_t>(at)); }

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

// Of 32 values, the first 16 stand in the low halves of 16 bytes and the rest in the high halves.
int nibble(Bytes quants, int i) noexcept { return i < 16 ? quants[i] & 15 : quants[i - 16] >> 4; }

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

// The scale and minimum, 6 bits each, of part j of 8, packed into 12 bytes: parts 0 to 3 stand in
// the low six bits of bytes j and j + 4; of parts 4 to 7 the low four bits stand in byte j + 4, the
// high two above the former.
struct ScaleMin {
  int scale, min;
};
ScaleMin scale_min(Bytes packed, int j) noexcept {
  if (j < 4) return {packed[j] & 63, packed[j + 4] & 63};
  return {(packed[j + 4] & 15) | (packed[j - 4] >> 6 << 4), (packed[j + 4] >> 4) | (packed[j] >> 6 << 4)};
}

// d, dmin: f16; 12 bytes of scales and minima for 8 parts of 32 values; each 32 bytes of nibbles
// hold two parts, the first in the low halves.
void q4_k(Bytes at, float* out) noexcept {
  const float d = load_half(at), dmin = load_half(at + 2);
  for (int part = 0; part < 8; ++part, out += 32) {
    const auto [scale, min] = scale_min(at + 4, part);
    const float step = d * static_cast<float>(scale), base = dmin * static_cast<float>(min);
    Bytes quants = at + 16 + part / 2 * 32;
    const int shift = part % 2 * 4;
    for (int i = 0; i < 32; ++i) out[i] = step * static_cast<float>(quants[i] >> shift & 15) - base;
  }
}

// As q4_k, with 32 bytes of fifth bits before the nibbles: bit `part` of byte i belongs to value i
// of the part.
void q5_k(Bytes at, float* out) noexcept {
  const float d = load_half(at), dmin = load_half(at + 2);
  Bytes high = at + 16;
  for (int part = 0; part < 8; ++part, out += 32) {
    const auto [scale, min] = scale_min(at + 4, part);
    const float step = d * static_cast<float>(scale), base = dmin * static_cast<float>(min);
    Bytes quants = at + 48 + part / 2 * 32;
    const int shift = part % 2 * 4;
    for (int i = 0; i < 32; ++i) {
      const int q = (quants[i] >> shift & 15) | (high[i] >> part & 1) << 4;
      out[i] = step * static_cast<float>(q) - base;
    }
  }
}

// 128 bytes of low nibbles, 64 of high bit pairs, 16 int8 scales (one for 16 values), d: f16. Each
// half of 128 values takes 64 and 32 of those bytes: its four runs of 32 use low, low, high, high
// nibbles and bit pairs 0 to 3.
void q6_k(Bytes at, float* out) noexcept {
  Bytes scales = at + 192;
  const float d = load_half(at + 208);
  for (int run = 0; run < 8; ++run, out += 32) {
    Bytes low = at + run / 4 * 64 + run % 2 * 32;
    Bytes high = at + 128 + run / 4 * 32;
    const int low_shift = run % 4 / 2 * 4, high_shift = run % 4 * 2;
    for (int i = 0; i < 32; ++i) {
      const float step = d * static_cast<float>(static_cast<std::int8_t>(scales[run * 2 + i / 16]));
      const int q = (low[i] >> low_shift & 15) | (high[i] >> high_shift & 3) << 4;
      out[i] = step * static_cast<float>(q - 32);
    }
  }
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
    case 12: return each_block<256, 144, q4_k>;
    case 13: return each_block<256, 176, q5_k>;
    case 14: return each_block<256, 210, q6_k>;
    case 30: return each_block<1, 2, bf16>;
    default: return nullptr;
  }
}

void dequantize_row(std::uint32_t gguf_type, const void* src, float* dst, std::int64_t n) noexcept {
  dequantizer(gguf_type)(src, dst, n);
}

}  // namespace sotto::kernels
