// What of a text is held back because a call may follow: the beginning of a mark, and the blanks before it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "text/tool_calls/reading.h"

namespace sotto::text::tool_calls {

// How many bytes at the end of `text` may be the beginning of `mark`; never all of a mark.
inline std::size_t possible_mark(std::string_view text, std::string_view mark) {
  for (std::size_t n = std::min(text.size(), mark.size() - 1); n > 0; --n)
    if (text.ends_with(mark.substr(0, n))) return n;
  return 0;
}

// More blanks than that beside a call are text: a model that writes them for ever is heard.
inline constexpr std::size_t kMostBlanks = 256;

// The blanks at the end of what was told so far count, too.
class HeldBlanks {
 public:
  // Where the blanks at the end of `text` begin, the next of it; text.size(): there are too many to be held back.
  std::size_t find(std::string_view text) const {
    const std::size_t n = count(text);
    return n > kMostBlanks ? text.size() : text.size() - std::min(n, text.size());
  }
  void tell(std::string_view text) { n_told_ = count(text); }
  void tell_call() { n_told_ = 0; }

 private:
  std::size_t count(std::string_view text) const {
    const std::size_t last = text.find_last_not_of(kBlanks);
    return last == std::string_view::npos ? n_told_ + text.size() : text.size() - 1 - last;
  }

  std::size_t n_told_ = 0;
};

}  // namespace sotto::text::tool_calls
