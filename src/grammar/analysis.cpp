#include "grammar/analysis.h"

#include <algorithm>
#include <utility>

namespace sotto::grammar {

Analysis::Analysis(const Grammar& grammar, Rule n_rules)
    : grammar_(grammar), n_rules_(n_rules), n_nodes_(grammar.n_nodes()) {
  first_.resize(n_nodes_ + 1);
  const auto each = [&](const auto& visit) {
    for (std::size_t node = 0; node < n_nodes_; ++node) {
      for (const Edge& edge : grammar.edges(static_cast<Node>(node))) {
        visit(edge.to, Backward{static_cast<Node>(node), &edge});
        if (edge.kind == Edge::Kind::kCall)
          visit(grammar.start_of(edge.rule), Backward{static_cast<Node>(node), &edge});
      }
    }
  };
  each([&](Node to, const Backward&) { ++first_[static_cast<std::size_t>(to) + 1]; });
  for (std::size_t i = 0; i < n_nodes_; ++i) first_[i + 1] += first_[i];
  backward_.resize(first_.back());
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  each([&](Node to, const Backward& backward) { backward_[next[static_cast<std::size_t>(to)]++] = backward; });
}

void Analysis::settle(const Edge& edge, Node from, std::vector<int>& depths, std::vector<std::vector<Node>>& queue,
                      bool over_bytes) const {
  if (edge.kind == Edge::Kind::kBytes && !over_bytes) return;
  int depth = depths[static_cast<std::size_t>(edge.to)];
  if (edge.kind == Edge::Kind::kCall)
    depth = std::max(depth, 1 + depths[static_cast<std::size_t>(grammar_.start_of(edge.rule))]);
  if (depth >= static_cast<int>(queue.size()) || depth >= depths[static_cast<std::size_t>(from)]) return;
  depths[static_cast<std::size_t>(from)] = depth;
  queue[static_cast<std::size_t>(depth)].push_back(from);
}

// Depths are settled from the least on (Knuth's generalisation of Dijkstra's algorithm, 1977): a larger one never
// lowers a smaller one. What is deeper than any text may be counts as never.
std::vector<int> Analysis::least_depths(bool over_bytes) const {
  std::vector<int> depths(n_nodes_, kNever);
  std::vector<std::vector<Node>> queue(static_cast<std::size_t>(n_rules_) + 2);
  for (std::size_t node = 0; node < n_nodes_; ++node) {
    if (!grammar_.ends(static_cast<Node>(node))) continue;
    depths[node] = 0;
    queue[0].push_back(static_cast<Node>(node));
  }
  for (std::size_t depth = 0; depth < queue.size(); ++depth) {
    for (std::size_t i = 0; i < queue[depth].size(); ++i) {
      const auto node = static_cast<std::size_t>(queue[depth][i]);
      if (depths[node] != static_cast<int>(depth)) continue;
      for (std::uint32_t at = first_[node]; at < first_[node + 1]; ++at)
        settle(*backward_[at].edge, backward_[at].from, depths, queue, over_bytes);
    }
  }
  return depths;
}

// The rules that are called before a byte was taken. seen: [n_nodes], for one pass after the other.
std::vector<Rule> Analysis::first_calls(Rule rule, const std::vector<int>& empties, std::vector<int>& seen,
                                        int pass) const {
  const int stamp = pass * n_rules_ + rule;
  std::vector<Rule> calls;
  std::vector<Node> open{grammar_.start_of(rule)};
  while (!open.empty()) {
    const Node node = open.back();
    open.pop_back();
    if (std::exchange(seen[static_cast<std::size_t>(node)], stamp) == stamp) continue;
    for (const Edge& edge : grammar_.edges(node)) {
      if (edge.kind == Edge::Kind::kBytes) continue;
      if (edge.kind == Edge::Kind::kCall) {
        calls.push_back(edge.rule);
        if (empties[static_cast<std::size_t>(grammar_.start_of(edge.rule))] >= kNever) continue;
      }
      open.push_back(edge.to);
    }
  }
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  return calls;
}

// Rules that no cycle holds are taken away, callees first; what is left begins with itself.
std::optional<Rule> Analysis::left_recursive() const {
  const std::vector<int> empties = least_depths(false);
  const auto n = static_cast<std::size_t>(n_rules_);
  std::vector<int> seen(n_nodes_, -1);
  std::vector<std::vector<Rule>> callers(n);
  std::vector<int> n_calls(n, 0);
  for (Rule rule = 0; rule < n_rules_; ++rule) {
    for (const Rule called : first_calls(rule, empties, seen, 0)) {
      callers[static_cast<std::size_t>(called)].push_back(rule);
      ++n_calls[static_cast<std::size_t>(rule)];
    }
  }
  std::vector<Rule> done;
  for (Rule rule = 0; rule < n_rules_; ++rule)
    if (n_calls[static_cast<std::size_t>(rule)] == 0) done.push_back(rule);
  for (std::size_t i = 0; i < done.size(); ++i)
    for (const Rule caller : callers[static_cast<std::size_t>(done[i])])
      if (--n_calls[static_cast<std::size_t>(caller)] == 0) done.push_back(caller);
  if (done.size() == n) return std::nullopt;
  // Some of these only lead to a cycle: following calls that are left ends within one.
  Rule rule = static_cast<Rule>(std::find_if(n_calls.begin(), n_calls.end(), [](int calls) { return calls > 0; }) -
                                n_calls.begin());
  std::vector<bool> passed(n);
  while (!passed[static_cast<std::size_t>(rule)]) {
    passed[static_cast<std::size_t>(rule)] = true;
    for (const Rule called : first_calls(rule, empties, seen, 1)) {
      if (n_calls[static_cast<std::size_t>(called)] > 0) {
        rule = called;
        break;
      }
    }
  }
  return rule;
}

}  // namespace sotto::grammar
