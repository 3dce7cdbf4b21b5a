// A block of 256 values whose parts have scales of few bits under one scale of 16: value = d * scale * q, q on a grid.
//
// Each part's best scale is found alone, then all are rounded to multiples of d. From there the error is lowered in
// turns: each part tries the scales beside its own, and d becomes the best for all integers there are.
#pragma once

#include "quantize/scale_fit.h"

namespace sotto::quantize {

inline constexpr int kBlockOfParts = 256;

// The nearest integer in [low, high]; low for a NaN.
inline int nearest_int(float value, int low, int high) noexcept {
  if (!(value > static_cast<float>(low))) return low;
  if (value > static_cast<float>(high)) return high;
  return static_cast<int>(std::lrint(value));
}

// From the better of two states a block's error is lowered in turns: move() tries other numbers of the parts, refit()
// the least squares of the block's, and says whether that was better.
template <class State, class Move, class Refit>
void improve(State& best, const State& searched, Move&& move, Refit&& refit) noexcept {
  if (searched.error < best.error) best = searched;
  for (int turn = 0; turn < 3; ++turn) {
    move();
    if (!refit()) return;
  }
}

// Scales from kLow (below 0) to kHigh.
template <class Grid, int kParts, int kLow, int kHigh>
class ScaledParts {
 public:
  static constexpr int kLength = kBlockOfParts / kParts;

  ScaledParts(const float* x, const float* w) noexcept : x_(x), w_(w) {}

  // Never worse than with the scales that put each part's peak on the grid's end.
  void run(const Guesses& guesses) noexcept {
    float wished[kParts], naive[kParts];
    for (int part = 0; part < kParts; ++part) {
      const float* x = x_ + part * kLength;
      const float* w = w_ + part * kLength;
      naive[part] = peak_of(x, w, kLength) / Grid::kEnds[0];
      wished[part] = ScaleSearch<Grid, AsFloat>(x, w, kLength).run(guesses).d;
    }
    best_ = rounded(naive);
    improve(best_, rounded(wished), [&] { move_scales(); }, [&] { return refit(); });
  }

  float d() const noexcept { return best_.d; }
  int scale(int part) const noexcept { return best_.scale[part]; }
  void encode(std::uint8_t* codes) const noexcept {
    for (int part = 0; part < kParts; ++part) {
      const int first = part * kLength;
      encode_scale<Grid>(x_ + first, kLength, best_.d * static_cast<float>(best_.scale[part]), codes + first);
    }
  }

 private:
  struct State {
    float d = 0, error = 0;
    int scale[kParts] = {};
    ScaleSums sums[kParts] = {};
  };

  ScaleSums measure(int part, float d, int scale) const noexcept {
    return measure_scale<Grid>(x_ + part * kLength, w_ + part * kLength, kLength, d * static_cast<float>(scale));
  }

  void measure_all(State& state) const noexcept {
    state.error = 0;
    for (int part = 0; part < kParts; ++part) {
      state.sums[part] = measure(part, state.d, state.scale[part]);
      state.error += state.sums[part].error;
    }
  }

  State rounded(const float* scales) const noexcept {
    State state;
    float most = 0;
    for (int part = 0; part < kParts; ++part) most = std::fabs(scales[part]) > std::fabs(most) ? scales[part] : most;
    state.d = AsHalf::round(most / static_cast<float>(kLow));
    const float inv = inverse(state.d);
    for (int part = 0; part < kParts; ++part) state.scale[part] = nearest_int(scales[part] * inv, kLow, kHigh);
    measure_all(state);
    return state;
  }

  void move_scales() noexcept {
    for (int part = 0; part < kParts; ++part) {
      for (const int step : {-1, 1}) {
        for (int scale = best_.scale[part] + step; scale >= kLow && scale <= kHigh; scale += step) {
          const ScaleSums sums = measure(part, best_.d, scale);
          if (!(sums.error < best_.sums[part].error)) break;
          best_.scale[part] = scale;
          best_.sums[part] = sums;
        }
      }
    }
    best_.error = 0;
    for (const ScaleSums& sums : best_.sums) best_.error += sums.error;
  }

  // False when d is the best already.
  bool refit() noexcept {
    double above = 0, below = 0;
    for (int part = 0; part < kParts; ++part) {
      const double scale = best_.scale[part];
      above += scale * best_.sums[part].xq;
      below += scale * scale * best_.sums[part].qq;
    }
    const float d = AsHalf::round(static_cast<float>(above / below));
    if (!(below > 0) || d == best_.d || !(std::fabs(d) < 1e30f)) return false;
    State next = best_;
    next.d = d;
    measure_all(next);
    if (!(next.error < best_.error)) return false;
    best_ = next;
    return true;
  }

  const float* x_;
  const float* w_;
  State best_;
};

}  // namespace sotto::quantize
