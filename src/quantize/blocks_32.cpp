// The formats with 32 values a block.
#include "quantize/affine_fit.h"
#include "quantize/blocks.h"

namespace sotto::quantize::blocks {
namespace {

constexpr int kBlock = 32;

// Around the scale that puts the peak on the grid's end: a longer grid clips less, a shorter one is finer.
constexpr float kFine[] = {0.985f, 0.995f, 1.005f};
constexpr float kMiddle[] = {0.92f, 0.96f, 1.04f, 1.08f, 1.15f, 1.25f, 1.4f, 1.6f};
constexpr float kWide[] = {0.85f, 0.9f, 0.95f, 1.05f, 1.1f, 1.15f};
constexpr float kWider[] = {0.85f, 0.9f, 0.95f, 1.05f, 1.1f, 1.15f, 1.25f, 1.4f, 1.6f, 1.9f};
constexpr float kMoreSteps[] = {-2, -1.5f, -1, -0.5f, 0.5f, 1};
constexpr float kManyMoreSteps[] = {-10, -7, -5, -3, -2, -1.5f, -1, -0.5f, 0.5f, 1};

// Where weights differ, an outlier may be worth clipping: shorter grids are tried too where they found better scales.
constexpr Guesses kGuesses8{3, kFine, false}, kGuesses5{8, kMiddle, true}, kGuessesIq4{6, kWide, true},
    kGuesses4{10, kWider, true};

// The scale as f16, and the codes.
template <class Grid>
void fit(const float* x, const float* w, const Guesses& guesses, std::uint8_t* scale, std::uint8_t* codes) noexcept {
  const float d = ScaleSearch<Grid, AsHalf>(x, w, kBlock).run(guesses).d;
  store(scale, kernels::float_to_half(d));
  encode_scale<Grid>(x, kBlock, d, codes);
}

// Scale and base as f16, and the codes.
template <int kMax, int kMore>
void fit_affine(const float* x, const float* w, const float (&more)[kMore], std::uint8_t* scales,
                std::uint8_t* codes) noexcept {
  const Affine best = AffineSearch<kMax, AnyBaseAsHalf>(x, w, kBlock).run(more, kMore);
  store(scales, kernels::float_to_half(best.d));
  store(scales + 2, kernels::float_to_half(best.base));
  encode_affine<kMax>(x, kBlock, best.d, best.base, codes);
}

// Bit 4 of each code, one bit a value.
void store_fifth_bits(const std::uint8_t* codes, std::uint8_t* out) noexcept {
  std::uint32_t bits = 0;
  for (int i = 0; i < kBlock; ++i) bits |= (codes[i] >> 4 & 1u) << i;
  store(out, bits);
}

}  // namespace

// d: f16; 16 bytes of nibbles.
SOTTO_BLOCK void q4_0(const float* x, const float* w, std::uint8_t* out) noexcept {
  std::uint8_t codes[kBlock];
  fit<Integers<-8, 7, 8>>(x, w, kGuesses4, out, codes);
  store_nibbles(codes, out + 2);
}

// d, base: f16; 16 bytes of nibbles.
SOTTO_BLOCK void q4_1(const float* x, const float* w, std::uint8_t* out) noexcept {
  std::uint8_t codes[kBlock];
  fit_affine<15>(x, w, kMoreSteps, out, codes);
  store_nibbles(codes, out + 4);
}

// d: f16; 32 fifth bits; 16 bytes of nibbles.
SOTTO_BLOCK void q5_0(const float* x, const float* w, std::uint8_t* out) noexcept {
  std::uint8_t codes[kBlock];
  fit<Integers<-16, 15, 16>>(x, w, kGuesses5, out, codes);
  store_fifth_bits(codes, out + 2);
  store_nibbles(codes, out + 6);
}

// d, base: f16; 32 fifth bits; 16 bytes of nibbles.
SOTTO_BLOCK void q5_1(const float* x, const float* w, std::uint8_t* out) noexcept {
  std::uint8_t codes[kBlock];
  fit_affine<31>(x, w, kManyMoreSteps, out, codes);
  store_fifth_bits(codes, out + 4);
  store_nibbles(codes, out + 8);
}

// d: f16; 32 int8.
SOTTO_BLOCK void q8_0(const float* x, const float* w, std::uint8_t* out) noexcept {
  fit<Integers<-127, 127, 0>>(x, w, kGuesses8, out, out + 2);
}

// d: f16; 16 bytes of nibbles.
SOTTO_BLOCK void iq4_nl(const float* x, const float* w, std::uint8_t* out) noexcept {
  std::uint8_t codes[kBlock];
  fit<Iq4Grid>(x, w, kGuessesIq4, out, codes);
  store_nibbles(codes, out + 2);
}

}  // namespace sotto::quantize::blocks
