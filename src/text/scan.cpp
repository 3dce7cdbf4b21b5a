#include "text/scan.h"

namespace sotto::text::scan {
namespace {

char32_t lower(Glyph g) {
  const char32_t c = g.code();
  return c >= U'A' && c <= U'Z' ? c + 32 : c == 0x17F ? U's' : c;
}

char32_t as_is(Glyph g) { return g.code(); }

template <class Fold>
std::size_t contraction_of(Glyphs g, const Fold& fold) {
  if (g.size() < 2 || !(g[0] == U'\'')) return 0;
  const char32_t first = fold(g[1]);
  if (first == U's' || first == U't' || first == U'm' || first == U'd') return 2;
  if (g.size() < 3) return 0;
  const char32_t second = fold(g[2]);
  const bool pair =
      (first == U'r' && second == U'e') || (first == U'v' && second == U'e') || (first == U'l' && second == U'l');
  return pair ? 3 : 0;
}

}  // namespace

std::size_t contraction(Glyphs g) { return contraction_of(g, as_is); }
std::size_t contraction_any_case(Glyphs g) { return contraction_of(g, lower); }

}  // namespace sotto::text::scan
