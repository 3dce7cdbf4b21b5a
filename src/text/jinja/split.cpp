#include <algorithm>
#include <cstring>

#include "text/jinja/operations.h"
#include "text/jinja/text_ops.h"

namespace sotto::text::jinja {
namespace {

struct Span {
  std::size_t from, to;
};

Ref<List> cut(Interpreter& in, const Str& text, const std::vector<Span>& spans) {
  Ref<List> parts = make<List>(in.heap());
  if (!in.step(spans.size())) return parts;
  parts->reserve(spans.size());
  for (const Span& span : spans) {
    if (!in.step()) break;
    parts->push(substring(in, text, span.from, span.to));
  }
  return parts;
}

// The words between white space, and where each begins and ends.
std::vector<Span> words(Interpreter& in, const Str& text) {
  std::vector<Span> found;
  std::size_t at = 0;
  bool inside = false;
  if (!in.step(text.size() / 4)) return found;
  for (CharReader r(text.bytes()); r.more(); r.advance()) {
    const Char c = r.get();
    const bool word = !is_space(c.code);
    if (word && !inside) {
      if (!in.heap().can_take((found.size() + 1) * 3 * sizeof(Span))) break;
      found.push_back({at, at});
    }
    at += c.bytes.size();
    if (word) found.back().to = at;
    inside = word;
  }
  return found;
}

std::vector<Span> split_at(Interpreter& in, const Str& text, const Str& separator, Int limit) {
  std::vector<Span> spans;
  std::size_t from = 0;
  const std::string_view bytes = text.bytes();
  if (separator.size() == 0) {
    in.type_error("empty separator");
    return spans;
  }
  while (limit != 0 && in.step() && in.heap().can_take((spans.size() + 1) * 3 * sizeof(Span))) {
    const void* p = memmem(bytes.data() + from, bytes.size() - from, separator.bytes().data(), separator.size());
    if (!p) break;
    const auto found = static_cast<std::size_t>(static_cast<const char*>(p) - bytes.data());
    if (!in.step((found - from) / 32)) break;
    spans.push_back({from, found});
    from = found + separator.size();
    --limit;
  }
  spans.push_back({from, bytes.size()});
  return spans;
}

}  // namespace

Ref<List> split(Interpreter& in, const Str& text, const Str* separator, Int limit) {
  if (separator) return cut(in, text, split_at(in, text, *separator, limit));
  std::vector<Span> spans = words(in, text);
  if (limit >= 0 && static_cast<Int>(spans.size()) > limit) {
    // The last part runs to the end, trailing spaces and all.
    spans.resize(static_cast<std::size_t>(limit) + 1);
    spans.back().to = text.size();
  }
  return cut(in, text, spans);
}

Ref<List> split_from_right(Interpreter& in, const Str& text, const Str* separator, Int limit) {
  std::vector<Span> spans;
  if (!separator) {
    spans = words(in, text);
  } else {
    if (separator->size() == 0) {
      in.type_error("empty separator");
      return make<List>(in.heap());
    }
    std::string_view rest = text.bytes();
    while (limit != 0 && in.step() && in.heap().can_take((spans.size() + 1) * 3 * sizeof(Span))) {
      const std::size_t found = find_last_text(in, rest, separator->bytes());
      if (found == kNowhere) break;
      spans.push_back({found + separator->size(), rest.size()});
      rest = rest.substr(0, found);
      --limit;
    }
    spans.push_back({0, rest.size()});
    std::reverse(spans.begin(), spans.end());
    return cut(in, text, spans);
  }
  if (limit >= 0 && static_cast<Int>(spans.size()) > limit) {
    const std::size_t joined = spans.size() - static_cast<std::size_t>(limit);
    spans.erase(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(joined - 1));
    spans.front().from = 0;
  }
  return cut(in, text, spans);
}

}  // namespace sotto::text::jinja
