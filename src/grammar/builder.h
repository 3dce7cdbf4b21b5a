// Puts a Grammar together, node by node. Knows no notation.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "grammar/expression.h"
#include "grammar/grammar.h"
#include "sotto/result.h"

namespace sotto::grammar {

// Past a limit nothing more is added, and finish() says so: whoever builds need not ask after each step, only in loops
// that could be long (full()). Not thread-safe.
class Builder {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) {}

  // `name`: for errors.
  Rule add_rule(std::string name);
  Node start_of(Rule rule) const { return rules_[static_cast<std::size_t>(rule)].start; }
  Node end_of(Rule rule) const { return rules_[static_cast<std::size_t>(rule)].end; }
  const std::string& name_of(Rule rule) const { return rules_[static_cast<std::size_t>(rule)].name; }

  Node add_node();

  // Each adds a way from `from` to `to`.
  void add_bytes(Node from, std::uint8_t first, std::uint8_t last, Node to);
  void add_skip(Node from, Node to);
  void add_call(Node from, Rule rule, Node to);
  void add_text(Node from, std::string_view bytes, Node to);
  void add_points(Node from, const CodePoints& points, Node to);
  void add(Node from, const Expression& expression, Node to);

  // Any bytes up to the first `trigger`, which it includes, lead to `to`; without one, a text may end anywhere: at
  // `end`. `trigger` is not empty.
  void add_free_text(Node from, std::string_view trigger, Node to, Node end);

  // A rule of free text that `rule` follows; `rule` itself where there is no trigger.
  Rule after_free_text(std::string_view trigger, Rule rule);

  // The node after `bytes`.
  Node after_text(Node from, std::string_view bytes);
  Node after_call(Node from, Rule rule);

  bool full() const { return full_; }
  const Limits& limits() const { return limits_; }

  // Leaves the builder empty. Errors: kBudget (a limit), kBadRequest (a rule that begins with itself, names it; or
  // nothing matches).
  Result<Grammar> finish(Rule start);

 private:
  struct NamedRule {
    std::string name;
    Node start, end;
  };
  struct From {
    Node from;
    Edge edge;
  };

  void add_edge(Node from, const Edge& edge);
  Result<void> check_limits() const;
  void shorten_skips();
  Grammar flat(Rule start) const;
  void find_classes(Grammar& grammar) const;

  Limits limits_;
  bool full_ = false;
  Node n_nodes_ = 0;
  std::vector<NamedRule> rules_;
  std::vector<From> edges_;
  std::map<std::tuple<std::uint8_t, std::uint8_t, Node>, Node> tails_;  // a node whose one edge takes these bytes to it
};

}  // namespace sotto::grammar
