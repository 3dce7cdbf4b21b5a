#include <algorithm>

#include <fmt/format.h>

#include "text/jinja/format_spec.h"
#include "text/jinja/formatting.h"
#include "text/jinja/operations.h"
#include "text/utf8.h"

namespace sotto::text::jinja {
namespace {

bool is_align(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

void read_align(std::string_view text, std::size_t& at, FormatSpec& spec) {
  const std::size_t first = text.empty() ? 0 : decode_utf8(text).length;
  if (first > 0 && first < text.size() && is_align(text[first])) {
    spec.fill = text.substr(0, first);
    spec.align = text[first];
    at = first + 1;
  } else if (!text.empty() && is_align(text[0])) {
    spec.align = text[at++];
  }
}

void read_precision(Interpreter& in, std::string_view text, std::size_t& at, FormatSpec& spec) {
  std::size_t precision = 0;
  if (!read_count(in, text, at, precision)) in.type_error("format specifier missing precision");
  spec.precision = static_cast<int>(precision);
}

// [[fill]align][sign][#][0][width][grouping][.precision][type]
bool parse_spec(Interpreter& in, std::string_view text, FormatSpec& spec) {
  std::size_t at = 0;
  const auto here = [&] { return at < text.size() ? text[at] : '\0'; };
  read_align(text, at, spec);
  if (here() == '+' || here() == '-' || here() == ' ') spec.sign = text[at++];
  if (here() == '#') spec.alternate = text[at++] == '#';
  if (here() == '0') spec.zero = text[at++] == '0';
  read_count(in, text, at, spec.width);
  if (here() == ',' || here() == '_') spec.grouping = text[at++];
  if (here() == '.') read_precision(in, text, ++at, spec);
  if (at < text.size()) spec.type = text[at++];
  if (at < text.size()) in.type_error(fmt::format("invalid format specifier '{}'", text));
  if (spec.zero && spec.grouping && spec.width > 0) {
    in.fail(ErrorCode::kUnsupported, "zero padding together with grouped digits");
  }
  return in.ok();
}

void format_number(Interpreter& in, const Value& value, const FormatSpec& spec, TextBuilder& out) {
  static constexpr std::string_view kIntegral = "bdoxXn", kReal = "eEfFgGn%";
  const bool as_integer =
      value.is_integral() && (spec.type == 0 || kIntegral.find(spec.type) != std::string_view::npos);
  const bool as_real = (value.is(Kind::kFloat) && spec.type == 0) || kReal.find(spec.type) != std::string_view::npos;
  if (as_integer && spec.precision >= 0) {
    in.type_error("precision not allowed in integer format specifier");
  } else if (spec.precision > static_cast<int>(kMaxPrecision)) {
    in.fail(ErrorCode::kBudget, "a format's precision passes 1000 digits");
  } else if (spec.type == 'c' && value.is_integral()) {
    append_character(in, value, spec, out);
  } else if (as_integer) {
    append_integer(in, value.integer(), spec, out);
  } else if (as_real) {
    append_float(in, value.real(), spec, out);
  } else {
    in.type_error(fmt::format("unknown format code '{}' for '{}'", spec.type, type_name(value)));
  }
}

void format_text(Interpreter& in, const Str& text, const FormatSpec& spec, TextBuilder& out) {
  if ((spec.type != 0 && spec.type != 's') || spec.align == '=' || spec.sign != '-' || spec.alternate ||
      spec.grouping) {
    in.type_error("format specifier does not fit a string");
    return;
  }
  FormatSpec padded = spec;
  if (spec.zero && spec.align == 0) padded.fill = "0";
  if (spec.precision < 0) return append_padded(in, text, 0, padded, '<', out);
  TextBuilder cut(in.heap());
  cut.append(text, 0, text.byte_offset(static_cast<std::size_t>(spec.precision)));
  append_padded(in, *cut.finish(), 0, padded, '<', out);
}

// Interprets one format string; `{}` fields inside a field's spec are filled first.
class BraceFormatter {
 public:
  BraceFormatter(Interpreter& in, const Args& args) : in_(in), args_(args) {}

  void run(const Str& format, int nesting, TextBuilder& out) {
    const std::string_view text = format.bytes();
    std::size_t at = 0;
    while (at < text.size() && in_.step()) {
      const std::size_t brace = std::min(text.find_first_of("{}", at), text.size());
      out.append(format, at, brace);
      at = brace;
      if (at == text.size()) break;
      if (at + 1 < text.size() && text[at + 1] == text[at]) {
        out.append(format, at, at + 1);
        at += 2;
      } else {
        at = text[at] == '{' ? field(format, at + 1, nesting, out) : broken();
      }
    }
  }

 private:
  std::size_t broken() {
    in_.type_error("single or unmatched brace in a format string");
    return ~std::size_t{0};
  }

  // Reads the field that begins at `at` and writes its value; returns where the text goes on.
  std::size_t field(const Str& format, std::size_t at, int nesting, TextBuilder& out) {
    const std::string_view text = format.bytes();
    if (nesting == 0) {
      in_.type_error("fields of a format string are nested too deeply");
      return text.size();
    }
    std::size_t end = at;
    for (int open = 1; end < text.size(); ++end) {
      open += text[end] == '{' ? 1 : text[end] == '}' ? -1 : 0;
      if (open == 0) break;
    }
    if (end >= text.size()) return broken();
    const std::string_view inside = text.substr(at, end - at);
    const std::size_t name_end = std::min(inside.find_first_of("!:"), inside.size());
    Value value = lookup(inside.substr(0, name_end));
    std::string_view rest = inside.substr(name_end);
    if (in_.ok() && rest.starts_with("!")) value = convert(value, rest);
    if (!in_.ok()) return text.size();
    const std::size_t spec_begin = end - rest.size() + (rest.empty() ? 0 : 1);
    const Value spec_format = substring(in_, format, spec_begin, end);
    TextBuilder spec(in_.heap());
    run(spec_format.str(), nesting - 1, spec);
    if (in_.ok()) append_formatted(in_, value, spec.bytes(), out);
    return end + 1;
  }

  // "!r" and "!s"; `rest` is moved past it.
  Value convert(const Value& value, std::string_view& rest) {
    const char kind = rest.size() > 1 ? rest[1] : ' ';
    rest.remove_prefix(std::min<std::size_t>(2, rest.size()));
    if ((kind != 'r' && kind != 's') || (!rest.empty() && rest[0] != ':')) {
      return in_.type_error("unknown conversion in a format string");
    }
    if (kind == 's') return Value::of(to_text(in_, value));
    TextBuilder builder(in_.heap());
    print_repr(in_, value, builder);
    return Value::of(builder.finish());
  }

  Value lookup(std::string_view name) {
    const std::size_t head_end = std::min(name.find_first_of(".["), name.size());
    Value value = argument(name.substr(0, head_end));
    name.remove_prefix(head_end);
    while (!name.empty() && in_.ok()) {
      const bool dot = name[0] == '.';
      const std::size_t end = dot ? std::min(name.find_first_of(".[", 1), name.size()) : name.find(']');
      if ((!dot && name[0] != '[') || end == std::string_view::npos || end == 1) {
        return in_.type_error("malformed field name in a format string");
      }
      const Value key = in_.text(name.substr(1, end - 1));
      value = dot ? get_item_by_attribute(value, key) : get_item(in_, value, index_of(key));
      name.remove_prefix(dot ? end : end + 1);
    }
    return value;
  }

  Value get_item_by_attribute(const Value& value, const Value& key) {
    Value found = get_attribute(in_, value, key.bytes());
    return found.undefined() ? Value::undefined(Absence::kReason, "there is no such attribute") : found;
  }

  static bool all_digits(std::string_view text) {
    return !text.empty() && text.size() < 9 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  }

  static Int to_number(std::string_view text) {
    Int n = 0;
    for (const char c : text) n = n * 10 + (c - '0');
    return n;
  }

  static Value index_of(const Value& key) { return all_digits(key.bytes()) ? Value::of(to_number(key.bytes())) : key; }

  Value argument(std::string_view name) {
    if (!name.empty() && !all_digits(name)) {
      for (const Dict::Entry& entry : args_.named) {
        if (entry.key.bytes() == name) return entry.value;
      }
      return in_.type_error(fmt::format("no argument '{}' for the format string", name));
    }
    if (numbered_ != 0 && (numbered_ == 1) != name.empty()) {
      return in_.type_error("a format string either numbers all its fields or none");
    }
    numbered_ = name.empty() ? 1 : 2;
    const auto index = name.empty() ? next_++ : static_cast<std::size_t>(to_number(name));
    if (index < args_.positional.size()) return args_.positional[index];
    return in_.type_error("not enough arguments for the format string");
  }

  Interpreter& in_;
  const Args& args_;
  std::size_t next_ = 0;
  int numbered_ = 0;  // 1: automatically, 2: by hand
};

}  // namespace

void append_formatted(Interpreter& in, const Value& value, std::string_view text, TextBuilder& out) {
  if (text.empty()) return print_value(in, value, out);
  FormatSpec spec;
  if (!parse_spec(in, text, spec)) return;
  if (value.is_string()) return format_text(in, value.str(), spec, out);
  if (value.is_number()) return format_number(in, value, spec, out);
  in.type_error(fmt::format("a format specifier does not fit '{}'", type_name(value)));
}

Value brace_format(Interpreter& in, const Str& format, const Args& args) {
  TextBuilder out(in.heap());
  BraceFormatter(in, args).run(format, 2, out);
  return in.ok() ? Value::of(out.finish()) : Value();
}

}  // namespace sotto::text::jinja
