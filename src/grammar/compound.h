// How choices, sequences and repetitions become ways through an automaton, whatever it takes: bytes or code points.
#pragma once

#include <cstddef>

#include "grammar/expression.h"

namespace sotto::grammar {

// Adds a way from `from` to `to` for an expression that has parts. Graph: add_node(), add(from, expression, to),
// add_skip(from, to), and full(), which ends loops that could be long.
template <class Graph>
void add_compound(Graph& graph, int from, const Expression& expression, int to) {
  if (expression.kind == Expression::Kind::kChoice) {
    for (const Expression& part : expression.parts) graph.add(from, part, to);
    return;
  }
  const auto after = [&](int before, const Expression& part) {
    const int next = graph.add_node();
    graph.add(before, part, next);
    return next;
  };
  if (expression.kind == Expression::Kind::kSequence) {
    for (std::size_t i = 0; i < expression.parts.size() && !graph.full(); ++i) from = after(from, expression.parts[i]);
    return graph.add_skip(from, to);
  }
  const Expression& part = expression.parts.front();
  for (int i = 0; i < expression.least && !graph.full(); ++i) from = after(from, part);
  if (expression.most == kUnbounded) {
    // The loop has a node of its own: others may lead back to `from`.
    const int loop = graph.add_node();
    graph.add_skip(from, loop);
    graph.add(loop, part, loop);
    return graph.add_skip(loop, to);
  }
  for (int i = expression.least; i < expression.most && !graph.full(); ++i) {
    graph.add_skip(from, to);
    from = after(from, part);
  }
  graph.add_skip(from, to);
}

}  // namespace sotto::grammar
