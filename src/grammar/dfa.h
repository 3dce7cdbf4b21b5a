// Deterministic automata over code points: where several patterns, lengths or names to avoid must hold at once, they
// are met here before they become part of a grammar. Knows no bytes and no JSON.
#pragma once

#include <string_view>
#include <vector>

#include "grammar/expression.h"
#include "grammar/limits.h"
#include "sotto/result.h"

namespace sotto::grammar {

// A value. Every state but the first lies on a way to an accepting one.
class Dfa {
 public:
  struct Arc {
    CodeSpan span;
    int to;
  };
  struct State {
    bool accepts = false;
    std::vector<Arc> arcs;  // sorted, without overlap; what no arc takes ends the match
  };

  // Of an expression without rules. Errors: kBudget (limits.dfa_states, limits.steps).
  static Result<Dfa> of(const Expression& expression, const Limits& limits);
  static Dfa all();
  // Texts of `least` to `most` code points (or kUnbounded).
  static Dfa lengths(int least, int most);

  // What both match. Errors: kBudget.
  Result<Dfa> both(const Dfa& other, const Limits& limits) const;
  Dfa complement() const;

  bool matches(std::string_view text) const;  // UTF-8
  bool empty() const { return !states_.front().accepts && states_.front().arcs.empty(); }

  const std::vector<State>& states() const { return states_; }  // begins at the first

 private:
  void trim();

  std::vector<State> states_;
};

}  // namespace sotto::grammar
