#include "grammar/code_nfa.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "grammar/compound.h"
#include "text/utf8.h"

namespace sotto::grammar {
namespace {

constexpr std::size_t kMostNodes = 200'000;

}  // namespace

bool CodeNfa::build(const Expression& expression) {
  const int start = add_node();
  end_ = add_node();
  add(start, expression, end_);
  seen_.assign(nodes_.size(), -1);
  return !full_;
}

int CodeNfa::add_node() {
  if (nodes_.size() >= kMostNodes) full_ = true;
  if (full_) return 0;
  nodes_.emplace_back();
  return static_cast<int>(nodes_.size()) - 1;
}

void CodeNfa::take(int from, CodePoints points, int to) {
  if (!points.empty()) nodes_[static_cast<std::size_t>(from)].takes.emplace_back(std::move(points), to);
}

void CodeNfa::add(int from, const Expression& expression, int to) {
  switch (expression.kind) {
    case Expression::Kind::kText: return add_text(from, expression.text, to);
    case Expression::Kind::kClass: return take(from, expression.points, to);
    case Expression::Kind::kRule: SOTTO_CHECK(false); return;
    default: return add_compound(*this, from, expression, to);
  }
}

void CodeNfa::add_text(int from, std::string_view text, int to) {
  while (!text.empty() && !full_) {
    const text::CodePoint point = text::decode_utf8(text);
    text.remove_prefix(point.length);
    const int next = text.empty() ? to : add_node();
    take(from, CodePoints::one(point.value), next);
    from = next;
  }
  if (from != to) add_skip(from, to);
}

CodeNfa::Set CodeNfa::start() { return closed({0}); }

bool CodeNfa::accepts(const Set& nodes) const { return std::binary_search(nodes.begin(), nodes.end(), end_); }

CodeNfa::Set CodeNfa::closed(Set nodes) {
  ++stamp_;
  Set closed;
  while (!nodes.empty() && !exhausted()) {
    const int node = nodes.back();
    nodes.pop_back();
    if (std::exchange(seen_[static_cast<std::size_t>(node)], stamp_) == stamp_) continue;
    ++n_steps_;
    closed.push_back(node);
    const auto& skips = nodes_[static_cast<std::size_t>(node)].skips;
    nodes.insert(nodes.end(), skips.begin(), skips.end());
  }
  std::sort(closed.begin(), closed.end());
  return closed;
}

std::vector<std::pair<CodeSpan, CodeNfa::Set>> CodeNfa::steps(const Set& nodes) {
  struct Border {
    char32_t at;
    int to;
    bool begins;
  };
  std::vector<Border> borders;
  for (const int node : nodes)
    for (const auto& [points, to] : nodes_[static_cast<std::size_t>(node)].takes)
      for (const CodeSpan span : points.spans()) {
        borders.push_back({span.first, to, true});
        borders.push_back({span.last + 1, to, false});
      }
  n_steps_ += borders.size();
  std::sort(borders.begin(), borders.end(), [](const Border& a, const Border& b) { return a.at < b.at; });
  std::vector<std::pair<CodeSpan, Set>> steps;
  std::vector<int> open;  // with repetitions
  for (std::size_t i = 0; i < borders.size() && !exhausted();) {
    const char32_t at = borders[i].at;
    for (; i < borders.size() && borders[i].at == at; ++i) {
      if (borders[i].begins) open.push_back(borders[i].to);
      else open.erase(std::find(open.begin(), open.end(), borders[i].to));
    }
    n_steps_ += open.size();
    if (i < borders.size() && !open.empty()) steps.emplace_back(CodeSpan{at, borders[i].at - 1}, closed(open));
  }
  return steps;
}

}  // namespace sotto::grammar
