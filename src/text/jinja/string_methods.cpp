// str's methods that make new text. Parameters named by a digit can only be given by position, as in Python.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "text/jinja/formatting.h"
#include "text/jinja/operations.h"
#include "text/jinja/registry.h"
#include "text/jinja/text_ops.h"

namespace sotto::text::jinja {
namespace {

template <Case kCase>
Value method_case(Interpreter& in, const Value& self, const Values&) {
  return change_case(in, self.str(), kCase);
}

Value method_capitalize(Interpreter& in, const Value& self, const Values&) { return capitalize(in, self.str()); }

// One character after another, `pick` choosing the case from the character before.
template <class Pick>
Value map_case(Interpreter& in, const Str& text, Pick pick) {
  TextBuilder out(in.heap());
  std::size_t at = 0;
  append_mapped(text, out, [&](const Char& c, std::string& piece) {
    const std::size_t begin = std::exchange(at, at + c.bytes.size());
    const Case wanted = pick(c.code);
    if (wanted == Case::kLower) {
      append_lower(text.bytes(), begin, 0, c, piece);
    } else {
      append_cased(c, wanted, piece);
    }
  });
  return Value::of(out.finish());
}

Value method_title(Interpreter& in, const Value& self, const Values&) {
  bool after_cased = false;
  return map_case(in, self.str(), [&](char32_t c) {
    const Case wanted = after_cased ? Case::kLower : Case::kTitle;
    after_cased = is_cased(c);
    return wanted;
  });
}

Value method_swapcase(Interpreter& in, const Value& self, const Values&) {
  return map_case(in, self.str(), [](char32_t c) { return is_upper(c) ? Case::kLower : Case::kUpper; });
}

template <Side kSide>
Value method_strip(Interpreter& in, const Value& self, const Values& args) {
  return strip(in, self.str(), args[0], kSide);
}

Value method_replace(Interpreter& in, const Value& self, const Values& args) {
  const Str* from = need_text(in, args[0], "replace: what to replace");
  const Str* to = from ? need_text(in, args[1], "replace: the replacement") : nullptr;
  Int count = -1;
  if (!to || (!args[2].missing() && !to_index(in, args[2], count))) return {};
  return replace(in, self.str(), *from, *to, count);
}

template <Ref<List> (*kSplit)(Interpreter&, const Str&, const Str*, Int)>
Value method_split(Interpreter& in, const Value& self, const Values& args) {
  const Str* separator = nullptr;
  if (!args[0].none_or_missing()) {
    separator = need_text(in, args[0], "the separator");
    if (!separator) return {};
  }
  Int limit = -1;
  if (!args[1].missing() && !to_index(in, args[1], limit)) return {};
  return Value::list(kSplit(in, self.str(), separator, limit));
}

Value method_splitlines(Interpreter& in, const Value& self, const Values& args) {
  return Value::list(split_lines(in, self.str(), truthy(args[0])));
}

template <bool kFromRight>
Value method_partition(Interpreter& in, const Value& self, const Values& args) {
  const Str& text = self.str();
  const Str* separator = need_text(in, args[0], "the separator");
  if (!separator) return {};
  if (separator->size() == 0) return in.type_error("empty separator");
  const std::size_t at = kFromRight ? find_last_text(in, text.bytes(), separator->bytes())
                                    : find_text(in, text.bytes(), separator->bytes());
  const bool found = at != kNowhere;
  const std::size_t from = found ? at : kFromRight ? 0 : text.size();
  const std::size_t to = found ? at + separator->size() : from;
  Ref<List> parts = make<List>(in.heap());
  parts->push(substring(in, text, 0, from));
  parts->push(substring(in, text, from, to));
  parts->push(substring(in, text, to, text.size()));
  return Value::tuple(parts);
}

Value method_join(Interpreter& in, const Value& self, const Values& args) {
  return join(in, self.str(), args[0], false);
}

template <Side kSide>
Value method_pad(Interpreter& in, const Value& self, const Values& args) {
  Int width = 0;
  if (!to_index(in, args[0], width)) return {};
  const Value fill = args[1].missing() ? in.text(" ") : args[1];
  const Str* text = need_text(in, fill, "the fill");
  return text ? pad(in, self.str(), width, *text, kSide) : Value();
}

Value method_zfill(Interpreter& in, const Value& self, const Values& args) {
  const Str& text = self.str();
  Int width = 0;
  if (!to_index(in, args[0], width)) return {};
  const bool sign = !text.bytes().empty() && (text.bytes()[0] == '+' || text.bytes()[0] == '-');
  const Int n = static_cast<Int>(text.char_count());
  TextBuilder out(in.heap());
  out.append(text, 0, sign ? 1 : 0);
  if (width > n) {
    out.append_repeated(in.text("0").str(), static_cast<std::size_t>(std::min(width - n, Int{1} << 40)));
  }
  out.append(text, sign ? 1 : 0, text.size());
  return Value::of(out.finish());
}

Value method_expandtabs(Interpreter& in, const Value& self, const Values& args) {
  const Str& text = self.str();
  Int tab = 8;
  if (!args[0].missing() && !to_index(in, args[0], tab)) return {};
  const Value space = in.text(" ");
  TextBuilder out(in.heap());
  Int column = 0;
  std::size_t at = 0;
  if (!in.step(text.size())) return {};
  for (CharReader r(text.bytes()); r.more() && in.step(); r.advance()) {
    const Char c = r.get();
    if (c.code == '\t') {
      const Int n = tab > 0 ? tab - column % tab : 0;
      out.append_repeated(space.str(), static_cast<std::size_t>(std::min(n, Int{1} << 40)));
      column += n;
    } else {
      out.append(text, at, at + c.bytes.size());
      column = c.code == '\n' || c.code == '\r' ? 0 : column + 1;
    }
    at += c.bytes.size();
  }
  return Value::of(out.finish());
}

template <bool kPrefix>
Value method_remove_affix(Interpreter& in, const Value& self, const Values& args) {
  const Str& text = self.str();
  const Str* affix = need_text(in, args[0], "what to remove");
  if (!affix) return {};
  const std::size_t n = affix->size();
  if (kPrefix && text.bytes().starts_with(affix->bytes())) return substring(in, text, n, text.size());
  if (!kPrefix && text.bytes().ends_with(affix->bytes())) return substring(in, text, 0, text.size() - n);
  return self;
}

Value method_format(Interpreter& in, const Value& self, Args args) { return brace_format(in, self.str(), args); }

Value method_format_map(Interpreter& in, const Value& self, const Values& args) {
  if (!args[0].is(Kind::kDict)) return in.type_error("format_map needs a mapping");
  Args named;
  for (const Dict::Entry& entry : args[0].dict().entries()) {
    if (entry.key.is_string() && in.step()) named.named.push_back(entry);
  }
  return brace_format(in, self.str(), named);
}

constexpr std::array kMethods = {
    Builtin{"upper", "", method_case<Case::kUpper>},
    Builtin{"lower", "", method_case<Case::kLower>},
    Builtin{"casefold", "", method_case<Case::kFold>},
    Builtin{"capitalize", "", method_capitalize},
    Builtin{"title", "", method_title},
    Builtin{"swapcase", "", method_swapcase},
    Builtin{"strip", "0?", method_strip<Side::kBoth>},
    Builtin{"lstrip", "0?", method_strip<Side::kLeft>},
    Builtin{"rstrip", "0?", method_strip<Side::kRight>},
    Builtin{"replace", "0,1,2?", method_replace},
    Builtin{"split", "sep?,maxsplit?", method_split<split>},
    Builtin{"rsplit", "sep?,maxsplit?", method_split<split_from_right>},
    Builtin{"splitlines", "keepends?", method_splitlines},
    Builtin{"partition", "0", method_partition<false>},
    Builtin{"rpartition", "0", method_partition<true>},
    Builtin{"join", "0", method_join},
    Builtin{"center", "0,1?", method_pad<Side::kBoth>},
    Builtin{"ljust", "0,1?", method_pad<Side::kLeft>},
    Builtin{"rjust", "0,1?", method_pad<Side::kRight>},
    Builtin{"zfill", "0", method_zfill},
    Builtin{"expandtabs", "tabsize?", method_expandtabs},
    Builtin{"removeprefix", "0", method_remove_affix<true>},
    Builtin{"removesuffix", "0", method_remove_affix<false>},
    Builtin{"format", "*", nullptr, method_format},
    Builtin{"format_map", "0", method_format_map},
};

}  // namespace

std::span<const Builtin> string_methods() { return kMethods; }

}  // namespace sotto::text::jinja
