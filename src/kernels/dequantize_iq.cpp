// The IQ types that are indices of a grid: an index stands for 8 (IQ3: 4) neighbouring values.
#include "kernels/dequantize_blocks.h"
#include "kernels/iq_grids.h"

namespace sotto::kernels::blocks {
namespace {

constexpr std::uint8_t kIq2Magnitudes[3] = {8, 25, 43};
constexpr std::uint8_t kIq3XxsMagnitudes[8] = {4, 12, 20, 28, 36, 44, 52, 62};
constexpr std::uint8_t kIq3SMagnitudes[8] = {1, 3, 5, 7, 9, 11, 13, 15};
constexpr float kIq1Shift = 0.125f;

// 7 bits of signs for 8 values: the eighth makes the number of minus signs even.
unsigned even_signs(unsigned seven) noexcept {
  seven &= 127;
  return seven | (static_cast<unsigned>(__builtin_popcount(seven)) & 1u) << 7;
}

// kValues values of an entry of kBits a code, times step; bit i of `signs` makes value i negative.
template <int kBits, int kValues>
void signed_entry(unsigned entry, const std::uint8_t* magnitudes, unsigned signs, float step, float* out) noexcept {
  for (int i = 0; i < kValues; ++i) {
    const float value = step * static_cast<float>(magnitudes[entry >> kBits * i & ((1u << kBits) - 1)]);
    out[i] = (signs >> i & 1) != 0 ? -value : value;
  }
}

// 8 values of IQ2, and 8 of IQ3 from two entries.
void iq2_values(unsigned entry, unsigned signs, float step, float* out) noexcept {
  signed_entry<2, 8>(entry, kIq2Magnitudes, signs, step, out);
}
void iq3_values(unsigned first, unsigned second, const std::uint8_t* magnitudes, unsigned signs, float step,
                float* out) noexcept {
  signed_entry<3, 4>(first, magnitudes, signs, step, out);
  signed_entry<3, 4>(second, magnitudes, signs >> 4, step, out + 4);
}

// 8 values of IQ1.
void iq1_values(unsigned index, bool down, float step, float* out) noexcept {
  const float shift = down ? -kIq1Shift : kIq1Shift;
  for (int i = 0; i < 8; ++i) {
    const int value = static_cast<int>(kIq1Grid[index] >> 2 * i & 3) - 1;
    out[i] = step * (static_cast<float>(value) + shift);
  }
}

float half_steps(float d, unsigned scale) noexcept { return d * (0.5f + static_cast<float>(scale)); }

}  // namespace

// d: f16; for each run of 32 values 4 bytes of indices, then a word: four times 7 signs, a scale of 4 bits.
void iq2_xxs(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  for (int run = 0; run < 8; ++run) {
    Bytes indices = at + 2 + 8 * run;
    const auto word = load<std::uint32_t>(indices + 4);
    const float step = half_steps(d, word >> 28) * 0.25f;
    for (int i = 0; i < 4; ++i, out += 8) iq2_values(kIq2XxsGrid[indices[i]], even_signs(word >> 7 * i), step, out);
  }
}

// d: f16; 32 times 9 bits of index and 7 signs; 8 bytes of 4-bit scales, one for 16 values.
void iq2_xs(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  for (int i = 0; i < 32; ++i, out += 8) {
    const unsigned word = load<std::uint16_t>(at + 2 + 2 * i);
    const unsigned scale = at[66 + i / 4] >> i % 4 / 2 * 4 & 15u;
    iq2_values(kIq2XsGrid[word & 511], even_signs(word >> 9), half_steps(d, scale) * 0.25f, out);
  }
}

// d: f16; the low 8 bits of 32 indices; 32 bytes of signs; their high 2 bits; 8 bytes of 4-bit scales, one for 16
// values.
void iq2_s(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  for (int i = 0; i < 32; ++i, out += 8) {
    const unsigned index = at[2 + i] | (at[66 + i / 4] >> i % 4 * 2 & 3u) << 8;
    const unsigned scale = at[74 + i / 4] >> i % 4 / 2 * 4 & 15u;
    iq2_values(kIq2SGrid[index], at[34 + i], half_steps(d, scale) * 0.25f, out);
  }
}

// d: f16; 64 indices; for each run of 32 values a word as in iq2_xxs.
void iq3_xxs(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  for (int run = 0; run < 8; ++run) {
    const auto word = load<std::uint32_t>(at + 66 + 4 * run);
    const float step = half_steps(d, word >> 28) * 0.5f;
    for (int i = 0; i < 4; ++i, out += 8) {
      Bytes indices = at + 2 + 8 * run + 2 * i;
      iq3_values(kIq3XxsGrid[indices[0]], kIq3XxsGrid[indices[1]], kIq3XxsMagnitudes, even_signs(word >> 7 * i), step,
                 out);
    }
  }
}

// d: f16; the low 8 bits of 64 indices; their ninth bits; 32 bytes of signs; 4 bytes of 4-bit scales, one for 32
// values.
void iq3_s(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  const auto index = [at](int i) { return at[2 + i] | (at[66 + i / 8] >> i % 8 & 1u) << 8; };
  for (int i = 0; i < 32; ++i, out += 8) {
    const unsigned scale = at[106 + i / 8] >> i / 4 % 2 * 4 & 15u;
    const float step = d * static_cast<float>(1 + 2 * scale);
    iq3_values(kIq3SGrid[index(2 * i)], kIq3SGrid[index(2 * i + 1)], kIq3SMagnitudes, at[74 + i], step, out);
  }
}

// d: f16; the low 8 bits of 32 indices; for each run of 32 values 16 bits: four times the upper 3 bits of an index, a
// scale of 3 bits, which way values are shifted.
void iq1_s(Bytes at, float* out) noexcept {
  const float d = load_half(at);
  for (int run = 0; run < 8; ++run) {
    const unsigned word = load<std::uint16_t>(at + 34 + 2 * run);
    const float step = d * static_cast<float>(2 * (word >> 12 & 7) + 1);
    for (int i = 0; i < 4; ++i, out += 8)
      iq1_values(at[2 + 4 * run + i] | (word >> 3 * i & 7) << 8, (word & 0x8000) != 0, step, out);
  }
}

// The low 8 bits of 32 indices; for each a nibble: their upper 3 bits, which way values are shifted; four 16-bit words
// of four 3-bit scales, one for 16 values, whose top nibbles together are d, an f16.
void iq1_m(Bytes at, float* out) noexcept {
  const auto word = [at](int i) { return static_cast<unsigned>(load<std::uint16_t>(at + 48 + 2 * i)); };
  unsigned d_bits = 0;
  for (int i = 0; i < 4; ++i) d_bits |= word(i) >> 12 << 4 * i;
  const float d = half_to_float(static_cast<std::uint16_t>(d_bits));
  for (int i = 0; i < 32; ++i, out += 8) {
    const unsigned high = at[32 + i / 2] >> i % 2 * 4 & 15u;
    const unsigned scale = word(i / 8) >> i % 8 / 2 * 3 & 7;
    iq1_values(at[i] | (high & 7) << 8, (high & 8) != 0, d * static_cast<float>(2 * scale + 1), out);
  }
}

}  // namespace sotto::kernels::blocks
