#include "grammar/builder.h"

#include <fmt/format.h>
#include <algorithm>
#include <bitset>
#include <utility>

#include "grammar/analysis.h"
#include "grammar/compound.h"
#include "grammar/utf8_ranges.h"

namespace sotto::grammar {

Rule Builder::add_rule(std::string name) {
  if (static_cast<int>(rules_.size()) >= limits_.rules) full_ = true;
  if (full_ && !rules_.empty()) return 0;
  const Node start = add_node(), end = add_node();
  rules_.push_back({std::move(name), start, end});
  return static_cast<Rule>(rules_.size()) - 1;
}

Node Builder::add_node() {
  if (n_nodes_ >= limits_.nodes) full_ = true;
  return full_ && n_nodes_ > 0 ? 0 : n_nodes_++;
}

void Builder::add_edge(Node from, const Edge& edge) {
  if (static_cast<int>(edges_.size()) >= limits_.edges) full_ = true;
  if (!full_) edges_.push_back({from, edge});
}

void Builder::add_bytes(Node from, std::uint8_t first, std::uint8_t last, Node to) {
  add_edge(from, {.kind = Edge::Kind::kBytes, .first = first, .last = last, .to = to});
}

void Builder::add_skip(Node from, Node to) {
  if (from != to) add_edge(from, {.kind = Edge::Kind::kSkip, .to = to});
}

void Builder::add_call(Node from, Rule rule, Node to) {
  add_edge(from, {.kind = Edge::Kind::kCall, .rule = rule, .to = to});
}

void Builder::add_text(Node from, std::string_view bytes, Node to) {
  for (std::size_t i = 0; i < bytes.size() && !full_; ++i) {
    const Node next = i + 1 < bytes.size() ? add_node() : to;
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    add_bytes(from, byte, byte, next);
    from = next;
  }
  if (bytes.empty()) add_skip(from, to);
}

Node Builder::after_text(Node from, std::string_view bytes) {
  const Node to = add_node();
  add_text(from, bytes, to);
  return to;
}

Node Builder::after_call(Node from, Rule rule) {
  const Node to = add_node();
  add_call(from, rule, to);
  return to;
}

// Sequences that end alike share their ends.
void Builder::add_points(Node from, const CodePoints& points, Node to) {
  for (const ByteSequence& sequence : utf8_ranges(points)) {
    Node next = to;
    for (int i = sequence.length - 1; i > 0 && !full_; --i) {
      const ByteSpan span = sequence.bytes[static_cast<std::size_t>(i)];
      const auto [tail, fresh] = tails_.try_emplace({span.first, span.last, next}, 0);
      if (fresh) {
        tail->second = add_node();
        add_bytes(tail->second, span.first, span.last, next);
      }
      next = tail->second;
    }
    add_bytes(from, sequence.bytes[0].first, sequence.bytes[0].last, next);
  }
}

void Builder::add(Node from, const Expression& expression, Node to) {
  switch (expression.kind) {
    case Expression::Kind::kText: return add_text(from, expression.text, to);
    case Expression::Kind::kClass: return add_points(from, expression.points, to);
    case Expression::Kind::kRule: return add_call(from, expression.rule, to);
    default: return add_compound(*this, from, expression, to);
  }
}

// After Knuth, Morris and Pratt: the nodes are how much of the trigger the text ends with.
void Builder::add_free_text(Node from, std::string_view trigger, Node to, Node end) {
  const std::size_t n = trigger.size();
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < n; ++i) nodes.push_back(i == 0 ? from : add_node());
  nodes.push_back(to);
  for (std::size_t i = 0; i < n && !full_; ++i) {
    add_skip(nodes[i], end);
    for (int byte = 0; byte < 256; ++byte) {
      const std::string text = std::string(trigger.substr(0, i)) + static_cast<char>(byte);
      std::size_t matched = std::min(text.size(), n);
      while (matched > 0 && !text.ends_with(trigger.substr(0, matched))) --matched;
      add_bytes(nodes[i], static_cast<std::uint8_t>(byte), static_cast<std::uint8_t>(byte), nodes[matched]);
    }
  }
}

Rule Builder::after_free_text(std::string_view trigger, Rule rule) {
  if (trigger.empty()) return rule;
  const Rule start = add_rule("free text");
  const Node after = add_node();
  add_free_text(start_of(start), trigger, after, end_of(start));
  add_call(after, rule, end_of(start));
  return start;
}

Result<void> Builder::check_limits() const {
  if (!full_) return {};
  return Unexpected(ErrorCode::kBudget,
                    fmt::format("the grammar is too large: it needs more than {} nodes, {} edges or {} rules; give it "
                                "smaller repetitions, lengths, numbers of items or alternatives",
                                limits_.nodes, limits_.edges, limits_.rules));
}

// A node that only leads on stands for the one it leads to.
void Builder::shorten_skips() {
  const auto n = static_cast<std::size_t>(n_nodes_);
  std::vector<int> n_edges(n, 0);
  std::vector<Node> leads_to(n);
  for (std::size_t i = 0; i < n; ++i) leads_to[i] = static_cast<Node>(i);
  for (const From& edge : edges_) ++n_edges[static_cast<std::size_t>(edge.from)];
  for (const From& edge : edges_)
    if (edge.edge.kind == Edge::Kind::kSkip && n_edges[static_cast<std::size_t>(edge.from)] == 1)
      leads_to[static_cast<std::size_t>(edge.from)] = edge.edge.to;
  for (std::size_t i = 0; i < n; ++i) {
    Node last = static_cast<Node>(i);
    // A ring of such nodes leads nowhere: after n steps any of them will do.
    for (std::size_t step = 0; step < n && leads_to[static_cast<std::size_t>(last)] != last; ++step)
      last = leads_to[static_cast<std::size_t>(last)];
    for (Node node = static_cast<Node>(i); leads_to[static_cast<std::size_t>(node)] != last && node != last;) {
      const Node next = leads_to[static_cast<std::size_t>(node)];
      leads_to[static_cast<std::size_t>(node)] = last;
      node = next;
    }
  }
  for (From& edge : edges_) edge.edge.to = leads_to[static_cast<std::size_t>(edge.edge.to)];
}

Grammar Builder::flat(Rule start) const {
  Grammar grammar;
  const auto n = static_cast<std::size_t>(n_nodes_);
  grammar.limits_ = limits_;
  grammar.start_ = start_of(start);
  grammar.flags_.resize(n);
  for (const NamedRule& rule : rules_) {
    grammar.rules_.push_back(rule.start);
    grammar.flags_[static_cast<std::size_t>(rule.end)] |= Grammar::kEnds;
  }
  grammar.first_edge_.resize(n + 1);
  for (const From& edge : edges_) ++grammar.first_edge_[static_cast<std::size_t>(edge.from) + 1];
  for (std::size_t i = 0; i < n; ++i) grammar.first_edge_[i + 1] += grammar.first_edge_[i];
  std::vector<std::uint32_t> next(grammar.first_edge_.begin(), grammar.first_edge_.end() - 1);
  grammar.edges_.resize(edges_.size());
  for (const From& edge : edges_) {
    const auto from = static_cast<std::size_t>(edge.from);
    grammar.edges_[next[from]++] = edge.edge;
    if (edge.edge.kind == Edge::Kind::kBytes) grammar.flags_[from] |= Grammar::kTakesBytes;
  }
  find_classes(grammar);
  return grammar;
}

void Builder::find_classes(Grammar& grammar) const {
  std::bitset<257> begins;
  begins[0] = true;
  for (const From& edge : edges_) {
    if (edge.edge.kind != Edge::Kind::kBytes) continue;
    begins[edge.edge.first] = true;
    begins[edge.edge.last + 1u] = true;
  }
  int current = -1;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    if (begins[byte]) ++current;
    grammar.classes_[byte] = static_cast<std::uint8_t>(current);
  }
  grammar.n_classes_ = current + 1;
}

Result<Grammar> Builder::finish(Rule start) {
  if (auto within = check_limits(); !within) return forward_error(within);
  shorten_skips();
  Grammar grammar = flat(start);
  const Analysis analysis(grammar, static_cast<Rule>(rules_.size()));
  if (const auto rule = analysis.left_recursive())
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("rule {} begins with itself (left recursion), so that reading it would never end; "
                                  "write it with a repetition, or so that something stands before it",
                                  name_of(*rule)));
  grammar.depths_ = analysis.least_depths();
  for (const int depth : grammar.depths_)
    if (depth < kNever) grammar.most_least_depth_ = std::max(grammar.most_least_depth_, depth);
  if (grammar.least_depth(grammar.start()) > limits_.depth)
    return Unexpected(ErrorCode::kBadRequest,
                      grammar.least_depth(grammar.start()) < kNever
                          ? fmt::format("no text matches with at most {} rules open at a time", limits_.depth)
                          : std::string("no text can match: what it asks for contradicts itself or never ends"));
  *this = Builder(limits_);
  return grammar;
}

}  // namespace sotto::grammar
