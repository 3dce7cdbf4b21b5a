#include "grammar/gbnf.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "grammar/builder.h"
#include "grammar/cursor.h"
#include "text/utf8.h"

namespace sotto::grammar {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

class GbnfReader {
 public:
  GbnfReader(std::string_view text, const GbnfOptions& options)
      : options_(options), cursor_(text, "grammar"), builder_(options.limits) {}

  Result<Grammar> read() {
    skip_blanks(true);
    while (!cursor_.at_end())
      if (auto rule = read_rule(); !rule) return forward_error(rule);
    return finish();
  }

 private:
  struct Named {
    Rule rule;
    std::size_t first_use;
    bool defined = false;
  };

  // Blanks and comments; ends of lines too where a rule goes on after them.
  void skip_blanks(bool over_lines) {
    while (!cursor_.at_end()) {
      const char c = cursor_.peek();
      if (c == '#') {
        while (!cursor_.at_end() && cursor_.peek() != '\n' && cursor_.peek() != '\r') cursor_.go_to(cursor_.at() + 1);
      } else if (c == ' ' || c == '\t' || (over_lines && (c == '\n' || c == '\r'))) {
        cursor_.go_to(cursor_.at() + 1);
      } else {
        break;
      }
    }
  }

  std::string_view take_name() {
    const std::size_t begin = cursor_.at();
    while (is_name_char(cursor_.peek())) cursor_.go_to(cursor_.at() + 1);
    return cursor_.text().substr(begin, cursor_.at() - begin);
  }

  Named& named(std::string_view name, std::size_t use) {
    const auto known = rules_.find(name);
    if (known != rules_.end()) return known->second;
    return rules_.emplace(name, Named{builder_.add_rule(std::string(name)), use}).first->second;
  }

  Result<void> read_rule() {
    const std::size_t begin = cursor_.at();
    const std::string_view name = take_name();
    if (name.empty()) return cursor_.error("expected the name of a rule, found " + cursor_.found());
    skip_blanks(false);
    if (!cursor_.take("::="))
      return cursor_.error(fmt::format("expected ::= after {}, found {}", name, cursor_.found()));
    skip_blanks(true);
    Named& rule = named(name, begin);
    if (std::exchange(rule.defined, true))
      return cursor_.error_at(begin, fmt::format("the rule {} is given twice; give it once, with |", name));
    auto body = read_choice(0);
    if (!body) return forward_error(body);
    if (!cursor_.at_end() && cursor_.peek() != '\n' && cursor_.peek() != '\r')
      return cursor_.error("expected the end of the line, found " + cursor_.found());
    builder_.add(builder_.start_of(rule.rule), *body, builder_.end_of(rule.rule));
    if (builder_.full()) return finish_early();
    skip_blanks(true);
    return {};
  }

  // What is too large is not read to its end.
  Result<void> finish_early() {
    auto grammar = builder_.finish(0);
    if (grammar) return {};
    return forward_error(grammar);
  }

  Result<Expression> read_choice(int nesting) {
    if (nesting > options_.limits.nesting)
      return cursor_.error_at(cursor_.at(), fmt::format("groups are nested deeper than {}", options_.limits.nesting),
                              ErrorCode::kBudget);
    Expression choice = choice_of({});
    do {
      skip_blanks(true);
      auto sequence = read_sequence(nesting);
      if (!sequence) return sequence;
      choice.parts.push_back(std::move(*sequence));
    } while (take_bar());
    if (choice.parts.size() == 1) return std::move(choice.parts.front());
    return choice;
  }

  // Also at the beginning of a next line, where no rule can begin.
  bool take_bar() {
    const std::size_t here = cursor_.at();
    skip_blanks(true);
    if (cursor_.take("|")) return true;
    cursor_.go_to(here);
    return false;
  }

  Result<Expression> read_sequence(int nesting) {
    Expression sequence;
    while (true) {
      auto element = read_element(nesting);
      if (!element) return forward_error(element);
      if (!*element) return sequence;
      auto repeated = read_repetition(std::move(**element));
      if (!repeated) return repeated;
      sequence.parts.push_back(std::move(*repeated));
      skip_blanks(nesting > 0);
    }
  }

  // Nothing where a sequence ends.
  Result<std::optional<Expression>> read_element(int nesting) {
    const std::size_t begin = cursor_.at();
    const auto wrapped = [](Result<Expression> result) -> Result<std::optional<Expression>> {
      if (!result) return forward_error(result);
      return std::optional(std::move(*result));
    };
    if (cursor_.take("\"")) return wrapped(read_literal(begin));
    if (cursor_.take("[")) return wrapped(read_class(begin));
    if (cursor_.take(".")) return std::optional(one_of(CodePoints::all()));
    if (cursor_.take("(")) return wrapped(read_group(begin, nesting));
    if (is_name_char(cursor_.peek())) {
      const std::string_view name = take_name();
      return std::optional(call_of(named(name, begin).rule));
    }
    if (cursor_.peek() == '<' || cursor_.peek() == '!')
      return cursor_.error_at(begin, "tokens by name or number are not supported; write their text",
                              ErrorCode::kUnsupported);
    return std::optional<Expression>();
  }

  Result<Expression> read_group(std::size_t begin, int nesting) {
    auto group = read_choice(nesting + 1);
    if (!group) return group;
    skip_blanks(true);
    if (!cursor_.take(")"))
      return cursor_.error_at(cursor_.at_end() ? begin : cursor_.at(),
                              cursor_.at_end() ? "this group is not closed" : "expected ), found " + cursor_.found());
    return group;
  }

  Result<Expression> read_literal(std::size_t begin) {
    Expression literal = text_of("");
    while (!cursor_.take("\"")) {
      if (cursor_.at_end() || cursor_.peek() == '\n') return cursor_.error_at(begin, "this literal is not closed");
      const auto point = read_point();
      if (!point) return Unexpected(point.error());
      text::append_utf8(literal.text, *point);
    }
    return literal;
  }

  Result<Expression> read_class(std::size_t begin) {
    const bool negated = cursor_.take("^");
    std::vector<CodeSpan> spans;
    while (!cursor_.take("]")) {
      if (cursor_.at_end() || cursor_.peek() == '\n') return cursor_.error_at(begin, "this class is not closed");
      const auto first = read_point();
      if (!first) return Unexpected(first.error());
      spans.push_back({*first, *first});
      if (cursor_.peek() != '-' || cursor_.peek(1) == ']' || cursor_.peek(1) == '\0') continue;
      const std::size_t dash = cursor_.at();
      cursor_.take("-");
      const auto last = read_point();
      if (!last) return Unexpected(last.error());
      if (*last < *first) return cursor_.error_at(dash, "the range ends before it begins");
      spans.back().last = *last;
    }
    const CodePoints points(std::move(spans));
    return one_of(negated ? points.complement() : points);
  }

  // A code point, or what an escape stands for.
  Result<char32_t> read_point() {
    const std::size_t begin = cursor_.at();
    if (!cursor_.take("\\")) return cursor_.take_code_point();
    constexpr std::string_view kNames = "nrt\\\"[]-^", kMeanings = "\n\r\t\\\"[]-^";
    const char name = cursor_.peek();
    if (const std::size_t at = kNames.find(name); !cursor_.at_end() && at != std::string_view::npos) {
      cursor_.go_to(cursor_.at() + 1);
      return static_cast<char32_t>(kMeanings[at]);
    }
    const int digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
    if (digits == 0)
      return cursor_.error_at(begin, "unknown escape; known are \\n \\r \\t \\\\ \\\" \\[ \\] \\x \\u \\U");
    cursor_.go_to(cursor_.at() + 1);
    const auto point = cursor_.take_hex(digits);
    if (!point) return cursor_.error_at(begin, fmt::format("expected {} hexadecimal digits", digits));
    if (*point > kLastCodePoint || (*point >= 0xD800 && *point <= 0xDFFF))
      return cursor_.error_at(begin, "the escape is no code point that UTF-8 can hold");
    return *point;
  }

  Result<Expression> read_repetition(Expression element) {
    for (int n = 0;; ++n) {
      const std::size_t begin = cursor_.at();
      if (cursor_.take("*")) element = repeat(std::move(element), 0, kUnbounded);
      else if (cursor_.take("+")) element = repeat(std::move(element), 1, kUnbounded);
      else if (cursor_.take("?")) element = optional(std::move(element));
      else if (cursor_.take("{")) {
        auto bounds = read_bounds(begin);
        if (!bounds) return forward_error(bounds);
        element = repeat(std::move(element), bounds->first, bounds->second);
      } else {
        return element;
      }
      if (n >= kMostRepetitions)
        return cursor_.error_at(begin, fmt::format("more than {} repetitions of one element", kMostRepetitions),
                                ErrorCode::kBudget);
    }
  }

  Result<std::pair<int, int>> read_bounds(std::size_t begin) {
    skip_blanks(false);
    const auto least = cursor_.take_number();
    skip_blanks(false);
    std::optional<int> most = least;
    if (cursor_.take(",")) {
      skip_blanks(false);
      most = cursor_.take_number();
      skip_blanks(false);
      if (!most) most = kUnbounded;
    }
    if ((!least && *most == kUnbounded) || !cursor_.take("}"))
      return cursor_.error_at(begin, "expected {m}, {m,}, {,n} or {m,n}");
    const int from = least.value_or(0), to = *most;
    if (to != kUnbounded && to < from) return cursor_.error_at(begin, fmt::format("{} is more than {}", from, to));
    if (std::max(from, to) > options_.limits.repetitions)
      return cursor_.error_at(begin,
                              fmt::format("repeats up to {} times; at most {} are possible", std::max(from, to),
                                          options_.limits.repetitions),
                              ErrorCode::kBudget);
    return std::pair(from, to);
  }

  Result<Grammar> finish() {
    const auto root = rules_.find("root");
    if (root == rules_.end() || !root->second.defined)
      return cursor_.error_at(cursor_.text().size(), "there is no rule root, which is where a grammar begins");
    for (const auto& [name, rule] : rules_)
      if (!rule.defined) return cursor_.error_at(rule.first_use, fmt::format("there is no rule {}", name));
    return builder_.finish(builder_.after_free_text(options_.trigger, root->second.rule));
  }

  static constexpr int kMostRepetitions = 8;  // what walks an expression recurs

  const GbnfOptions& options_;
  Cursor cursor_;
  Builder builder_;
  std::map<std::string, Named, std::less<>> rules_;
};

}  // namespace

Result<Grammar> read_gbnf(std::string_view text, const GbnfOptions& options) {
  if (text.size() > options.limits.text_bytes)
    return Unexpected(ErrorCode::kBudget,
                      fmt::format("grammar: {} bytes long; at most {}", text.size(), options.limits.text_bytes));
  if (const std::size_t at = text::find_invalid_utf8(text); at < text.size())
    return Unexpected(ErrorCode::kBadRequest, fmt::format("grammar: byte {} is no UTF-8", at));
  return GbnfReader(text, options).read();
}

}  // namespace sotto::grammar
