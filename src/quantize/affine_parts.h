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

  State rounded(const Affine* fits) const noexcept {
    float most_d = 0, most_min = 0;
    for (int i = 0; i < kParts; ++i) {
      most_d = fits[i].d > most_d ? fits[i].d : most_d;
      most_min = -fits[i].base > most_min ? -fits[i].base : most_min;
    }
    State state;
    state.d = AsHalf::round(most_d / kMost);
    state.dmin = AsHalf::round(most_min / kMost);
    for (int i = 0; i < kParts; ++i) {
      state.part[i].scale = nearest_int(fits[i].d * inverse(state.d), 0, kMost);
      state.part[i].min = nearest_int(-fits[i].base * inverse(state.dmin), 0, kMost);
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

  // The least squares of d and dmin for all integers; false when there is nothing better.
  bool refit() noexcept {
    double dd = 0, dm = 0, mm = 0, xd = 0, xm = 0;  // sums of products of: what d multiplies, what dmin multiplies, x
    for (int i = 0; i < kParts; ++i) {
      const double scale = best_.part[i].scale, min = best_.part[i].min;
      const AffineSums& sums = best_.part[i].sums;
      dd += scale * scale * sums.qq;
      dm -= scale * min * sums.q;
      mm += min * min * group_[i].w;
      xd += scale * sums.xq;
      xm -= min * group_[i].x;
    }
    const double det = dd * mm - dm * dm;
    State next = best_;
    if (det > 1e-9 * dd * mm) {
      next.d = AsHalf::round(static_cast<float>((xd * mm - xm * dm) / det));
      next.dmin = AsHalf::round(static_cast<float>((xm * dd - xd * dm) / det));
    } else if (dd > 0 && mm == 0) {
      next.d = AsHalf::round(static_cast<float>(xd / dd));
    } else {
      return false;
    }
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
