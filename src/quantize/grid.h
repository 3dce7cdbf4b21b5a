// What a value divided by its block's scale can be in a file: the grids of the formats that have a scale and no
// minimum.
#pragma once

#include <array>

#include "quantize/lanes.h"

namespace sotto::quantize {

// The integers kLow to kHigh; kLow is written as kBias + kLow.
template <int kLow, int kHigh, int kBias>
struct Integers {
  static constexpr float kEnds[2] = {kLow, kHigh};
  static constexpr bool kSymmetric = kLow == -kHigh;

  static F4 nearest(F4 y) noexcept { return round4(clamp4(y, kLow, kHigh)); }
  static F4 code(F4 y) noexcept { return nearest(y) + static_cast<float>(kBias); }  // as it is written
};

// The 16 values of IQ4_NL and IQ4_XS, closer together near 0.
struct Iq4Grid {
  static constexpr std::array<float, 16> kValues = {-127, -104, -83, -65, -49, -35, -22, -10,
                                                    1,    13,   25,  38,  53,  69,  89,  113};
  static constexpr float kEnds[2] = {kValues.front(), kValues.back()};
  static constexpr bool kSymmetric = false;

  // One more for each middle between neighbours that lies below.
  static F4 nearest(F4 y) noexcept {
    F4 value = all4(kValues[0]);
    for (std::size_t i = 1; i < kValues.size(); ++i) {
      value += y > all4((kValues[i] + kValues[i - 1]) / 2) ? all4(kValues[i] - kValues[i - 1]) : F4{};
    }
    return value;
  }
  static F4 code(F4 y) noexcept {
    F4 code{};
    for (std::size_t i = 1; i < kValues.size(); ++i) {
      code += y > all4((kValues[i] + kValues[i - 1]) / 2) ? all4(1) : F4{};
    }
    return code;
  }
};

}  // namespace sotto::quantize
