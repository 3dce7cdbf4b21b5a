// What a grammar's rule or a pattern says, as a tree. Knows no notation and no automaton.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/code_points.h"

namespace sotto::grammar {

inline constexpr int kUnbounded = -1;

// A value. Readers bound how deep it is, since what walks it recurs.
struct Expression {
  enum class Kind {
    kText,      // `text`, UTF-8
    kClass,     // one of `points`; none: matches nothing
    kSequence,  // all `parts`, in order; none: the empty text
    kChoice,    // one of `parts`
    kRepeat,    // parts[0], `least` to `most` times (or kUnbounded)
    kRule,      // what the rule of this number says
  };
  Kind kind = Kind::kSequence;
  std::string text = {};
  CodePoints points = {};
  std::vector<Expression> parts = {};
  int least = 0, most = 0;
  int rule = 0;
};

inline Expression text_of(std::string_view text) {
  return {.kind = Expression::Kind::kText, .text = std::string(text)};
}
inline Expression one_of(CodePoints points) { return {.kind = Expression::Kind::kClass, .points = std::move(points)}; }
inline Expression one_of(std::vector<CodeSpan> spans) { return one_of(CodePoints(std::move(spans))); }
inline Expression sequence_of(std::vector<Expression> parts) {
  return {.kind = Expression::Kind::kSequence, .parts = std::move(parts)};
}
inline Expression choice_of(std::vector<Expression> parts) {
  return {.kind = Expression::Kind::kChoice, .parts = std::move(parts)};
}
inline Expression repeat(Expression part, int least, int most) {
  std::vector<Expression> parts;
  parts.push_back(std::move(part));
  return {.kind = Expression::Kind::kRepeat, .parts = std::move(parts), .least = least, .most = most};
}
inline Expression optional(Expression part) { return repeat(std::move(part), 0, 1); }
inline Expression call_of(int rule) { return {.kind = Expression::Kind::kRule, .rule = rule}; }

}  // namespace sotto::grammar
