#include "text/pretokenizer_gpt2.h"

#include "text/scan.h"

namespace sotto::text::rules {

Found gpt2(std::span<const Glyph> rest) {
  const Glyph first = rest[0];
  if (first == U'\'') {
    if (const std::size_t n = scan::contraction(rest)) return {0, n};
  }
  const std::size_t lead = first == U' ' && rest.size() > 1 ? 1 : 0;
  const Glyph head = rest[lead];
  if (scan::letter(head)) return {0, lead + scan::run(rest, lead, scan::letter)};
  if (scan::number(head)) return {0, lead + scan::run(rest, lead, scan::number)};
  if (!scan::space(head)) return {0, lead + scan::run(rest, lead, scan::other)};
  return {0, scan::spaces(rest)};
}

Found digit(std::span<const Glyph> rest) {
  const std::size_t gap = scan::run(rest, 0, [](Glyph g) { return !scan::number(g); });
  return {gap, gap < rest.size() ? std::size_t{1} : 0};
}

}  // namespace sotto::text::rules
