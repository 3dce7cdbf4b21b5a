// Sets of code points, as character classes need them. Surrogates, which UTF-8 cannot hold, are never in one.
#pragma once

#include <cstddef>
#include <vector>

namespace sotto::grammar {

inline constexpr char32_t kLastCodePoint = 0x10FFFF;

struct CodeSpan {
  char32_t first, last;  // both belong to it

  bool operator==(const CodeSpan&) const = default;
};

// A value: sorted spans that neither touch nor overlap.
class CodePoints {
 public:
  CodePoints() = default;
  // Spans in any order; parts beyond kLastCodePoint and surrogates are left out.
  explicit CodePoints(std::vector<CodeSpan> spans);
  static CodePoints one(char32_t c) { return CodePoints({{c, c}}); }
  static CodePoints all() { return CodePoints({{0, kLastCodePoint}}); }

  const std::vector<CodeSpan>& spans() const { return spans_; }
  bool empty() const { return spans_.empty(); }
  bool contains(char32_t c) const;

  CodePoints complement() const;
  CodePoints with(const CodePoints& other) const;     // in either
  CodePoints within(const CodePoints& other) const;   // in both
  CodePoints without(const CodePoints& other) const;  // in this alone

  bool operator==(const CodePoints&) const = default;

 private:
  std::vector<CodeSpan> spans_;
};

}  // namespace sotto::grammar
