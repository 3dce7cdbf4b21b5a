#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "text/jinja/formatting.h"
#include "text/jinja/operations.h"
#include "text/jinja/registry.h"
#include "text/jinja/text_ops.h"

namespace sotto::text::jinja {
namespace {

template <Case kCase>
Value filter_case(Interpreter& in, const Value& self, const Values&) {
  const Ref<Str> text = to_text(in, self);
  return change_case(in, *text, kCase);
}

Value filter_capitalize(Interpreter& in, const Value& self, const Values&) {
  const Ref<Str> text = to_text(in, self);
  return capitalize(in, *text);
}

// Words begin after white space and after - ( { [ <
bool separates_words(char32_t c) { return is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<'; }

Value filter_title(Interpreter& in, const Value& self, const Values&) {
  const Ref<Str> text = to_text(in, self);
  TextBuilder out(in.heap());
  std::size_t at = 0, second = 0;  // where we are, and where the second character of the word stands
  bool inside = false;
  append_mapped(*text, out, [&](const Char& c, std::string& piece) {
    const std::size_t begin = std::exchange(at, at + c.bytes.size());
    if (separates_words(c.code)) {
      inside = false;
      piece += c.bytes;
    } else if (inside) {
      append_lower(text->bytes(), begin, second, c, piece);
    } else {
      inside = true;
      second = at;
      append_cased(c, Case::kUpper, piece);
    }
  });
  return Value::of(out.finish());
}

Value filter_trim(Interpreter& in, const Value& self, const Values& args) {
  const Ref<Str> text = to_text(in, self);
  return strip(in, *text, args[0], Side::kBoth);
}

Value filter_replace(Interpreter& in, const Value& self, const Values& args) {
  const Ref<Str> text = to_text(in, self), from = to_text(in, args[0]), to = to_text(in, args[1]);
  Int count = -1;
  if (!read_int(in, args[2], -1, count)) return {};
  return replace(in, *text, *from, *to, count);
}

Value filter_center(Interpreter& in, const Value& self, const Values& args) {
  Int width = 80;
  if (!args[0].missing() && !to_index(in, args[0], width)) return {};
  const Ref<Str> text = to_text(in, self);
  const Value space = in.text(" ");
  return pad(in, *text, width, space.str(), Side::kBoth);
}

Value filter_format(Interpreter& in, const Value& self, Args args) {
  if (!args.positional.empty() && !args.named.empty()) {
    return in.type_error("format takes either positional or named arguments");
  }
  const Value text = Value::of(to_text(in, self));
  if (!args.named.empty()) {
    Ref<Dict> named = make<Dict>(in.heap());
    for (Dict::Entry& entry : args.named) named->set(entry.key, entry.value);
    return percent_format(in, text, Value::of(named));
  }
  Ref<List> values = make<List>(in.heap());
  for (Value& value : args.positional) values->push(std::move(value));
  return percent_format(in, text, Value::tuple(values));
}

Value filter_string(Interpreter& in, const Value& self, const Values&) { return Value::of(to_text(in, self)); }

Value filter_escape(Interpreter& in, const Value& self, const Values&) {
  const Ref<Str> text = to_text(in, self);
  if (text->markup) return Value::of(text);
  TextBuilder out(in.heap());
  append_escaped(*text, out);
  Ref<Str> escaped = out.finish();
  escaped->markup = true;
  return Value::of(escaped);
}

Value filter_forceescape(Interpreter& in, const Value& self, const Values& args) {
  const Value plain = substring(in, *to_text(in, self), 0, ~std::size_t{0});
  plain.ref<Str>()->markup = false;
  return filter_escape(in, plain, args);
}

Value filter_safe(Interpreter& in, const Value& self, const Values&) {
  const Ref<Str> text = to_text(in, self);
  const Value copy = substring(in, *text, 0, text->size());
  copy.ref<Str>()->markup = true;
  return copy;
}

Value indentation(Interpreter& in, const Value& width) {
  if (width.is_string()) return width;
  Int n = 4;
  if (!width.missing() && !to_index(in, width, n)) return {};
  return compute(in, Op::kMul, in.text(" "), Value::of(n));
}

// The bytes of a line before what ends it.
std::size_t line_length(std::string_view line) {
  CharReader r(line);
  while (r.more() && !ends_line(r.get().code)) r.advance();
  return r.more() ? static_cast<std::size_t>(r.get().bytes.data() - line.data()) : line.size();
}

// args: width, first, blank
Value filter_indent(Interpreter& in, const Value& self, const Values& args) {
  const Str* text = need_text(in, self, "indent: the text");
  if (!text) return {};
  const Value indent = indentation(in, args[0]);
  if (!in.ok()) return {};
  const bool indent_blank = truthy(args[2]);
  const Ref<List> lines = split_lines(in, *text, true);
  TextBuilder out(in.heap());
  if (truthy(args[1])) out.append(indent.str());
  bool first = true, ended = true;  // whether the last line had an end: an empty line follows it
  const auto begin_line = [&](bool blank) {
    if (!first && (indent_blank || !blank)) out.append(indent.str());
    first = false;
  };
  for (const Value& line : lines->all()) {
    if (!in.step()) return {};
    const std::string_view bytes = line.bytes();
    const std::size_t end = line_length(bytes);
    begin_line(end == 0);
    out.append(line.str(), 0, end);
    ended = end < bytes.size();
    if (ended) out.append("\n", line.str().trusted_at(end));
  }
  if (ended && !first) begin_line(true);
  return Value::of(out.finish());
}

// args: length, killwords, end, leeway
Value filter_truncate(Interpreter& in, const Value& self, const Values& args) {
  const Value end_value = args[2].missing() ? in.text("...") : args[2];
  const Str* end = need_text(in, end_value, "truncate: the end");
  Int length = 255, leeway = 5;
  if (!end || (!args[0].missing() && !to_index(in, args[0], length))) return {};
  if (!read_int(in, args[3], 5, leeway)) return {};
  const auto n_end = static_cast<Int>(end->char_count());
  if (length < n_end || leeway < 0) return in.type_error("truncate: the length or the leeway is too small");
  if (has_length(self) && static_cast<Int>(jinja::length(self)) <= length + leeway) return self;
  const Str* text = need_text(in, self, "truncate: the text");
  if (!text) return {};
  std::size_t cut = text->byte_offset(static_cast<std::size_t>(length - n_end));
  if (!truthy(args[1])) cut = std::min(text->bytes().substr(0, cut).rfind(' '), cut);
  TextBuilder out(in.heap());
  out.append(*text, 0, cut);
  out.append(*end);
  return Value::of(out.finish());
}

Value filter_wordcount(Interpreter& in, const Value& self, const Values&) {
  const Ref<Str> text = to_text(in, self);
  Int words = 0;
  bool inside = false;
  if (!in.step(text->size() / 4)) return {};
  for (CharReader r(text->bytes()); r.more(); r.advance()) {
    const bool word = is_word(r.get().code);
    if (word && !inside) ++words;
    inside = word;
  }
  return Value::of(words);
}

void append_url(const Str& text, bool for_query, TextBuilder& out) {
  static constexpr std::string_view kSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";
  append_mapped(text, out, [&](const Char& c, std::string& piece) {
    for (const char byte : c.bytes) {
      if (kSafe.find(byte) != std::string_view::npos || (byte == '/' && !for_query)) {
        piece += byte;
      } else if (byte == ' ' && for_query) {
        piece += '+';
      } else {
        fmt::format_to(std::back_inserter(piece), "%{:02X}", static_cast<unsigned char>(byte));
      }
    }
  });
}

Value filter_urlencode(Interpreter& in, const Value& self, const Values&) {
  TextBuilder out(in.heap());
  if (self.is_string() || !iterable(self)) {
    append_url(*to_text(in, self), false, out);
    return Value::of(out.finish());
  }
  const Value pairs =
      self.is(Kind::kDict) ? Value::of(make<View>(in.heap(), self.ref<Dict>(), View::Of::kItems)) : self;
  const Ref<Iterator> each = iterate(in, pairs);
  Value pair;
  for (bool first = true; in.step() && each->next(in, pair); first = false) {
    const Ref<List> parts = to_list(in, pair);
    if (in.ok() && parts->size() != 2) in.type_error("urlencode needs pairs");
    if (!in.ok()) return {};
    if (!first) out.append("&", true);
    append_url(*to_text(in, (*parts)[0]), true, out);
    out.append("=", true);
    append_url(*to_text(in, (*parts)[1]), true, out);
  }
  return in.ok() ? Value::of(out.finish()) : Value();
}

constexpr std::array kTextFilters = {
    Builtin{"upper", "", filter_case<Case::kUpper>},
    Builtin{"lower", "", filter_case<Case::kLower>},
    Builtin{"capitalize", "", filter_capitalize},
    Builtin{"title", "", filter_title},
    Builtin{"trim", "chars?", filter_trim},
    Builtin{"replace", "old,new,count?", filter_replace},
    Builtin{"center", "width?", filter_center},
    Builtin{"format", "*", nullptr, filter_format},
    Builtin{"string", "", filter_string},
    Builtin{"e", "", filter_escape},
    Builtin{"escape", "", filter_escape},
    Builtin{"forceescape", "", filter_forceescape},
    Builtin{"safe", "", filter_safe},
    Builtin{"indent", "width?,first?,blank?", filter_indent},
    Builtin{"truncate", "length?,killwords?,end?,leeway?", filter_truncate},
    Builtin{"wordcount", "", filter_wordcount},
    Builtin{"urlencode", "", filter_urlencode},
};

}  // namespace

std::span<const Builtin> text_filters() { return kTextFilters; }

}  // namespace sotto::text::jinja
