// What holds for a grammar as a whole: which rules begin with themselves, and how deep a match must go at least.
#pragma once

#include <optional>
#include <vector>

#include "grammar/grammar.h"

namespace sotto::grammar {

// Refers to the grammar, which must outlive it.
class Analysis {
 public:
  Analysis(const Grammar& grammar, Rule n_rules);

  // Grammar::least_depth for every node.
  std::vector<int> least_depths() const { return least_depths(true); }
  // A rule that can come to itself without having taken a byte.
  std::optional<Rule> left_recursive() const;

 private:
  struct Backward {
    Node from;
    const Edge* edge;
  };

  std::vector<int> least_depths(bool over_bytes) const;
  void settle(const Edge& edge, Node from, std::vector<int>& depths, std::vector<std::vector<Node>>& queue,
              bool over_bytes) const;
  std::vector<Rule> first_calls(Rule rule, const std::vector<int>& empties, std::vector<int>& seen, int pass) const;

  const Grammar& grammar_;
  Rule n_rules_;
  std::size_t n_nodes_;
  std::vector<std::uint32_t> first_;  // [n_nodes + 1] into backward_
  std::vector<Backward> backward_;    // the edges that lead to a node, and the calls of the rule that begins there
};

}  // namespace sotto::grammar
