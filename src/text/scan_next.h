// Rules that look for their next match rather than match where they stand.
#pragma once

#include "text/pretokenizer.h"
#include "text/scan.h"

namespace sotto::text::scan {

// X+, wherever it comes next.
template <class Test>
Found next_run(Glyphs rest, const Test& test) {
  const std::size_t gap = run(rest, 0, [&](Glyph g) { return !test(g); });
  return {gap, run(rest, gap, test)};
}

// X, wherever it comes next.
template <class Test>
Found next_one(Glyphs rest, const Test& test) {
  const std::size_t gap = run(rest, 0, [&](Glyph g) { return !test(g); });
  return {gap, gap < rest.size() ? std::size_t{1} : 0};
}

// \s?X+, wherever it comes next.
template <class Test>
Found next_spaced_run(Glyphs rest, const Test& test) {
  for (std::size_t at = 0; at < rest.size(); ++at) {
    const bool lead = space(rest[at]) && at + 1 < rest.size() && test(rest[at + 1]);
    if (lead) return {at, 1 + run(rest, at + 1, test)};
    if (test(rest[at])) return {at, run(rest, at, test)};
  }
  return {rest.size(), 0};
}

}  // namespace sotto::text::scan
