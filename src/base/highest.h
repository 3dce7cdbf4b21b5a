// The greatest of many numbers, in lanes that the compiler takes side by side.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>

namespace sotto::base {

// Minus infinity for none. A NaN counts for nothing.
inline float highest_of(std::span<const float> values) {
  std::array<float, 8> lanes;
  lanes.fill(-std::numeric_limits<float>::infinity());
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8)
    for (std::size_t j = 0; j < 8; ++j) lanes[j] = values[i + j] > lanes[j] ? values[i + j] : lanes[j];
  for (; i < values.size(); ++i) lanes[0] = std::max(lanes[0], values[i]);
  return *std::max_element(lanes.begin(), lanes.end());
}

// Where it stands, the first place of several; -1 when nothing is above minus infinity.
inline std::ptrdiff_t index_of_highest(std::span<const float> values) {
  const float highest = highest_of(values);
  if (highest == -std::numeric_limits<float>::infinity()) return -1;
  return std::find(values.begin(), values.end(), highest) - values.begin();
}

}  // namespace sotto::base
