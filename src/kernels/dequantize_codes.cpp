// Types whose integers are codes of a table of 16 values, and those of two to four values.
#include "kernels/dequantize_blocks.h"

namespace sotto::kernels::blocks {
namespace {

constexpr std::int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

// E2M1 of the OCP Microscaling Formats specification 1.0, doubled.
constexpr std::int8_t kTwiceE2m1[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// Half of the power of two that E8M0 stands for; the two smallest are subnormal.
float half_of_e8m0(unsigned exponent) noexcept {
  return bits_to_float(exponent < 2 ? 0x00200000u << exponent : (exponent - 1) << 23);
}

// Half of what E4M3 without a sign stands for; 0x7f, which is no number there, is 0 as ggml has it.
float half_of_e4m3(unsigned bits) noexcept {
  const unsigned exponent = bits >> 3 & 15, mantissa = bits & 7;
  if (bits == 0x7f) return 0;
  if (exponent == 0) return static_cast<float>(mantissa) * 0x1p-10f;
  return bits_to_float((exponent + 119) << 23 | mantissa << 20);
}

}  // namespace

// d: f16; 16 bytes of nibbles.
void iq4_nl(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(kIq4Values[nibble(at + 2, i)]);
}

// d: f16; the upper 2 bits of 8 scales, one for 32 values; their lower 4 bits; for each run 16 bytes of nibbles.
void iq4_xs(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  const unsigned top = load<std::uint16_t>(at + 2);
  for (int run = 0; run < 8; ++run, out += 32) {
    const unsigned scale = (at[4 + run / 2] >> run % 2 * 4 & 15u) | (top >> 2 * run & 3) << 4;
    const float step = d * static_cast<float>(static_cast<int>(scale) - 32);
    for (int i = 0; i < 32; ++i) out[i] = step * static_cast<float>(kIq4Values[nibble(at + 8 + 16 * run, i)]);
  }
}

// E8M0; 16 bytes of nibbles.
void mxfp4(Bytes at, float* out) noexcept {
  const float d = half_of_e8m0(at[0]);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(kTwiceE2m1[nibble(at + 1, i)]);
}

// 4 scales in E4M3, one for 16 values; for each 8 bytes of nibbles, the first 8 values in the low halves.
void nvfp4(Bytes at, float* out) noexcept {
  for (int part = 0; part < 4; ++part, out += 16) {
    const float d = half_of_e4m3(at[part]);
    Bytes quants = at + 4 + 8 * part;
    for (int i = 0; i < 16; ++i) {
      const int code = i < 8 ? quants[i] & 15 : quants[i - 8] >> 4;
      out[i] = d * static_cast<float>(kTwiceE2m1[code]);
    }
  }
}

// 48 bytes of five digits of base 3 each, 4 bytes of four; d: f16. A byte holds its digits as a fraction: multiplied by
// 3, it overflows into the next digit. Digit after digit of 32 bytes, then of 16, then of 4.
void tq1_0(Bytes at, float* out) noexcept {
  const float d = load_half(at + 52);
  struct Run {
    int first, n_bytes, n_digits;
  };
  constexpr Run kRuns[] = {{0, 32, 5}, {32, 16, 5}, {48, 4, 4}};
  for (const auto& [first, n_bytes, n_digits] : kRuns) {
    unsigned power = 1;
    for (int digit = 0; digit < n_digits; ++digit, power *= 3) {
      for (int i = 0; i < n_bytes; ++i) {
        const unsigned rest = at[first + i] * power & 255;
        *out++ = d * static_cast<float>(static_cast<int>(rest * 3 >> 8) - 1);
      }
    }
  }
}

// 64 bytes of bit pairs as in q2_k; d: f16.
void tq2_0(Bytes at, float* out) noexcept {
  const float d = load_half(at + 64);
  for (int run = 0; run < 8; ++run, out += 32) {
    for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>((at[run / 4 * 32 + i] >> run % 4 * 2 & 3) - 1);
  }
}

// d: f16; 128 signs, the lowest bit first; 1 is plus.
void q1_0(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  for (int i = 0; i < 128; ++i) out[i] = (at[2 + i / 8] >> i % 8 & 1) != 0 ? d : -d;
}

// d: f16; 64 integers of 2 bits, the lowest first, one more than what they stand for.
void q2_0(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  for (int i = 0; i < 64; ++i) out[i] = d * static_cast<float>((at[2 + i / 4] >> i % 4 * 2 & 3) - 1);
}

}  // namespace sotto::kernels::blocks
