// A span of code points as sequences of byte ranges: what an automaton over bytes needs of UTF-8.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "grammar/code_points.h"

namespace sotto::grammar {

struct ByteSpan {
  std::uint8_t first, last;

  bool operator==(const ByteSpan&) const = default;
};

// Each byte of a code point lies in its span; all that lie so are encodings of the sequence's code points.
struct ByteSequence {
  std::array<ByteSpan, 4> bytes;
  int length;
};

// The encodings of all code points of the set, in order; no encoding belongs to two sequences.
std::vector<ByteSequence> utf8_ranges(const CodePoints& points);

}  // namespace sotto::grammar
