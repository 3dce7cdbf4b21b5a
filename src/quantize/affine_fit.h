// The scale and the base of a group of values that are written as d * q + base, q from 0 to kMax: the least weighted
// squared error, by the same turns as scale_fit.h. Given the integers, d and base solve two linear equations.
#pragma once

#include <cmath>

#include "quantize/scale_fit.h"

namespace sotto::quantize {

// sum(w) and sum(w x): what of the equations does not depend on the integers.
struct GroupSums {
  float w, x;
};

struct Affine {
  float d, base, error;
};

struct AffineSums {
  float error, q, qq, xq;
};

inline GroupSums sum_group(const float* x, const float* w, int n) noexcept {
  F4 weights{}, values{};
  for (int i = 0; i < n; i += 4) {
    const F4 weight = load4(w + i);
    weights += weight;
    values += weight * load4(x + i);
  }
  return {sum4(weights), sum4(values)};
}

template <int kMax>
AffineSums measure_affine(const float* x, const float* w, int n, float d, float base) noexcept {
  const float inv = inverse(d);
  F4 error{}, sum_q{}, qq{}, xq{};
  for (int i = 0; i < n; i += 4) {
    const F4 value = load4(x + i), weight = load4(w + i);
    const F4 q = round4(clamp4((value - base) * inv, 0, kMax));
    const F4 rest = value - (q * d + base), wq = weight * q;
    error += weight * rest * rest;
    sum_q += wq;
    qq += wq * q;
    xq += wq * value;
  }
  return {sum4(error), sum4(sum_q), sum4(qq), sum4(xq)};
}

template <int kMax>
void encode_affine(const float* x, int n, float d, float base, std::uint8_t* codes) noexcept {
  const float inv = inverse(d);
  for (int i = 0; i < n; i += 4) {
    const I4 code = __builtin_convertvector(round4(clamp4((load4(x + i) - base) * inv, 0, kMax)), I4);
    for (int lane = 0; lane < 4; ++lane) codes[i + lane] = static_cast<std::uint8_t>(code[lane]);
  }
}

// How d and base are stored, and what base may be.
struct AnyBaseAsHalf {
  static float round(float v) noexcept { return AsHalf::round(v); }
  static constexpr bool kBaseUpTo0 = false;
};
struct BaseUpTo0AsFloat {
  static float round(float v) noexcept { return v; }
  static constexpr bool kBaseUpTo0 = true;
};

template <int kMax, class Stored>
class AffineSearch {
 public:
  AffineSearch(const float* x, const float* w, int n) noexcept : x_(x), w_(w), n_(n), sums_(sum_group(x, w, n)) {}

  // From the least value to the greatest, as without a search.
  Affine naive() noexcept {
    find_range();
    Affine fit{Stored::round((high_ - low_) / kMax), Stored::round(low_), 0};
    fit.error = measure_affine<kMax>(x_, w_, n_, fit.d, fit.base).error;
    return fit;
  }

  // Never worse than naive(). The guesses spread kMax + more steps over the range, for each of `more`. They begin
  // below the least value by half of the steps left out, or above it by half of those added, in whole steps: values
  // that stand on a grid are found to do so.
  Affine run(const float* more, int n_more) noexcept {
    best_ = naive();
    if (!(high_ > low_)) return best_;
    from(best_.d, best_.base);
    for (int i = 0; i < n_more; ++i) {
      const float d = (high_ - low_) / (kMax + more[i]);
      from(d, low_ + d * std::trunc(more[i] / 2));
    }
    if constexpr (!Stored::kBaseUpTo0) walk_bases();
    begin_at_0();
    return best_;
  }

 private:
  // Of the values that count; from 0 where the base must not be above it.
  void find_range() noexcept {
    constexpr float kMost = 3.4e38f;
    F4 low = all4(kMost), high = all4(-kMost);
    for (int i = 0; i < n_; i += 4) {
      const F4 value = load4(x_ + i);
      const I4 counts = load4(w_ + i) > F4{};
      low = (counts & (value < low)) ? value : low;
      high = (counts & (value > high)) ? value : high;
    }
    low_ = least4(low);
    high_ = most4(high);
    if (low_ > high_) low_ = high_ = 0;
    if (Stored::kBaseUpTo0 && low_ > 0) low_ = 0;
  }

  void from(float d, float base) noexcept {
    for (int turn = 0; turn < 3; ++turn) {
      d = Stored::round(d);
      base = Stored::round(Stored::kBaseUpTo0 && base > 0 ? 0 : base);
      const AffineSums sums = measure_affine<kMax>(x_, w_, n_, d, base);
      if (sums.error < best_.error) best_ = {d, base, sums.error};
      if (!solve(sums, d, base)) return;
    }
  }

  // What rounding one of the two loses the other can make good: to the stored bases beside the best, each with its
  // best d, for as long as they are better.
  void walk_bases() noexcept {
    while (try_base(AsHalf::beside(best_.base, -1)) || try_base(AsHalf::beside(best_.base, 1))) {}
  }

  bool try_base(float base) noexcept {
    const AffineSums sums = measure_affine<kMax>(x_, w_, n_, best_.d, best_.base);
    const float d = Stored::round((sums.xq - base * sums.q) * inverse(sums.qq));
    const float error = measure_affine<kMax>(x_, w_, n_, d, base).error;
    if (!(error < best_.error)) return false;
    best_ = {d, base, error};
    return true;
  }

  // The same values may be had of greater integers and a lower base; where a base has few bits the nearer to 0 is
  // better.
  void begin_at_0() noexcept {
    constexpr float kRounding = 1e-6f;  // of a step's square
    const float lowest = std::nearbyint((low_ - best_.base) * inverse(best_.d));
    Affine fit{best_.d, Stored::round(best_.base + lowest * best_.d), 0};
    if (!(lowest > 0) || (Stored::kBaseUpTo0 && fit.base > 0)) return;
    fit.error = measure_affine<kMax>(x_, w_, n_, fit.d, fit.base).error;
    if (fit.error - best_.error <= kRounding * sums_.w * fit.d * fit.d) best_ = fit;
  }

  // Puts the best pair for these integers; false where there is none.
  bool solve(const AffineSums& s, float& d, float& base) const noexcept {
    const float det = sums_.w * s.qq - s.q * s.q;
    if (!(det > 1e-6f * sums_.w * s.qq)) return false;
    float next_d = (sums_.w * s.xq - sums_.x * s.q) / det, next_base = (sums_.x - next_d * s.q) / sums_.w;
    if (Stored::kBaseUpTo0 && next_base > 0) {
      next_base = 0;
      next_d = s.xq / s.qq;
    }
    if (!(std::fabs(next_d) < 1e30f && std::fabs(next_base) < 1e30f)) return false;
    const bool same = next_d == d && next_base == base;
    d = next_d;
    base = next_base;
    return !same;
  }

  const float* x_;
  const float* w_;
  int n_;
  GroupSums sums_;
  float low_ = 0, high_ = 0;
  Affine best_{};
};

}  // namespace sotto::quantize
