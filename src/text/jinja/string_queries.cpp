// str's methods that look for something or say what kind of text it is.
#include <algorithm>
#include <array>
#include <cstring>

#include "text/jinja/operations.h"
#include "text/jinja/registry.h"
#include "text/jinja/text_ops.h"

namespace sotto::text::jinja {
namespace {

// A part of the text that a search is limited to, by Python's start and end.
struct Window {
  std::string_view bytes;
  std::size_t first_char = 0;
  bool possible = true;  // false when start lies behind the text: then not even "" is found
};

bool read_window(Interpreter& in, const Str& text, const Value& start, const Value& end, Window& out) {
  const auto n = static_cast<Int>(text.char_count());
  Int from = 0, to = n;
  if (!read_int(in, start, 0, from) || !read_int(in, end, n, to)) return false;
  if (from < 0) from = std::max(from + n, Int{0});
  if (to < 0) to = std::max(to + n, Int{0});
  to = std::min(to, n);
  out.possible = from <= to;
  if (!out.possible) return true;
  const std::size_t begin = text.byte_offset(static_cast<std::size_t>(from));
  out.bytes = text.bytes().substr(begin, text.byte_offset(static_cast<std::size_t>(to)) - begin);
  out.first_char = static_cast<std::size_t>(from);
  return in.step(text.size() / 32);
}

template <bool kFromRight, bool kMustFind>
Value method_find(Interpreter& in, const Value& self, const Values& args) {
  const Str* needle = need_text(in, args[0], "what to find");
  Window window;
  if (!needle || !read_window(in, self.str(), args[1], args[2], window)) return {};
  std::size_t at = kNowhere;
  if (window.possible) {
    at = kFromRight ? find_last_text(in, window.bytes, needle->bytes()) : find_text(in, window.bytes, needle->bytes());
  }
  if (at == kNowhere) {
    return kMustFind ? in.type_error("substring not found") : Value::of(Int{-1});
  }
  if (self.str().one_byte_chars()) return Value::of(static_cast<Int>(window.first_char + at));
  Int chars = static_cast<Int>(window.first_char);
  if (!in.step(at / 4)) return {};
  for (CharReader r(window.bytes.substr(0, at)); r.more(); r.advance()) ++chars;
  return Value::of(chars);
}

Value method_string_count(Interpreter& in, const Value& self, const Values& args) {
  const Str* needle = need_text(in, args[0], "what to count");
  Window window;
  if (!needle || !read_window(in, self.str(), args[1], args[2], window)) return {};
  if (!window.possible) return Value::of(Int{0});
  Int count = 0;
  if (needle->size() == 0) {
    for (CharReader r(window.bytes); r.more(); r.advance()) ++count;
    return Value::of(count + 1);
  }
  std::string_view rest = window.bytes;
  while (in.step()) {
    const void* p = memmem(rest.data(), rest.size(), needle->bytes().data(), needle->size());
    if (!p) break;
    ++count;
    rest.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(p) - rest.data()) + needle->size());
  }
  return Value::of(count);
}

template <bool kStart>
Value method_touches(Interpreter& in, const Value& self, const Values& args) {
  Window window;
  if (!read_window(in, self.str(), args[1], args[2], window)) return {};
  const auto matches = [&](const Value& affix) {
    const Str* text = need_text(in, affix, kStart ? "startswith: a prefix" : "endswith: a suffix");
    if (!text || !window.possible || !in.step(text->size() / 32 + 1)) return false;
    return kStart ? window.bytes.starts_with(text->bytes()) : window.bytes.ends_with(text->bytes());
  };
  if (!args[0].is(Kind::kTuple)) return Value::of(matches(args[0]));
  const auto& affixes = args[0].items().all();
  return Value::of(std::any_of(affixes.begin(), affixes.end(), matches));
}

template <bool (*kIs)(char32_t)>
Value method_all(Interpreter& in, const Value& self, const Values&) {
  if (!in.step(self.bytes().size() / 8)) return {};
  for (CharReader r(self.bytes()); r.more(); r.advance()) {
    if (!kIs(r.get().code)) return Value::of(false);
  }
  return Value::of(!self.bytes().empty());
}

bool is_alphanumeric(char32_t c) { return is_alpha(c) || is_digit(c) || is_numeric(c); }
bool is_ascii(char32_t c) { return c < 0x80; }

template <bool (*kIs)(char32_t)>
Value method_all_or_empty(Interpreter& in, const Value& self, const Values& args) {
  return self.bytes().empty() ? Value::of(true) : method_all<kIs>(in, self, args);
}

template <bool (*kIs)(char32_t), bool (*kIsOther)(char32_t)>
Value method_one_case(Interpreter& in, const Value& self, const Values&) {
  bool any = false;
  if (!in.step(self.bytes().size() / 8)) return {};
  for (CharReader r(self.bytes()); r.more(); r.advance()) {
    const char32_t c = r.get().code;
    if (kIsOther(c) || is_title(c)) return Value::of(false);
    any = any || kIs(c);
  }
  return Value::of(any);
}

Value method_istitle(Interpreter& in, const Value& self, const Values&) {
  bool any = false, after_cased = false;
  if (!in.step(self.bytes().size() / 8)) return {};
  for (CharReader r(self.bytes()); r.more(); r.advance()) {
    const char32_t c = r.get().code;
    const bool starts = is_upper(c) || is_title(c);
    if ((starts && after_cased) || (is_lower(c) && !after_cased)) return Value::of(false);
    after_cased = is_cased(c);
    any = any || after_cased;
  }
  return Value::of(any);
}

Value method_isidentifier(Interpreter&, const Value& self, const Values&) {
  return Value::of(is_identifier(self.bytes()));
}

constexpr std::array kQueryMethods = {
    Builtin{"find", "0,1?,2?", method_find<false, false>},
    Builtin{"rfind", "0,1?,2?", method_find<true, false>},
    Builtin{"index", "0,1?,2?", method_find<false, true>},
    Builtin{"rindex", "0,1?,2?", method_find<true, true>},
    Builtin{"count", "0,1?,2?", method_string_count},
    Builtin{"startswith", "0,1?,2?", method_touches<true>},
    Builtin{"endswith", "0,1?,2?", method_touches<false>},
    Builtin{"isalpha", "", method_all<is_alpha>},
    Builtin{"isalnum", "", method_all<is_alphanumeric>},
    Builtin{"isdigit", "", method_all<is_digit>},
    Builtin{"isdecimal", "", method_all<is_decimal>},
    Builtin{"isnumeric", "", method_all<is_numeric>},
    Builtin{"isspace", "", method_all<is_space>},
    Builtin{"isascii", "", method_all_or_empty<is_ascii>},
    Builtin{"isprintable", "", method_all_or_empty<is_printable>},
    Builtin{"isupper", "", method_one_case<is_upper, is_lower>},
    Builtin{"islower", "", method_one_case<is_lower, is_upper>},
    Builtin{"istitle", "", method_istitle},
    Builtin{"isidentifier", "", method_isidentifier},
};

}  // namespace

std::span<const Builtin> string_search_methods() { return kQueryMethods; }

}  // namespace sotto::text::jinja
