#include "grammar/code_points.h"

#include <algorithm>

namespace sotto::grammar {
namespace {

constexpr char32_t kFirstSurrogate = 0xD800, kLastSurrogate = 0xDFFF;

// Appends what of the span UTF-8 can hold.
void append_scalars(CodeSpan span, std::vector<CodeSpan>& out) {
  span.last = std::min(span.last, kLastCodePoint);
  if (span.first > span.last) return;
  if (span.last < kFirstSurrogate || span.first > kLastSurrogate) return out.push_back(span);
  if (span.first < kFirstSurrogate) out.push_back({span.first, kFirstSurrogate - 1});
  if (span.last > kLastSurrogate) out.push_back({kLastSurrogate + 1, span.last});
}

}  // namespace

CodePoints::CodePoints(std::vector<CodeSpan> spans) {
  std::vector<CodeSpan> scalars;
  for (const CodeSpan span : spans) append_scalars(span, scalars);
  std::sort(scalars.begin(), scalars.end(), [](CodeSpan a, CodeSpan b) { return a.first < b.first; });
  for (const CodeSpan span : scalars) {
    if (!spans_.empty() && span.first <= spans_.back().last + 1) {
      spans_.back().last = std::max(spans_.back().last, span.last);
    } else {
      spans_.push_back(span);
    }
  }
}

bool CodePoints::contains(char32_t c) const {
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), c,
                                      [](char32_t value, CodeSpan span) { return value < span.first; });
  return after != spans_.begin() && c <= (after - 1)->last;
}

CodePoints CodePoints::complement() const {
  std::vector<CodeSpan> gaps;
  char32_t next = 0;
  for (const CodeSpan span : spans_) {
    if (span.first > next) gaps.push_back({next, span.first - 1});
    next = span.last + 1;
  }
  if (next <= kLastCodePoint) gaps.push_back({next, kLastCodePoint});
  return CodePoints(std::move(gaps));
}

CodePoints CodePoints::with(const CodePoints& other) const {
  std::vector<CodeSpan> both = spans_;
  both.insert(both.end(), other.spans_.begin(), other.spans_.end());
  return CodePoints(std::move(both));
}

CodePoints CodePoints::within(const CodePoints& other) const {
  std::vector<CodeSpan> common;
  auto a = spans_.begin(), b = other.spans_.begin();
  while (a != spans_.end() && b != other.spans_.end()) {
    const CodeSpan span{std::max(a->first, b->first), std::min(a->last, b->last)};
    if (span.first <= span.last) common.push_back(span);
    (a->last < b->last ? a : b) += 1;
  }
  return CodePoints(std::move(common));
}

CodePoints CodePoints::without(const CodePoints& other) const { return within(other.complement()); }

}  // namespace sotto::grammar
