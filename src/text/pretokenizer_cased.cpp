// The rules that tell upper case from lower case: GPT-4o's and its kin.
#include "text/pretokenizer_rules.h"
#include "text/scan.h"

namespace sotto::text::rules {
namespace {

struct Cased {
  bool contractions = true;
  std::size_t most_digits = 3;
  bool slashes = true;  // a run of neither letters nor numbers takes slashes after it, as it takes line breaks
  bool without_han = false;
};

constexpr std::uint32_t kCaseless = Glyph::kModifier | Glyph::kOther | Glyph::kMark;

template <Cased rule>
bool upper(Glyph g) {
  return g.is(Glyph::kUpper | Glyph::kTitle | kCaseless) && !(rule.without_han && is_han(g.code()));
}

template <Cased rule>
bool lower(Glyph g) {
  return g.is(Glyph::kLower | kCaseless) && !(rule.without_han && is_han(g.code()));
}

// U*L+ from `from` on: U* takes all it can, then gives back until L+ has something.
template <Cased rule>
std::size_t capitalized(Rest rest, std::size_t from) {
  const std::size_t end = from + scan::run(rest, from, upper<rule>);
  if (const std::size_t n = scan::run(rest, end, lower<rule>)) return end + n - from;
  for (std::size_t last = end; last > from; --last) {
    if (lower<rule>(rest[last - 1])) return last - from;
  }
  return 0;
}

// U+L* from `from` on.
template <Cased rule>
std::size_t shouted(Rest rest, std::size_t from) {
  const std::size_t n = scan::run(rest, from, upper<rule>);
  return n == 0 ? 0 : n + scan::run(rest, from + n, lower<rule>);
}

template <Cased rule>
std::size_t cased_word(Rest rest) {
  const bool led = scan::lead(rest[0]);
  std::size_t n = led ? capitalized<rule>(rest, 1) : 0;
  n = n > 0 ? n + 1 : capitalized<rule>(rest, 0);
  if (n == 0 && led) {
    n = shouted<rule>(rest, 1);
    n += n > 0 ? 1 : 0;
  }
  if (n == 0) n = shouted<rule>(rest, 0);
  if (n == 0 || n == rest.size() || !rule.contractions) return n;
  return n + scan::contraction_any_case(rest.subspan(n));
}

template <Cased rule>
Found cased(Rest rest) {
  if (const std::size_t n = cased_word<rule>(rest)) return {0, n};
  if (const std::size_t n = scan::up_to(rest, rule.most_digits, scan::number)) return {0, n};
  const auto after = [](Glyph g) { return scan::line_break(g) || (rule.slashes && g == U'/'); };
  if (const std::size_t n = scan::spaced_run_and(rest, scan::other, after)) return {0, n};
  return {0, scan::tail(rest)};
}

}  // namespace

Found gpt4o(Rest rest) { return cased<Cased{}>(rest); }
Found gpt4o_single_digits(Rest rest) { return cased<Cased{.most_digits = 1}>(rest); }
Found tekken(Rest rest) { return cased<Cased{.contractions = false, .most_digits = 1}>(rest); }

Found kimi_k2(Rest rest) {
  if (const std::size_t n = scan::run(rest, 0, [](Glyph g) { return is_han(g.code()); })) return {0, n};
  return cased<Cased{.slashes = false, .without_han = true}>(rest);
}

}  // namespace sotto::text::rules
