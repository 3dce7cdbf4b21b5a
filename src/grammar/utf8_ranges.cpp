#include "grammar/utf8_ranges.h"

#include <algorithm>
#include <string>

#include "text/utf8.h"

namespace sotto::grammar {
namespace {

// Cuts a span until the encodings of its ends differ only in bytes after which all continuations are free.
void split(CodeSpan span, std::vector<ByteSequence>& out) {
  for (const char32_t last : {0x7Fu, 0x7FFu, 0xFFFFu}) {
    if (span.first <= last && span.last > last) {
      split({span.first, last}, out);
      return split({last + 1, span.last}, out);
    }
  }
  for (unsigned free = 1; free < text::utf8_length(span.first); ++free) {
    const char32_t low = (char32_t{1} << (6 * free)) - 1;
    if ((span.first & ~low) == (span.last & ~low)) break;
    if ((span.first & low) != 0) {
      split({span.first, span.first | low}, out);
      return split({(span.first | low) + 1, span.last}, out);
    }
    if ((span.last & low) != low) {
      split({span.first, (span.last & ~low) - 1}, out);
      return split({span.last & ~low, span.last}, out);
    }
  }
  std::string first, last;
  text::append_utf8(first, span.first);
  text::append_utf8(last, span.last);
  ByteSequence sequence{{}, static_cast<int>(first.size())};
  for (std::size_t i = 0; i < first.size(); ++i)
    sequence.bytes[i] = {static_cast<std::uint8_t>(first[i]), static_cast<std::uint8_t>(last[i])};
  out.push_back(sequence);
}

}  // namespace

std::vector<ByteSequence> utf8_ranges(const CodePoints& points) {
  std::vector<ByteSequence> sequences;
  for (const CodeSpan span : points.spans()) split(span, sequences);
  return sequences;
}

}  // namespace sotto::grammar
