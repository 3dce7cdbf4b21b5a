// The building blocks of the pre-tokenizers: how many glyphs a piece of a regular expression takes.
// Every function returns 0 where the piece does not match.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "text/unicode.h"

namespace sotto::text::scan {

using Glyphs = std::span<const Glyph>;

// The longest run of glyphs that satisfy `test`, from `from` on.
template <class Test>
inline std::size_t run(Glyphs g, std::size_t from, const Test& test) {
  std::size_t at = from;
  while (at < g.size() && test(g[at])) ++at;
  return at - from;
}

inline bool letter(Glyph g) { return g.is(Glyph::kLetter); }
inline bool number(Glyph g) { return g.is(Glyph::kNumber); }
inline bool space(Glyph g) { return g.is(Glyph::kSpace); }
inline bool line_break(Glyph g) { return g.is(Glyph::kBreak); }
inline bool letter_or_mark(Glyph g) { return g.is(Glyph::kLetter | Glyph::kMark); }
inline bool punct_or_symbol(Glyph g) { return g.is(Glyph::kPunct | Glyph::kSymbol); }
// [^\s\p{L}\p{N}]
inline bool other(Glyph g) { return !g.is(Glyph::kSpace | Glyph::kLetter | Glyph::kNumber); }

// <space>?X+
template <class Test>
inline std::size_t spaced_run(Glyphs g, const Test& test) {
  const std::size_t lead = g[0] == U' ' ? 1 : 0;
  const std::size_t n = run(g, lead, test);
  return n == 0 ? 0 : lead + n;
}

// \s+(?!\S)|\s+: a run of spaces, less its last one where something follows it.
inline std::size_t spaces(Glyphs g) {
  const std::size_t n = run(g, 0, space);
  return n == g.size() || n < 2 ? n : n - 1;
}

// \s*[\r\n]+: up to the last line break of a run of spaces.
inline std::size_t line_breaks(Glyphs g) {
  std::size_t n = run(g, 0, space);
  while (n > 0 && !line_break(g[n - 1])) --n;
  return n;
}

// \s*[\r\n]+|\s+(?!\S)|\s+
inline std::size_t tail(Glyphs g) {
  const std::size_t n = line_breaks(g);
  return n > 0 ? n : spaces(g);
}

// X{1,most}
template <class Test>
inline std::size_t up_to(Glyphs g, std::size_t most, const Test& test) {
  return run(g.first(std::min(most, g.size())), 0, test);
}

// [^\r\n\p{L}\p{N}]
inline bool lead(Glyph g) { return !g.is(Glyph::kBreak | Glyph::kLetter | Glyph::kNumber); }

// LEAD?X+
template <class Lead, class Test>
inline std::size_t led_run(Glyphs g, const Lead& is_lead, const Test& test) {
  if (is_lead(g[0])) {
    const std::size_t n = run(g, 1, test);
    if (n > 0) return 1 + n;
  }
  return run(g, 0, test);
}

// <space>?X+Y*
template <class Test, class After>
inline std::size_t spaced_run_and(Glyphs g, const Test& test, const After& after) {
  const std::size_t n = spaced_run(g, test);
  return n == 0 ? 0 : n + run(g, n, after);
}

// 's|'t|'re|'ve|'m|'ll|'d
std::size_t contraction(Glyphs g);
// The same in any case, by Unicode's simple folding: U+017F (long s) counts as s.
std::size_t contraction_any_case(Glyphs g);

}  // namespace sotto::text::scan
