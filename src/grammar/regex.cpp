#include "grammar/regex.h"

#include <fmt/format.h>
#include <optional>
#include <utility>

#include "grammar/cursor.h"
#include "text/utf8.h"

namespace sotto::grammar {
namespace {

CodePoints ascii_digits() { return CodePoints({{'0', '9'}}); }
CodePoints word() { return CodePoints({{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {'_', '_'}}); }
// ECMA-262, WhiteSpace and LineTerminator.
CodePoints blanks() {
  return CodePoints({{0x09, 0x0D},
                     {0x20, 0x20},
                     {0xA0, 0xA0},
                     {0x1680, 0x1680},
                     {0x2000, 0x200A},
                     {0x2028, 0x2029},
                     {0x202F, 0x202F},
                     {0x205F, 0x205F},
                     {0x3000, 0x3000},
                     {0xFEFF, 0xFEFF}});
}
CodePoints ends_of_lines() { return CodePoints({{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}); }

Expression anything() { return repeat(one_of(CodePoints::all()), 0, kUnbounded); }

class RegexReader {
 public:
  RegexReader(std::string_view pattern, const Limits& limits) : limits_(limits), cursor_(pattern, "pattern") {}

  // Anchors belong to the alternatives of the whole.
  Result<Expression> read() {
    Expression choice = choice_of({});
    do {
      const bool from_begin = cursor_.take("^");
      auto sequence = read_sequence(0);
      if (!sequence) return sequence;
      const std::size_t anchor = cursor_.at();
      const bool to_end = cursor_.take("$");
      if (to_end && !cursor_.at_end() && cursor_.peek() != '|')
        return unsupported(anchor, "an anchor within the pattern");
      Expression whole;
      if (!from_begin) whole.parts.push_back(anything());
      whole.parts.push_back(std::move(*sequence));
      if (!to_end) whole.parts.push_back(anything());
      choice.parts.push_back(std::move(whole));
    } while (cursor_.take("|"));
    if (!cursor_.at_end()) return misplaced();
    return choice;
  }

 private:
  Unexpected unsupported(std::size_t at, const std::string& what) const {
    return cursor_.error_at(at, what + " is not supported", ErrorCode::kUnsupported);
  }

  Unexpected misplaced() const {
    const char c = cursor_.peek();
    if (c == '^' || c == '$') return unsupported(cursor_.at(), "an anchor within the pattern");
    return cursor_.error("expected something to match, found " + cursor_.found());
  }

  Result<Expression> read_choice(int nesting) {
    if (nesting > limits_.nesting)
      return cursor_.error_at(cursor_.at(), fmt::format("groups are nested deeper than {}", limits_.nesting),
                              ErrorCode::kBudget);
    Expression choice = choice_of({});
    do {
      auto sequence = read_sequence(nesting);
      if (!sequence) return sequence;
      choice.parts.push_back(std::move(*sequence));
    } while (cursor_.take("|"));
    return choice;
  }

  Result<Expression> read_sequence(int nesting) {
    Expression sequence;
    while (!cursor_.at_end() && cursor_.peek() != '|' && cursor_.peek() != ')' && cursor_.peek() != '$') {
      auto atom = read_atom(nesting);
      if (!atom) return atom;
      auto repeated = read_quantifier(std::move(*atom));
      if (!repeated) return repeated;
      sequence.parts.push_back(std::move(*repeated));
    }
    return sequence;
  }

  Result<Expression> read_atom(int nesting) {
    const std::size_t begin = cursor_.at();
    if (cursor_.take("(")) return read_group(begin, nesting);
    if (cursor_.take("[")) return read_class(begin);
    if (cursor_.take(".")) return one_of(ends_of_lines().complement());
    if (cursor_.take("\\")) {
      auto points = read_escape(begin, false);
      if (!points) return forward_error(points);
      return one_of(std::move(*points));
    }
    if (std::string_view("^*+?").find(cursor_.peek()) != std::string_view::npos) return misplaced();
    return one_of(CodePoints::one(cursor_.take_code_point()));
  }

  Result<Expression> read_group(std::size_t begin, int nesting) {
    if (cursor_.take("?")) {
      const bool named = cursor_.peek() == '<' && cursor_.peek(1) != '=' && cursor_.peek(1) != '!';
      if (named) {
        while (!cursor_.at_end() && !cursor_.take(">")) cursor_.take_code_point();
      } else if (!cursor_.take(":")) {
        return unsupported(begin, "looking around, or a flag of a group,");
      }
    }
    auto group = read_choice(nesting + 1);
    if (!group) return group;
    if (cursor_.peek() == '$' || cursor_.peek() == '^') return misplaced();
    if (!cursor_.take(")")) return cursor_.error_at(begin, "this group is not closed");
    return group;
  }

  Result<Expression> read_class(std::size_t begin) {
    const bool negated = cursor_.take("^");
    CodePoints points;
    std::vector<CodeSpan> spans;
    while (!cursor_.take("]")) {
      if (cursor_.at_end()) return cursor_.error_at(begin, "this class is not closed");
      auto first = read_class_atom();
      if (!first) return forward_error(first);
      if (cursor_.peek() != '-' || cursor_.peek(1) == ']' || cursor_.peek(1) == '\0') {
        spans.insert(spans.end(), first->spans().begin(), first->spans().end());
        continue;
      }
      const std::size_t dash = cursor_.at();
      cursor_.take("-");
      auto last = read_class_atom();
      if (!last) return forward_error(last);
      const auto single = [](const CodePoints& set) {
        return set.spans().size() == 1 && set.spans()[0].first == set.spans()[0].last;
      };
      if (!single(*first) || !single(*last)) return cursor_.error_at(dash, "a range needs one character at each end");
      const CodeSpan span{first->spans()[0].first, last->spans()[0].first};
      if (span.last < span.first) return cursor_.error_at(dash, "the range ends before it begins");
      spans.push_back(span);
    }
    points = CodePoints(std::move(spans));
    return one_of(negated ? points.complement() : points);
  }

  Result<CodePoints> read_class_atom() {
    const std::size_t begin = cursor_.at();
    if (cursor_.take("\\")) return read_escape(begin, true);
    return CodePoints::one(cursor_.take_code_point());
  }

  Result<CodePoints> read_escape(std::size_t begin, bool in_class) {
    if (cursor_.at_end()) return cursor_.error_at(begin, "the pattern ends within an escape");
    const char32_t c = cursor_.take_code_point();
    constexpr std::u32string_view kNames = U"tnvfr", kMeanings = U"\t\n\v\f\r";
    if (const std::size_t at = kNames.find(c); at != std::u32string_view::npos) return CodePoints::one(kMeanings[at]);
    switch (c) {
      case 'd': return ascii_digits();
      case 'D': return ascii_digits().complement();
      case 'w': return word();
      case 'W': return word().complement();
      case 's': return blanks();
      case 'S': return blanks().complement();
      case 'u': return read_unicode(begin);
      case 'c': return read_control(begin);
      case 'x': return checked(begin, cursor_.take_hex(2));
      case '0': return read_zero(begin);
      case 'b': return in_class ? Result<CodePoints>(CodePoints::one('\b')) : unsupported(begin, "\\b");
      default: return read_identity(begin, c);
    }
  }

  Result<CodePoints> checked(std::size_t begin, std::optional<char32_t> point) const {
    if (!point || *point > kLastCodePoint || (*point >= 0xD800 && *point < 0xE000))
      return cursor_.error_at(begin, "the escape is no code point that UTF-8 can hold");
    return CodePoints::one(*point);
  }

  Result<CodePoints> read_zero(std::size_t begin) const {
    if (cursor_.peek() >= '0' && cursor_.peek() <= '9') return unsupported(begin, "an octal escape");
    return CodePoints::one(0);
  }

  Result<CodePoints> read_control(std::size_t begin) {
    const char letter = static_cast<char>(cursor_.peek() | 0x20);
    if (letter < 'a' || letter > 'z') return cursor_.error_at(begin, "\\c needs a letter");
    cursor_.take_code_point();
    return CodePoints::one(static_cast<char32_t>(letter - 'a' + 1));
  }

  // Four digits, a pair of surrogates, or any number in braces.
  Result<CodePoints> read_unicode(std::size_t begin) {
    if (cursor_.take("{")) {
      char32_t value = 0;
      int n_digits = 0;
      for (std::optional<char32_t> digit; n_digits < 7 && (digit = cursor_.take_hex(1)); ++n_digits)
        value = value << 4 | *digit;
      const bool closed = n_digits > 0 && cursor_.take("}");
      return checked(begin, closed ? std::optional(value) : std::nullopt);
    }
    std::optional<char32_t> point = cursor_.take_hex(4);
    if (point && *point >= 0xD800 && *point < 0xDC00 && cursor_.take("\\u")) {
      const auto low = cursor_.take_hex(4);
      if (low && *low >= 0xDC00 && *low < 0xE000) point = 0x10000 + ((*point - 0xD800) << 10) + (*low - 0xDC00);
    }
    return checked(begin, point);
  }

  Result<CodePoints> read_identity(std::size_t begin, char32_t c) const {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c >= '1' && c <= '9') return unsupported(begin, "a reference back");
    if (letter) return unsupported(begin, fmt::format("\\{}", static_cast<char>(c)));
    return CodePoints::one(c);
  }

  Result<Expression> read_quantifier(Expression atom) {
    const std::size_t begin = cursor_.at();
    int least = 0, most = kUnbounded;
    if (cursor_.take("*")) {
    } else if (cursor_.take("+")) {
      least = 1;
    } else if (cursor_.take("?")) {
      most = 1;
    } else if (!take_bounds(least, most)) {
      return atom;
    }
    cursor_.take("?");  // which match is preferred does not change what matches
    if (std::max(least, most) > limits_.repetitions)
      return cursor_.error_at(
          begin,
          fmt::format("repeats up to {} times; at most {} are possible", std::max(least, most), limits_.repetitions),
          ErrorCode::kBudget);
    if (most != kUnbounded && most < least)
      return cursor_.error_at(begin, fmt::format("{} is more than {}", least, most));
    return repeat(std::move(atom), least, most);
  }

  // A brace that begins no bounds is a character.
  bool take_bounds(int& least, int& most) {
    const std::size_t begin = cursor_.at();
    if (cursor_.take("{")) {
      if (const auto from = cursor_.take_number()) {
        least = most = *from;
        if (cursor_.take(",")) most = cursor_.take_number().value_or(kUnbounded);
        if (cursor_.take("}")) return true;
      }
    }
    cursor_.go_to(begin);
    return false;
  }

  const Limits& limits_;
  Cursor cursor_;
};

}  // namespace

Result<Expression> read_regex(std::string_view pattern, const Limits& limits) {
  if (text::find_invalid_utf8(pattern) < pattern.size())
    return Unexpected(ErrorCode::kBadRequest, "pattern: it is no UTF-8");
  return RegexReader(pattern, limits).read();
}

}  // namespace sotto::grammar
