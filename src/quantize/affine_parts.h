// A block of 256 values in 8 parts, each with a scale and a minimum of 6 bits under two numbers of 16:
// value = d * scale * q - dmin * min, q from 0 to kMax. The error is lowered in turns, as in scaled_parts.h.
#pragma once

#include "quantize/affine_fit.h"
#include "quantize/scaled_parts.h"

namespace sotto::quantize {

template <int kMax>
class AffineParts {
 public:
  static constexpr int kParts = 8, kLength = kBlockOfParts / kParts, kMost = 63;

  AffineParts(const float* x, const float* w) noexcept : x_(x), w_(w) {
    for (int part = 0; part < kParts; ++part) group_[part] = sum_group(x_of(part), w_of(part), kLength);
  }

  // Never worse than with each part's least and greatest value as its ends.
  void run(const float* more, int n_more) noexcept {
    Affine naive[kParts], wished[kParts];
    for (int part = 0; part < kParts; ++part) {
      using Search = AffineSearch<kMax, BaseUpTo0AsFloat>;
      naive[part] = Search(x_of(part), w_of(part), kLength).naive();
      wished[part] = Search(x_of(part), w_of(part), kLength).run(more, n_more);
    }
    best_ = rounded(naive);
    const auto move_all = [&] {
      for (int part = 0; part < kParts; ++part) move(part);
      add_up(best_);
    };
    improve(best_, rounded(wished), move_all, [&] { return refit(); });
    walk_dmin();
  }

  float d() const noexcept { return best_.d; }
  float dmin() const noexcept { return best_.dmin; }
  int scale(int part) const noexcept { return best_.part[part].scale; }
  int min(int part) const noexcept { return best_.part[part].min; }
  void encode(std::uint8_t* codes) const noexcept {
    for (int part = 0; part < kParts; ++part) {
      const Part& at = best_.part[part];
      encode_affine<kMax>(x_of(part), kLength, best_.d * static_cast<float>(at.scale),
                          -(best_.dmin * static_cast<float>(at.min)), codes + part * kLength);
    }
  }

 private:
  struct Part {
    int scale = 0, min = 0;
    AffineSums sums{};
  };
  struct State {
    float d = 0, dmin = 0, error = 0;
    Part part[kParts];
  };

  const float* x_of(int part) const noexcept { return x_ + part * kLength; }
  const float* w_of(int part) const noexcept { return w_ + part * kLength; }

  AffineSums measure(const State& state, int part, int scale, int min) const noexcept {
    return measure_affine<kMax>(x_of(part), w_of(part), kLength, state.d * static_cast<float>(scale),
                                -(state.dmin * static_cast<float>(min)));
  }

  static void add_up(State& state) noexcept {
    state.error = 0;
    for (const Part& part : state.part) state.error += part.sums.error;
  }

  void measure_all(State& state) const noexcept {
    for (int i = 0; i < kParts; ++i) {
      Part& part = state.part[i];
      part.sums = measure(state, i, part.scale, part.min);
    }
    add_up(state);
  }

  // The unit whose multiples, up to kMost, come nearest to the values: that of a file quantized before is found again.
  float unit_of(const float (&values)[kParts]) const noexcept {
    constexpr int kLeastOfMost = 48;  // what the greatest value is a multiple by
    float most = 0, unit = 0, least_error = 0;
    for (const float value : values) most = value > most ? value : most;
    for (int n_units = kMost; n_units >= kLeastOfMost; --n_units) {
      const float tried = AsHalf::round(most / static_cast<float>(n_units)), inv = inverse(tried);
      float error = 0;
      for (int i = 0; i < kParts; ++i) {
        const float rest = values[i] - tried * static_cast<float>(nearest_int(values[i] * inv, 0, kMost));
        error += group_[i].w * rest * rest;
      }
      if (n_units < kMost && error >= least_error) continue;
      unit = tried;
      least_error = error;
    }
    return unit;
  }

  State rounded(const Affine* fits) const noexcept {
    float scales[kParts], mins[kParts];
    for (int i = 0; i < kParts; ++i) {
      scales[i] = fits[i].d;
      mins[i] = -fits[i].base;
    }
    State state;
    state.d = unit_of(scales);
    state.dmin = unit_of(mins);
    for (int i = 0; i < kParts; ++i) {
      state.part[i].scale = nearest_int(scales[i] * inverse(state.d), 0, kMost);
      state.part[i].min = nearest_int(mins[i] * inverse(state.dmin), 0, kMost);
    }
    measure_all(state);
    return state;
  }

  // Tries the scales and the minima beside a part's own.
  void move(int index) noexcept {
    Part& part = best_.part[index];
    const Part from = part;
    for (int scale = from.scale - 1; scale <= from.scale + 1; ++scale) {
      for (int min = from.min - 1; min <= from.min + 1; ++min) {
        if (scale < 0 || scale > kMost || min < 0 || min > kMost || (scale == from.scale && min == from.min)) continue;
        const AffineSums sums = measure(best_, index, scale, min);
        if (sums.error < part.sums.error) part = {scale, min, sums};
      }
    }
  }

  // Sums over all values of weighted products: of what d multiplies, what dmin multiplies, and x.
  struct BlockSums {
    double dd = 0, dm = 0, mm = 0, xd = 0, xm = 0;
  };

  BlockSums sums_of_best() const noexcept {
    BlockSums s;
    for (int i = 0; i < kParts; ++i) {
      const double scale = best_.part[i].scale, min = best_.part[i].min;
      const AffineSums& sums = best_.part[i].sums;
      s.dd += scale * scale * sums.qq;
      s.dm -= scale * min * sums.q;
      s.mm += min * min * group_[i].w;
      s.xd += scale * sums.xq;
      s.xm -= min * group_[i].x;
    }
    return s;
  }

  // The least squares of d and dmin for all integers; false when there is nothing better.
  bool refit() noexcept {
    const BlockSums s = sums_of_best();
    const double det = s.dd * s.mm - s.dm * s.dm;
    if (det > 1e-9 * s.dd * s.mm) return take((s.xd * s.mm - s.xm * s.dm) / det, (s.xm * s.dd - s.xd * s.dm) / det);
    return s.dd > 0 && s.mm == 0 && take(s.xd / s.dd, best_.dmin);
  }

  // What rounding one of the two loses the other can make good: to the stored dmin beside the best, each with its best
  // d, for as long as they are better.
  void walk_dmin() noexcept {
    while (try_dmin(AsHalf::beside(best_.dmin, -1)) || try_dmin(AsHalf::beside(best_.dmin, 1))) {}
  }

  bool try_dmin(double dmin) noexcept {
    const BlockSums s = sums_of_best();
    return s.dd > 0 && take((s.xd - dmin * s.dm) / s.dd, dmin);
  }

  // False, and nothing changed, unless these are better once stored.
  bool take(double d, double dmin) noexcept {
    State next = best_;
    next.d = AsHalf::round(static_cast<float>(d));
    next.dmin = AsHalf::round(static_cast<float>(dmin));
    if (next.d == best_.d && next.dmin == best_.dmin) return false;
    if (!(std::fabs(next.d) < 1e30f && std::fabs(next.dmin) < 1e30f)) return false;
    measure_all(next);
    if (!(next.error < best_.error)) return false;
    best_ = next;
    return true;
  }

  const float* x_;
  const float* w_;
  GroupSums group_[kParts];
  State best_;
};

}  // namespace sotto::quantize
