// GPT-2's rule, and the rules about digits, lines and punctuation that vocabularies put before or
// after it.
#include "text/pretokenizer_rules.h"
#include "text/scan_next.h"

namespace sotto::text::rules {
namespace {

bool ascii_symbol(Glyph g) {
  const char32_t c = g.code();
  return (c >= U'!' && c <= U'/') || (c >= U':' && c <= U'@') || (c >= U'[' && c <= U'`') || (c >= U'{' && c <= U'~');
}

}  // namespace

Found gpt2(Rest rest) {
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

Found digit(Rest rest) { return scan::next_one(rest, scan::number); }

// Rust's char::is_numeric follows Unicode 17, the expressions Unicode 16.
Found rust_digit(Rest rest) {
  return scan::next_one(rest, [](Glyph g) {
    const char32_t c = g.code();
    return scan::number(g) || (c >= 0x11DE0 && c <= 0x11DE9) || (c >= 0x16FF4 && c <= 0x16FF6);
  });
}

Found numbers(Rest rest) { return scan::next_run(rest, scan::number); }

Found three_numbers(Rest rest) {
  const std::size_t gap = scan::run(rest, 0, [](Glyph g) { return !scan::number(g); });
  return {gap, gap == rest.size() ? 0 : scan::up_to(rest.subspan(gap), 3, scan::number)};
}

Found three_ascii_digits(Rest rest) {
  std::size_t seen = 0;
  for (std::size_t at = 0; at < rest.size(); ++at) {
    const char32_t c = rest[at].code();
    seen = c >= U'0' && c <= U'9' ? seen + 1 : 0;
    if (seen == 3) return {at - 2, 3};
  }
  return {rest.size(), 0};
}

Found line_break(Rest rest) { return scan::next_one(rest, scan::line_break); }

Found lines(Rest rest) {
  const bool feed = rest[0] == U'\n';
  return {0, scan::run(rest, 0, [=](Glyph g) { return (g == U'\n') == feed; })};
}

Found trailing_spaces(Rest rest) {
  for (std::size_t at = 0; at < rest.size();) {
    const std::size_t n = scan::run(rest, at, scan::space);
    if (n > 0 && at + n == rest.size()) return {at, n};
    at += n + 1;
  }
  return {rest.size(), 0};
}

Found punctuation_run(Rest rest) {
  return scan::next_run(rest, [](Glyph g) { return g.is(Glyph::kPunct) || ascii_symbol(g); });
}

Found punctuation_mark(Rest rest) {
  return scan::next_one(rest, [](Glyph g) { return g.is(Glyph::kPunct) || ascii_symbol(g); });
}

}  // namespace sotto::text::rules
