// Rules that group digits by thousands, and the names that Chameleon's vocabulary cuts out.
#include "text/pretokenizer_rules.h"
#include "text/scan.h"

namespace sotto::text::rules {
namespace {

bool decimal(Glyph g) { return scan::number(g) && is_decimal_digit(g.code()); }

// How `n` digits are grouped from the right: the first group, and how often three follow.
Found grouped(std::size_t gap, std::size_t n) { return n % 3 > 0 ? Found{gap, n % 3} : Found{gap, 3, n / 3}; }

}  // namespace

Found thousands(Rest rest) {
  for (std::size_t at = 0; at < rest.size();) {
    const std::size_t n = scan::run(rest, at, decimal);
    // A word character after the digits: they end at no border, and none of them matches.
    const bool border = at + n == rest.size() || !is_word_character(rest[at + n].code());
    if (n > 0 && border) return grouped(at, n);
    at += n + 1;
  }
  return {rest.size(), 0};
}

Found number_thousands(Rest rest) {
  const std::size_t gap = scan::run(rest, 0, [](Glyph g) { return !scan::number(g); });
  const std::size_t n = scan::run(rest, gap, scan::number);
  return n == 0 ? Found{gap, 0} : grouped(gap, n);
}

// A piece reaches up to the next place that a multiple of three digits, and no more, follows.
Found before_thousands(Rest rest) {
  const std::size_t n = scan::run(rest, 0, decimal);
  if (n > 3) {
    const Found first = grouped(0, n);
    return {0, first.length, first.times > 1 ? first.times - 1 : 1};
  }
  for (std::size_t at = n; at < rest.size();) {
    const std::size_t digits = scan::run(rest, at, decimal);
    if (digits >= 3) return {0, at + digits % 3};
    at += digits + 1;
  }
  return {0, rest.size()};
}

Found sentinel(Rest rest) {
  constexpr std::u32string_view kOpening = U"<sentinel:";
  for (std::size_t at = 0; at < rest.size(); ++at) {
    std::size_t n = 0;
    while (n < kOpening.size() && at + n < rest.size() && rest[at + n] == kOpening[n]) ++n;
    if (n < kOpening.size()) continue;
    const std::size_t digits = scan::run(rest, at + n, [](Glyph g) { return g.code() >= U'0' && g.code() <= U'9'; });
    const std::size_t end = at + n + digits;
    if (digits > 0 && end < rest.size() && rest[end] == U'>') return {at, end + 1 - at};
    at = end - 1;
  }
  return {rest.size(), 0};
}

Found image_name(Rest rest) {
  constexpr std::u32string_view kOpening = U"IMGIMG";
  for (std::size_t at = 0; at < rest.size(); ++at) {
    std::size_t n = 0;
    while (n < kOpening.size() && at + n < rest.size() && rest[at + n] == kOpening[n]) ++n;
    if (n < kOpening.size() || at + n == rest.size()) continue;
    const auto named = [](Glyph g) { return g.code() >= U'A' && g.code() <= U'I'; };
    const std::size_t letters = scan::up_to(rest.subspan(at + n), 4, named);
    const std::size_t end = at + n + letters;
    if (letters > 0 && end < rest.size() && rest[end] == U'Z') return {at, end + 1 - at};
  }
  return {rest.size(), 0};
}

Found indentation(Rest rest) {
  for (std::size_t at = 0; at < rest.size(); ++at) {
    if (rest[at] == U'\t' || rest[at] == U'\n') return {at, 1};
    const std::size_t n = scan::up_to(rest.subspan(at), 4, [](Glyph g) { return g == U' '; });
    if (n >= 2) return {at, n == 4 ? std::size_t{4} : 2};
  }
  return {rest.size(), 0};
}

}  // namespace sotto::text::rules
