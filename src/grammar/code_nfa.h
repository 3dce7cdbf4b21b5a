// A non-deterministic automaton over code points: an expression on its way to a Dfa.
#pragma once

#include <utility>
#include <vector>

#include "grammar/expression.h"
#include "grammar/limits.h"

namespace sotto::grammar {

// Not thread-safe.
class CodeNfa {
 public:
  using Set = std::vector<int>;  // of nodes, sorted

  explicit CodeNfa(const Limits& limits) : limits_(limits) {}

  // An expression without rules. False when it needs too many nodes.
  bool build(const Expression& expression);

  Set start();
  bool accepts(const Set& nodes) const;
  // Where each code point leads, in order; spans that lead nowhere are left out.
  std::vector<std::pair<CodeSpan, Set>> steps(const Set& nodes);

  bool exhausted() const { return n_steps_ > limits_.steps; }  // what was found since is wrong

 private:
  template <class Graph>
  friend void add_compound(Graph& graph, int from, const Expression& expression, int to);

  struct Node {
    std::vector<int> skips;
    std::vector<std::pair<CodePoints, int>> takes;
  };

  int add_node();
  bool full() const { return full_; }
  void add(int from, const Expression& expression, int to);
  void add_text(int from, std::string_view text, int to);
  void take(int from, CodePoints points, int to);
  void add_skip(int from, int to) { nodes_[static_cast<std::size_t>(from)].skips.push_back(to); }
  Set closed(Set nodes);

  const Limits& limits_;
  std::vector<Node> nodes_;
  std::vector<int> seen_;  // [n_nodes]: the last closed() that came by
  int stamp_ = 0;
  int end_ = 0;
  std::size_t n_steps_ = 0;
  bool full_ = false;
};

}  // namespace sotto::grammar
