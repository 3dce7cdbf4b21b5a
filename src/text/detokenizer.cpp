#include "text/tokenizer.h"
#include "text/utf8.h"

namespace sotto::text {

std::string Detokenizer::push(TokenId token) {
  pending_ += tokenizer_.decode(token);
  // Only the last bytes can be a sequence that is still to be completed: at most three.
  const std::string_view bytes = pending_;
  std::size_t shown = bytes.size();
  for (std::size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const std::string_view tail = bytes.substr(bytes.size() - back);
    const CodePoint c = decode_utf8(tail);
    if (c.truncated && c.length == tail.size()) shown = bytes.size() - back;
  }
  std::string text = replace_invalid_utf8(bytes.substr(0, shown));
  pending_.erase(0, shown);
  return text;
}

std::string Detokenizer::finish() {
  std::string text = replace_invalid_utf8(pending_);
  pending_.clear();
  return text;
}

}  // namespace sotto::text
