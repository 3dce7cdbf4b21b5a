#include "text/jinja/text_ops.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "text/jinja/operations.h"
#include "text/utf8.h"

namespace sotto::text::jinja {
namespace {

constexpr char32_t kSigma = 0x3A3, kFinalSigma = 0x3C2;

// Whether the nearest character on either side that counts has a case: what makes a sigma final. Marks and
// punctuation inside words are looked through, a few of them.
bool cased_before(std::string_view text) {
  for (int looked = 0; looked < 8 && !text.empty(); ++looked) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && text.size() - begin < 4 && (text[begin] & 0xC0) == 0x80) --begin;
    const char32_t c = decode_utf8(text.substr(begin)).value;
    if (!ignores_case(c)) return is_cased(c);
    text = text.substr(0, begin);
  }
  return false;
}

bool cased_after(std::string_view text) {
  CharReader r(text.substr(0, 32));
  while (r.more() && ignores_case(r.get().code)) r.advance();
  return r.more() && is_cased(r.get().code);
}

Value same(const Str& text) { return Value::of(Ref<Str>(const_cast<Str*>(&text))); }

Value finish(TextBuilder& out, const Str& like) {
  Ref<Str> made = out.finish();
  made->markup = like.markup;
  return Value::of(made);
}

}  // namespace

std::size_t find_text(Interpreter& in, std::string_view text, std::string_view needle) {
  if (!in.step(text.size() / 8)) return kNowhere;
  if (needle.empty()) return 0;
  const void* at = memmem(text.data(), text.size(), needle.data(), needle.size());
  return at ? static_cast<std::size_t>(static_cast<const char*>(at) - text.data()) : kNowhere;
}

std::size_t find_last_text(Interpreter& in, std::string_view text, std::string_view needle) {
  const std::size_t worst = needle.size() > 16 ? text.size() / 16 * (needle.size() / 16) : text.size() / 16;
  return in.step(worst) ? text.rfind(needle) : kNowhere;
}

const Str* need_text(Interpreter& in, const Value& value, std::string_view what) {
  if (value.is_string()) return &value.str();
  in.type_error(fmt::format("{} must be a string, not '{}'", what, type_name(value)));
  return nullptr;
}

bool read_int(Interpreter& in, const Value& value, Int fallback, Int& out) {
  out = fallback;
  return value.none_or_missing() || to_index(in, value, out);
}

void append_lower(std::string_view text, std::size_t at, std::size_t from, const Char& c, std::string& out) {
  if (c.code != kSigma) return append_cased(c, Case::kLower, out);
  const bool final = cased_before(text.substr(from, at - from)) && !cased_after(text.substr(at + c.bytes.size()));
  append_utf8(out, final ? kFinalSigma : kFinalSigma + 1);
}

Value change_case(Interpreter& in, const Str& text, Case to) {
  TextBuilder out(in.heap());
  std::size_t at = 0;
  append_mapped(text, out, [&](const Char& c, std::string& piece) {
    const std::size_t begin = std::exchange(at, at + c.bytes.size());
    if (to == Case::kLower) {
      append_lower(text.bytes(), begin, 0, c, piece);
    } else {
      append_cased(c, to, piece);
    }
  });
  return finish(out, text);
}

Value capitalize(Interpreter& in, const Str& text) {
  if (text.size() == 0) return same(text);
  const std::size_t first = text.byte_offset(1);
  const Value head = change_case(in, substring(in, text, 0, first).str(), Case::kTitle);
  // Lower case looks at the whole text: a sigma at the end may follow the first character.
  const Value whole = change_case(in, text, Case::kLower);
  if (!in.ok()) return {};
  const Value lower_head = change_case(in, substring(in, text, 0, first).str(), Case::kLower);
  TextBuilder out(in.heap());
  out.append(head.str());
  out.append(whole.str(), lower_head.str().size(), whole.str().size());
  return finish(out, text);
}

// The last character of a text that is not empty.
static Char last_char(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while (begin > 0 && text.size() - begin < 4 && (text[begin] & 0xC0) == 0x80) --begin;
  const CodePoint last = decode_utf8(text.substr(begin));
  if (last.length != text.size() - begin) begin = text.size() - 1;
  return {last.value, text.substr(begin)};
}

Value strip(Interpreter& in, const Str& text, const Value& chars, Side side) {
  std::string_view set;
  const bool spaces = chars.none_or_missing();
  if (!spaces) {
    const Str* given = need_text(in, chars, "what to strip");
    if (!given) return {};
    set = given->bytes();
  }
  const auto strippable = [&](const Char& c) {
    if (spaces) return is_space(c.code);
    for (CharReader r(set); r.more() && in.step(); r.advance()) {
      if (r.get().bytes == c.bytes) return true;
    }
    return false;
  };
  const std::string_view bytes = text.bytes();
  std::size_t from = 0, to = bytes.size();
  if (side != Side::kRight) {
    for (CharReader r(bytes); r.more() && strippable(r.get()); r.advance()) from += r.get().bytes.size();
  }
  while (side != Side::kLeft && to > from) {
    const Char last = last_char(bytes.substr(from, to - from));
    if (!strippable(last)) break;
    to -= last.bytes.size();
  }
  if (from == 0 && to == bytes.size()) return same(text);
  return substring(in, text, from, to);
}

Value replace(Interpreter& in, const Str& text, const Str& from, const Str& to, Int count) {
  TextBuilder out(in.heap());
  const std::string_view bytes = text.bytes();
  std::size_t at = 0;
  while (count != 0 && in.step()) {
    std::size_t found = at;
    if (from.size() > 0) {
      const void* p = memmem(bytes.data() + at, bytes.size() - at, from.bytes().data(), from.size());
      if (!p) break;
      found = static_cast<std::size_t>(static_cast<const char*>(p) - bytes.data());
    }
    out.append(text, at, found);
    out.append(to);
    at = found + from.size();
    --count;
    if (from.size() > 0) continue;
    if (at >= bytes.size()) return finish(out, text);
    const std::size_t n = decode_utf8(bytes.substr(at)).length;  // an empty needle stands between all characters
    out.append(text, at, at + n);
    at += n;
  }
  if (at == 0) return same(text);
  out.append(text, at, bytes.size());
  return finish(out, text);
}

Value join(Interpreter& in, const Str& separator, const Value& items, bool convert) {
  TextBuilder out(in.heap());
  const Ref<Iterator> each = iterate(in, items);
  Value item;
  for (bool first = true; in.step() && each->next(in, item); first = false) {
    if (!first) out.append(separator);
    if (!convert && !item.is_string()) {
      return in.type_error(fmt::format("join: a string is expected, not '{}'", type_name(item)));
    }
    print_value(in, item, out);
  }
  return in.ok() ? finish(out, separator) : Value();
}

Value pad(Interpreter& in, const Str& text, Int width, const Str& fill, Side side) {
  if (fill.char_count() != 1) return in.type_error("the fill must be exactly one character");
  const auto n = static_cast<Int>(text.char_count());
  if (width <= n) return same(text);
  const Int most = Int{1} << 40;
  const auto missing = static_cast<std::size_t>(std::min(width - n, most));
  // An odd rest goes to the left where the width is odd, as CPython does it.
  const std::size_t left = side == Side::kLeft    ? 0
                           : side == Side::kRight ? missing
                                                  : missing / 2 + (missing & static_cast<std::size_t>(width) & 1);
  TextBuilder out(in.heap());
  out.append_repeated(fill, left);
  out.append(text);
  out.append_repeated(fill, missing - left);
  return finish(out, text);
}

Ref<List> split_lines(Interpreter& in, const Str& text, bool keep_ends) {
  Ref<List> lines = make<List>(in.heap());
  std::size_t begin = 0, at = 0;
  if (!in.step(text.size() / 8)) return lines;
  for (CharReader r(text.bytes()); r.more() && in.ok(); r.advance()) {
    const Char c = r.get();
    const std::size_t next = at + c.bytes.size();
    const bool half = c.code == '\r' && next < text.size() && text.bytes()[next] == '\n';
    if (ends_line(c.code) && !half) {
      const bool two = c.code == '\n' && at > begin && text.bytes()[at - 1] == '\r';
      if (!in.step()) return lines;
      lines->push(substring(in, text, begin, keep_ends ? next : at - (two ? 1 : 0)));
      begin = next;
    }
    at = next;
  }
  if (begin < text.size()) lines->push(substring(in, text, begin, text.size()));
  return lines;
}

}  // namespace sotto::text::jinja
