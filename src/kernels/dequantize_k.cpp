// The K types: 256 values a block, scales of scales.
#include "kernels/dequantize_blocks.h"

namespace sotto::kernels::blocks {
namespace {

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

}  // namespace

// 16 bytes of scales and minima, 4 bits each, for 16 parts of 16 values; 64 bytes of bit pairs; d, dmin: f16. Each half
// of 128 values takes 32 of those bytes: its four runs of 32 use bit pairs 0 to 3.
void q2_k(Bytes at, float* out) noexcept {
  const float d = load_half(at + 80), dmin = load_half(at + 82);
  for (int part = 0; part < 16; ++part, out += 16) {
    const float step = d * static_cast<float>(at[part] & 15), base = dmin * static_cast<float>(at[part] >> 4);
    Bytes quants = at + 16 + part / 8 * 32 + part % 2 * 16;
    const int shift = part % 8 / 2 * 2;
    for (int i = 0; i < 16; ++i) out[i] = step * static_cast<float>(quants[i] >> shift & 3) - base;
  }
}

// 32 bytes of third bits: bit `run` of byte i belongs to value i of the run of 32; 64 bytes of bit pairs as in q2_k; 12
// bytes of 6-bit scales for 16 parts of 16 values: the low four bits of part j in byte j mod 8, the high two in byte
// 8 + j mod 4; d: f16.
void q3_k(Bytes at, float* out) noexcept {
  Bytes scales = at + 96;
  const float d = load_half(at + 108);
  for (int part = 0; part < 16; ++part, out += 16) {
    const int low = scales[part % 8] >> part / 8 * 4 & 15, top = scales[8 + part % 4] >> part / 4 * 2 & 3;
    const float step = d * static_cast<float>((low | top << 4) - 32);
    Bytes quants = at + 32 + part / 8 * 32 + part % 2 * 16;
    Bytes third = at + part % 2 * 16;
    const int shift = part % 8 / 2 * 2;
    for (int i = 0; i < 16; ++i) {
      const int q = (quants[i] >> shift & 3) | (third[i] >> part / 2 & 1) << 2;
      out[i] = step * static_cast<float>(q - 4);
    }
  }
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

// d: f32; 256 int8; then sums of each 16 of them, which are not needed.
void q8_k(Bytes at, float* out) noexcept {
  const auto d = load<float>(at);
  for (int i = 0; i < 256; ++i) out[i] = d * static_cast<float>(static_cast<std::int8_t>(at[4 + i]));
}

}  // namespace sotto::kernels::blocks
