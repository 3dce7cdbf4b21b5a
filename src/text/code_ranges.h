// Sets of code points as ascending ranges.
#pragma once

#include <algorithm>
#include <iterator>
#include <span>

namespace sotto::text {

struct CodeRange {
  char32_t first, last;
};

inline bool in_ranges(std::span<const CodeRange> ranges, char32_t c) {
  const auto end = std::upper_bound(ranges.begin(), ranges.end(), c,
                                    [](char32_t value, const CodeRange& r) { return value < r.first; });
  return end != ranges.begin() && c <= std::prev(end)->last;
}

}  // namespace sotto::text
