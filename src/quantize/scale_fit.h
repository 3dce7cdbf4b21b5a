// The scale of a group of values that are written as scale * q, q on a grid: the least weighted squared error.
//
// Given the integers, the error is a parabola of the scale, lowest at sum(w x q) / sum(w q q). Given the scale, each
// value takes the nearest point of the grid. Each of the two steps only lowers the error, so that they are taken in
// turns from several first guesses.
#pragma once

#include <cmath>

#include "kernels/half.h"
#include "quantize/grid.h"

namespace sotto::quantize {

// How a scale is stored.
struct AsHalf {
  static float round(float d) noexcept {
    constexpr float kMost = 65504;
    return kernels::half_to_float(kernels::float_to_half(d > kMost ? kMost : d < -kMost ? -kMost : d));
  }
  // The number after a stored one, farther from 0, or the one before; NaN or infinity where there is none.
  static float beside(float d, int step) noexcept {
    return kernels::half_to_float(static_cast<std::uint16_t>(kernels::float_to_half(d) + step));
  }
};
struct AsFloat {
  static float round(float d) noexcept { return d; }
};

// Of a group with a given scale: the error sum(w (x - d q)^2), and what the best scale for these integers is made of.
struct ScaleSums {
  float error, xq, qq;
};

// x, w: [n] f32, n a multiple of 4.
template <class Grid>
ScaleSums measure_scale(const float* x, const float* w, int n, float d) noexcept {
  const float inv = inverse(d);
  F4 error{}, xq{}, qq{};
  for (int i = 0; i < n; i += 4) {
    const F4 value = load4(x + i), weight = load4(w + i);
    const F4 q = Grid::nearest(value * inv);
    const F4 rest = value - q * d, wq = weight * q;
    error += weight * rest * rest;
    xq += wq * value;
    qq += wq * q;
  }
  return {sum4(error), sum4(xq), sum4(qq)};
}

// The value with the greatest magnitude among those that count.
inline float peak_of(const float* x, const float* w, int n) noexcept {
  F4 low{}, high{};
  for (int i = 0; i < n; i += 4) {
    const F4 value = load4(w + i) > F4{} ? load4(x + i) : F4{};
    low = value < low ? value : low;
    high = value > high ? value : high;
  }
  return most4(high) > -least4(low) ? most4(high) : least4(low);
}

struct Scale {
  float d, error;
};

// What may be tried for one group: guesses that put the peak on an end of the grid, or beside it by these factors.
struct Guesses {
  int n;
  const float* factors;
  bool both_ends;
};

template <class Grid, class Stored>
class ScaleSearch {
 public:
  ScaleSearch(const float* x, const float* w, int n) noexcept : x_(x), w_(w), n_(n) {}

  // The scale that puts the peak on the grid's first end, as without a search; then better ones.
  Scale run(const Guesses& guesses) noexcept {
    float peak = peak_of(x_, w_, n_);
    if (Grid::kSymmetric) peak = -std::fabs(peak);  // either sign does as well: a scale above 0
    best_.d = peak == 0 ? 0 : Stored::round(peak / Grid::kEnds[0]);
    const ScaleSums first = measure_scale<Grid>(x_, w_, n_, best_.d);
    best_.error = first.error;
    if (best_.d == 0) return best_;
    refine(first, best_.d);
    for (int end = 0; end < (guesses.both_ends ? 2 : 1); ++end) {
      for (int i = 0; i < guesses.n; ++i) from(Stored::round(peak / (Grid::kEnds[end] * guesses.factors[i])));
    }
    return best_;
  }

 private:
  void from(float d) noexcept { refine(keep_better(d), d); }

  void refine(ScaleSums sums, float d) noexcept {
    for (int turn = 0; turn < 2 && sums.qq > 0; ++turn) {
      const float next = Stored::round(sums.xq / sums.qq);
      if (!(std::fabs(next) < 1e30f) || next == d) return;
      d = next;
      sums = keep_better(d);
    }
  }

  ScaleSums keep_better(float d) noexcept {
    const ScaleSums sums = measure_scale<Grid>(x_, w_, n_, d);
    if (sums.error < best_.error) best_ = {d, sums.error};
    return sums;
  }

  const float* x_;
  const float* w_;
  int n_;
  Scale best_{};
};

// The codes of n values at a scale, as they are written.
template <class Grid>
void encode_scale(const float* x, int n, float d, std::uint8_t* codes) noexcept {
  const float inv = inverse(d);
  for (int i = 0; i < n; i += 4) {
    const I4 code = __builtin_convertvector(Grid::code(load4(x + i) * inv), I4);
    for (int lane = 0; lane < 4; ++lane) codes[i + lane] = static_cast<std::uint8_t>(code[lane]);
  }
}

}  // namespace sotto::quantize
