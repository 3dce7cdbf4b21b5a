// The line of rules that began with GPT-4's: contractions, words with what stands before them,
// numbers, the rest.
#include "text/pretokenizer_rules.h"
#include "text/scan.h"

namespace sotto::text::rules {
namespace {

enum class After { kNothing, kBreaks };

// Where the rules of the line differ.
struct Words {
  bool contractions = true;
  bool marks = false;            // combining marks are parts of words
  std::size_t most_digits = 1;   // that a number takes
  After after = After::kBreaks;  // what follows a run of neither letters nor numbers
};

inline constexpr std::size_t kNoLimit = ~std::size_t{0};

bool other_but_mark(Glyph g) { return scan::other(g) && !g.is(Glyph::kMark); }

std::size_t word(Rest rest, const Words& rule) {
  return rule.marks ? scan::led_run(rest, scan::lead, scan::letter_or_mark)
                    : scan::led_run(rest, scan::lead, scan::letter);
}

std::size_t rest_of(Rest rest, const Words& rule) {
  const std::size_t n = rule.marks ? scan::spaced_run(rest, other_but_mark) : scan::spaced_run(rest, scan::other);
  if (n == 0 || rule.after == After::kNothing) return n;
  return n + scan::run(rest, n, scan::line_break);
}

// All but what is made of spaces: 0 there.
template <Words rule>
std::size_t visible(Rest rest) {
  if (rule.contractions && rest[0] == U'\'') {
    if (const std::size_t n = scan::contraction_any_case(rest)) return n;
  }
  if (const std::size_t n = word(rest, rule)) return n;
  if (const std::size_t n = scan::up_to(rest, rule.most_digits, scan::number)) return n;
  return rest_of(rest, rule);
}

template <Words rule>
Found words(Rest rest) {
  const std::size_t n = visible<rule>(rest);
  return {0, n > 0 ? n : scan::tail(rest)};
}

constexpr Words kLlama3 = {.most_digits = 3};

// \s{512}(?!\S)|…|\s{4}(?!\S)|\s{1,2}(?!\S)|\s, for `n` spaces, `last` when the text ends with
// them.
Found halving_spaces(std::size_t n, bool last) {
  const std::size_t room = last ? n : n - 1;  // how many may be followed by no more than a space
  for (std::size_t size = 512; size >= 4; size /= 2) {
    if (room >= size) return {0, size, size == 512 ? room / size : 1};
  }
  return {0, room >= 2 ? std::size_t{2} : 1};
}

// \p{L}\p{M}*(?: \p{L}\p{M}*)* over and over, from `from` on.
std::size_t words_with_spaces(Rest rest, std::size_t from) {
  std::size_t at = from;
  while (at < rest.size()) {
    const bool inside = at > from;
    if (scan::letter(rest[at]) || (inside && rest[at].is(Glyph::kMark))) {
      ++at;
    } else if (inside && rest[at] == U' ' && at + 1 < rest.size() && scan::letter(rest[at + 1])) {
      at += 2;
    } else {
      break;
    }
  }
  return at - from;
}

}  // namespace

Found llama3(Rest rest) { return words<kLlama3>(rest); }
Found qwen2(Rest rest) { return words<Words{}>(rest); }
Found long_numbers(Rest rest) { return words<Words{.most_digits = kNoLimit}>(rest); }
Found no_contractions(Rest rest) { return words<Words{.contractions = false}>(rest); }
Found seed_coder(Rest rest) { return words<Words{.after = After::kNothing}>(rest); }
Found qwen35(Rest rest) { return words<Words{.marks = true}>(rest); }

Found jais2(Rest rest) {
  std::size_t n = visible<kLlama3>(rest);
  if (n == 0) n = scan::line_breaks(rest);
  if (n > 0) return {0, n};
  n = scan::run(rest, 0, scan::space);
  return halving_spaces(n, n == rest.size());
}

Found exaone_moe(Rest rest) {
  if (const std::size_t n = scan::contraction_any_case(rest)) return {0, n};
  if (scan::lead(rest[0])) {
    if (const std::size_t n = words_with_spaces(rest, 1)) return {0, 1 + n};
  }
  if (const std::size_t n = words_with_spaces(rest, 0)) return {0, n};
  if (scan::number(rest[0])) return {0, 1};
  if (std::size_t n = scan::spaced_run(rest, scan::other)) {
    n += n < rest.size() && (scan::line_break(rest[n]) || rest[n] == U'/') ? 1 : 0;
    return {0, n};
  }
  return {0, scan::tail(rest)};
}

}  // namespace sotto::text::rules
