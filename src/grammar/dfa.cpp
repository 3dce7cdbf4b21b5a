#include "grammar/dfa.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <utility>

#include "grammar/code_nfa.h"
#include "text/utf8.h"

namespace sotto::grammar {
namespace {

constexpr CodeSpan kBeforeSurrogates{0, 0xD7FF}, kAfterSurrogates{0xE000, kLastCodePoint};

Unexpected too_large(const Limits& limits) {
  return Unexpected(ErrorCode::kBudget,
                    fmt::format("the patterns, lengths and formats that hold together need more than {} states, or too "
                                "much work to find them; make lengths smaller or patterns simpler",
                                limits.dfa_states));
}

void append_arc(std::vector<Dfa::Arc>& arcs, CodeSpan span, int to) {
  if (!arcs.empty() && arcs.back().to == to && arcs.back().span.last + 1 == span.first)
    arcs.back().span.last = span.last;
  else arcs.push_back({span, to});
}

}  // namespace

// The subset construction: a state is the set of the NFA's nodes that a text can have reached.
Result<Dfa> Dfa::of(const Expression& expression, const Limits& limits) {
  CodeNfa nfa(limits);
  if (!nfa.build(expression)) return too_large(limits);
  Dfa dfa;
  std::map<std::vector<int>, int> ids;
  std::vector<const std::vector<int>*> sets;
  const auto id_of = [&](std::vector<int> nodes) {
    const auto [place, fresh] = ids.try_emplace(std::move(nodes), static_cast<int>(sets.size()));
    if (fresh) {
      sets.push_back(&place->first);
      dfa.states_.push_back({nfa.accepts(place->first), {}});
    }
    return place->second;
  };
  id_of(nfa.start());
  for (std::size_t state = 0; state < sets.size(); ++state) {
    for (auto& [span, nodes] : nfa.steps(*sets[state])) {
      const int to = id_of(std::move(nodes));
      append_arc(dfa.states_[state].arcs, span, to);
    }
    if (static_cast<int>(sets.size()) > limits.dfa_states || nfa.exhausted()) return too_large(limits);
  }
  dfa.trim();
  return dfa;
}

Dfa Dfa::all() { return lengths(0, kUnbounded); }

Dfa Dfa::lengths(int least, int most) {
  Dfa dfa;
  const int n = most == kUnbounded ? least : most;
  for (int length = 0; length <= n; ++length) {
    const bool loops = length == n && most == kUnbounded;
    State state{length >= least, {}};
    if (length < n || loops)
      for (const CodeSpan span : {kBeforeSurrogates, kAfterSurrogates})
        state.arcs.push_back({span, loops ? length : length + 1});
    dfa.states_.push_back(std::move(state));
  }
  return dfa;
}

Result<Dfa> Dfa::both(const Dfa& other, const Limits& limits) const {
  Dfa dfa;
  std::map<std::pair<int, int>, int> ids;
  std::vector<std::pair<int, int>> pairs;
  const auto id_of = [&](int a, int b) {
    const auto [place, fresh] = ids.try_emplace({a, b}, static_cast<int>(pairs.size()));
    if (fresh) pairs.push_back({a, b});
    return place->second;
  };
  id_of(0, 0);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (static_cast<int>(pairs.size()) > limits.dfa_states) return too_large(limits);
    const State& a = states_[static_cast<std::size_t>(pairs[i].first)];
    const State& b = other.states_[static_cast<std::size_t>(pairs[i].second)];
    State state{a.accepts && b.accepts, {}};
    for (auto left = a.arcs.begin(), right = b.arcs.begin(); left != a.arcs.end() && right != b.arcs.end();) {
      const CodeSpan span{std::max(left->span.first, right->span.first), std::min(left->span.last, right->span.last)};
      if (span.first <= span.last) append_arc(state.arcs, span, id_of(left->to, right->to));
      if (left->span.last < right->span.last) ++left;
      else ++right;
    }
    dfa.states_.push_back(std::move(state));
  }
  dfa.trim();
  return dfa;
}

Dfa Dfa::complement() const {
  Dfa dfa;
  const int sink = static_cast<int>(states_.size());
  for (const State& state : states_) {
    State opposite{!state.accepts, {}};
    std::vector<CodeSpan> taken;
    for (const Arc& arc : state.arcs) taken.push_back(arc.span);
    opposite.arcs = state.arcs;
    const CodePoints rest = CodePoints(std::move(taken)).complement();
    for (const CodeSpan span : rest.spans()) opposite.arcs.push_back({span, sink});
    std::sort(opposite.arcs.begin(), opposite.arcs.end(),
              [](const Arc& a, const Arc& b) { return a.span.first < b.span.first; });
    dfa.states_.push_back(std::move(opposite));
  }
  dfa.states_.push_back({true, {{kBeforeSurrogates, sink}, {kAfterSurrogates, sink}}});
  dfa.trim();
  return dfa;
}

bool Dfa::matches(std::string_view text) const {
  std::size_t state = 0;
  while (!text.empty()) {
    const text::CodePoint point = text::decode_utf8(text);
    text.remove_prefix(point.length);
    const auto& arcs = states_[state].arcs;
    const auto arc = std::find_if(arcs.begin(), arcs.end(), [&](const Arc& candidate) {
      return candidate.span.first <= point.value && point.value <= candidate.span.last;
    });
    if (arc == arcs.end()) return false;
    state = static_cast<std::size_t>(arc->to);
  }
  return states_[state].accepts;
}

// Drops the states from which nothing is accepted, and those that nothing leads to any more.
void Dfa::trim() {
  const std::size_t n = states_.size();
  std::vector<std::vector<std::size_t>> from(n);
  std::vector<bool> useful(n);
  std::vector<std::size_t> open;
  for (std::size_t state = 0; state < n; ++state) {
    for (const Arc& arc : states_[state].arcs) from[static_cast<std::size_t>(arc.to)].push_back(state);
    if (states_[state].accepts) open.push_back(state);
  }
  while (!open.empty()) {
    const std::size_t state = open.back();
    open.pop_back();
    if (useful[state]) continue;
    useful[state] = true;
    open.insert(open.end(), from[state].begin(), from[state].end());
  }
  std::vector<int> renamed(n, -1);
  std::vector<State> kept;
  std::vector<std::size_t> order{0};
  renamed[0] = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    State state{states_[order[i]].accepts, {}};
    for (const Arc& arc : states_[order[i]].arcs) {
      const auto to = static_cast<std::size_t>(arc.to);
      if (!useful[to]) continue;
      if (renamed[to] < 0) {
        renamed[to] = static_cast<int>(order.size());
        order.push_back(to);
      }
      append_arc(state.arcs, arc.span, renamed[to]);
    }
    kept.push_back(std::move(state));
  }
  states_ = std::move(kept);
}

}  // namespace sotto::grammar
