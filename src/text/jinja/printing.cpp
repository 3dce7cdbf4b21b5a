#include <algorithm>

#include <fmt/format.h>

#include "text/jinja/chars.h"
#include "text/jinja/operations.h"

namespace sotto::text::jinja {
namespace {

bool all_trusted(Interpreter& in, const Value& value);

bool items_trusted(Interpreter& in, const Value& value) {
  Interpreter::Depth depth(in);
  if (value.is_sequence()) {
    const auto& items = value.items().all();
    return in.step(items.size()) &&
           std::all_of(items.begin(), items.end(), [&](const Value& item) { return all_trusted(in, item); });
  }
  const auto& entries = (value.is(Kind::kView) ? *value.view().dict : value.dict()).entries();
  return in.step(entries.size()) && std::all_of(entries.begin(), entries.end(), [&](const Dict::Entry& entry) {
           return all_trusted(in, entry.key) && all_trusted(in, entry.value);
         });
}

bool all_trusted(Interpreter& in, const Value& value) {
  if (value.is_string()) return value.str().wholly_trusted();
  if (value.is_sequence() || value.is(Kind::kDict) || value.is(Kind::kView)) {
    return items_trusted(in, value);
  }
  return true;
}

// Writes repr() of one value after another; `trusted` is the provenance of what stands around the strings.
class Printer {
 public:
  Printer(Interpreter& in, TextBuilder& out, bool trusted) : in_(in), out_(out), trusted_(trusted) {}

  void print(const Value& value) {
    Interpreter::Depth depth(in_);
    if (!in_.step()) return;
    switch (value.kind()) {
      case Kind::kStr: return print_string(value.str());
      case Kind::kList: return print_items(value.items(), "[", "]");
      case Kind::kTuple: return print_items(value.items(), "(", value.items().size() == 1 ? ",)" : ")");
      case Kind::kDict: return print_dict(value.dict());
      case Kind::kView: return print_view(value.view());
      case Kind::kRange: return print_range(value.range());
      case Kind::kNative: return value.native().print(in_, out_);
      default: return write(scalar_text(value));
    }
  }

  static std::string scalar_text(const Value& value) {
    switch (value.kind()) {
      case Kind::kNone: return "None";
      case Kind::kBool: return value.boolean() ? "True" : "False";
      case Kind::kInt: return int_text(value.integer());
      case Kind::kFloat: return float_text(value.real());
      default: return "Undefined";
    }
  }

 private:
  void write(std::string_view text) { out_.append(text, trusted_); }

  template <class Range, class Fn>
  void print_joined(const Range& range, Fn&& print_one) {
    bool first = true;
    for (const auto& item : range) {
      if (!in_.ok()) return;
      if (!first) write(", ");
      first = false;
      print_one(item);
    }
  }

  void print_items(const List& items, std::string_view open, std::string_view close) {
    write(open);
    print_joined(items.all(), [&](const Value& item) { print(item); });
    write(close);
  }

  void print_dict(const Dict& dict) {
    write("{");
    print_joined(dict.entries(), [&](const Dict::Entry& entry) {
      print(entry.key);
      write(": ");
      print(entry.value);
    });
    write("}");
  }

  void print_view(const View& view) {
    static constexpr std::string_view kNames[] = {"dict_keys([", "dict_values([", "dict_items(["};
    write(kNames[static_cast<int>(view.what)]);
    print_joined(view.dict->entries(), [&](const Dict::Entry& entry) {
      const bool both = view.what == View::Of::kItems;
      if (both) write("(");
      if (view.what != View::Of::kValues) print(entry.key);
      if (both) write(", ");
      if (view.what != View::Of::kKeys) print(entry.value);
      if (both) write(")");
    });
    write("])");
  }

  void print_range(const RangeObject& range) {
    write(fmt::format("range({}, {}", int_text(range.start), int_text(range.stop)));
    if (range.step != 1) write(", " + int_text(range.step));
    write(")");
  }

  void print_string(const Str& text) {
    const std::string_view bytes = text.bytes();
    const bool use_double = bytes.find('\'') != std::string_view::npos && bytes.find('"') == std::string_view::npos;
    const char quote = use_double ? '"' : '\'';
    const std::string_view quotes = use_double ? "\"" : "'";
    if (text.markup) write("Markup(");
    write(quotes);
    append_mapped(text, out_, [&](const Char& c, std::string& piece) {
      if (is_printable(c.code) && c.code != '\\' && c.code != static_cast<unsigned char>(quote)) {
        piece += c.bytes;
      } else {
        piece += escaped(c.code);
      }
    });
    write(quotes);
    if (text.markup) write(")");
  }

  static std::string escaped(char32_t c) {
    if (c == '\n') return "\\n";
    if (c == '\r') return "\\r";
    if (c == '\t') return "\\t";
    if (c == '\\' || c == '\'' || c == '"') return {'\\', static_cast<char>(c)};
    const auto code = static_cast<std::uint32_t>(c);
    return code < 0x100     ? fmt::format("\\x{:02x}", code)
           : code < 0x10000 ? fmt::format("\\u{:04x}", code)
                            : fmt::format("\\U{:08x}", code);
  }

  Interpreter& in_;
  TextBuilder& out_;
  const bool trusted_;
};

}  // namespace

bool wholly_trusted(Interpreter& in, const Value& value) { return all_trusted(in, value); }

void print_repr(Interpreter& in, const Value& value, TextBuilder& out) {
  Printer(in, out, all_trusted(in, value)).print(value);
}

void print_value(Interpreter& in, const Value& value, TextBuilder& out) {
  if (value.is_string()) return out.append(value.str());
  if (value.undefined() || value.missing()) return;
  if (value.kind() < Kind::kStr) return out.append(Printer::scalar_text(value), true);
  print_repr(in, value, out);
}

Ref<Str> to_text(Interpreter& in, const Value& value) {
  if (value.is_string()) return value.ref<Str>();
  TextBuilder builder(in.heap());
  print_value(in, value, builder);
  return builder.finish();
}

std::string type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::kMissing:
    case Kind::kUndefined: return "Undefined";
    case Kind::kNone: return "NoneType";
    case Kind::kBool: return "bool";
    case Kind::kInt: return "int";
    case Kind::kFloat: return "float";
    case Kind::kStr: return "str";
    case Kind::kList: return "list";
    case Kind::kTuple: return "tuple";
    case Kind::kDict: return "dict";
    case Kind::kRange: return "range";
    case Kind::kView: return "dict view";
    case Kind::kNative: break;
  }
  return std::string(value.native().type());
}

}  // namespace sotto::text::jinja
