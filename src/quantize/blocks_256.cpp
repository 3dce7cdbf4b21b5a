// The formats with 256 values a block and scales of scales.
#include "quantize/affine_parts.h"
#include "quantize/blocks.h"
#include "quantize/scaled_parts.h"

namespace sotto::quantize::blocks {
namespace {

constexpr int kValues = kBlockOfParts;

constexpr float kAround6[] = {0.94f, 0.97f, 1.03f, 1.06f};
constexpr float kAround3[] = {0.7f, 0.8f, 0.9f, 1.1f, 1.2f, 1.3f};
constexpr float kAroundIq4[] = {0.85f, 0.9f, 0.95f, 1.05f, 1.1f, 1.15f};
constexpr float kMoreSteps4[] = {-3, -2, -1, -0.5f, 0.5f, 1};
constexpr float kMoreSteps5[] = {-3, -2, -1, 1, 2};

// Scales and minima of 8 parts, 6 bits each, in 12 bytes: of parts 0 to 3 in the low six bits of bytes j and j + 4; of
// parts 4 to 7 the low four bits in byte j + 4, the high two above the former.
template <class Fit>
void store_scales(const Fit& fit, std::uint8_t* out) noexcept {
  for (int j = 0; j < 4; ++j) {
    const int scale = fit.scale(j + 4), min = fit.min(j + 4);
    out[j] = static_cast<std::uint8_t>(fit.scale(j) | scale >> 4 << 6);
    out[j + 4] = static_cast<std::uint8_t>(fit.min(j) | min >> 4 << 6);
    out[j + 8] = static_cast<std::uint8_t>((scale & 15) | (min & 15) << 4);
  }
}

// Each 32 bytes hold two parts of 32 codes of 4 bits, the first in the low halves.
void store_pairs(const std::uint8_t* codes, std::uint8_t* out) noexcept {
  for (int pair = 0; pair < 4; ++pair, codes += 64, out += 32) {
    for (int i = 0; i < 32; ++i) out[i] = static_cast<std::uint8_t>((codes[i] & 15) | (codes[i + 32] & 15) << 4);
  }
}

template <int kMax>
void fit_parts(const float* x, const float* w, const float* more, int n_more, std::uint8_t* out,
               std::uint8_t* codes) noexcept {
  AffineParts<kMax> fit(x, w);
  fit.run(more, n_more);
  store(out, kernels::float_to_half(fit.d()));
  store(out + 2, kernels::float_to_half(fit.dmin()));
  store_scales(fit, out + 4);
  fit.encode(codes);
}

}  // namespace

// d, dmin: f16; 12 bytes of scales and minima; 128 bytes of nibbles.
SOTTO_BLOCK void q4_k(const float* x, const float* w, std::uint8_t* out) noexcept {
  std::uint8_t codes[kValues];
  fit_parts<15>(x, w, kMoreSteps4, std::size(kMoreSteps4), out, codes);
  store_pairs(codes, out + 16);
}

// The same with 32 bytes of fifth bits before the nibbles: bit `part` of byte i belongs to value i of the part.
SOTTO_BLOCK void q5_k(const float* x, const float* w, std::uint8_t* out) noexcept {
  std::uint8_t codes[kValues];
  fit_parts<31>(x, w, kMoreSteps5, std::size(kMoreSteps5), out, codes);
  for (int i = 0; i < 32; ++i) {
    unsigned bits = 0;
    for (int part = 0; part < 8; ++part) bits |= (codes[part * 32 + i] >> 4 & 1u) << part;
    out[16 + i] = static_cast<std::uint8_t>(bits);
  }
  store_pairs(codes, out + 48);
}

// 128 bytes of low nibbles, 64 of high bit pairs, 16 int8 scales (one for 16 values), d: f16. Each half of 128 values
// takes 64 and 32 of those bytes: its four runs of 32 use low, low, high, high nibbles and bit pairs 0 to 3.
SOTTO_BLOCK void q6_k(const float* x, const float* w, std::uint8_t* out) noexcept {
  ScaledParts<Integers<-32, 31, 32>, 16, -128, 127> fit(x, w);
  fit.run({std::size(kAround6), kAround6, true});
  std::uint8_t codes[kValues];
  fit.encode(codes);
  for (int half = 0; half < 2; ++half) {
    const std::uint8_t* from = codes + half * 128;
    for (int i = 0; i < 64; ++i) {
      out[half * 64 + i] = static_cast<std::uint8_t>((from[i] & 15) | (from[64 + i] & 15) << 4);
    }
    for (int i = 0; i < 32; ++i) {
      const unsigned pairs =
          (from[i] >> 4) | (from[32 + i] >> 4) << 2 | (from[64 + i] >> 4) << 4 | (from[96 + i] >> 4) << 6;
      out[128 + half * 32 + i] = static_cast<std::uint8_t>(pairs);
    }
  }
  for (int part = 0; part < 16; ++part) out[192 + part] = static_cast<std::uint8_t>(fit.scale(part));
  store(out + 208, kernels::float_to_half(fit.d()));
}

// 32 bytes of third bits: bit `run` of byte i belongs to value i of the run of 32; 64 bytes of bit pairs: each half of
// 128 values takes 32 of them, its four runs of 32 use pairs 0 to 3; 12 bytes of 6-bit scales for 16 parts: the low
// four bits of part j in byte j mod 8, the high two in byte 8 + j mod 4; d: f16.
SOTTO_BLOCK void q3_k(const float* x, const float* w, std::uint8_t* out) noexcept {
  ScaledParts<Integers<-4, 3, 4>, 16, -32, 31> fit(x, w);
  fit.run({std::size(kAround3), kAround3, true});
  std::uint8_t codes[kValues];
  fit.encode(codes);
  std::memset(out, 0, 108);
  for (int run = 0; run < 8; ++run) {
    for (int i = 0; i < 32; ++i) {
      const unsigned code = codes[run * 32 + i];
      out[i] |= static_cast<std::uint8_t>(code >> 2 << run);
      out[32 + run / 4 * 32 + i] |= static_cast<std::uint8_t>((code & 3) << run % 4 * 2);
    }
  }
  for (int part = 0; part < 16; ++part) {
    const unsigned scale = static_cast<unsigned>(fit.scale(part) + 32);
    out[96 + part % 8] |= static_cast<std::uint8_t>((scale & 15) << part / 8 * 4);
    out[104 + part % 4] |= static_cast<std::uint8_t>(scale >> 4 << part / 4 * 2);
  }
  store(out + 108, kernels::float_to_half(fit.d()));
}

// d: f16; the upper 2 bits of 8 scales, one for 32 values; their lower 4 bits; for each run 16 bytes of nibbles.
SOTTO_BLOCK void iq4_xs(const float* x, const float* w, std::uint8_t* out) noexcept {
  ScaledParts<Iq4Grid, 8, -32, 31> fit(x, w);
  fit.run({std::size(kAroundIq4), kAroundIq4, true});
  std::uint8_t codes[kValues];
  fit.encode(codes);
  unsigned top = 0;
  std::memset(out + 4, 0, 4);
  for (int run = 0; run < 8; ++run) {
    const unsigned scale = static_cast<unsigned>(fit.scale(run) + 32);
    top |= (scale >> 4) << 2 * run;
    out[4 + run / 2] |= static_cast<std::uint8_t>((scale & 15) << run % 2 * 4);
    store_nibbles(codes + run * 32, out + 8 + 16 * run);
  }
  store(out, kernels::float_to_half(fit.d()));
  store(out + 2, static_cast<std::uint16_t>(top));
}

}  // namespace sotto::quantize::blocks
