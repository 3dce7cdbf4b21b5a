#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "text/jinja/chars.h"
#include "text/jinja/operations.h"
#include "text/jinja/registry.h"

namespace sotto::text::jinja {
namespace {

struct JsonStyle {
  bool ascii = false, sorted = false;
  bool broken = false;  // over lines, as `indent` asks
  std::string indent;
  std::string item_separator = ", ", key_separator = ": ";
};

// Writes what Python's json.dumps() writes. `trusted`: the provenance of what stands around the strings.
class JsonWriter {
 public:
  JsonWriter(Interpreter& in, TextBuilder& out, const JsonStyle& style, bool trusted)
      : in_(in), out_(out), style_(style), trusted_(trusted) {}

  void write(const Value& value) {
    Interpreter::Depth depth(in_);
    if (!in_.step()) return;
    switch (value.kind()) {
      case Kind::kNone: return put("null");
      case Kind::kBool: return put(value.boolean() ? "true" : "false");
      case Kind::kInt: return put(int_text(value.integer()));
      case Kind::kFloat: return put(float_json(value.real()));
      case Kind::kStr: return write_string(value.str());
      case Kind::kList:
      case Kind::kTuple: return write_list(value.items());
      case Kind::kDict: return write_dict(value.dict());
      default: break;
    }
    in_.type_error(fmt::format("an object of type '{}' cannot be written as JSON", type_name(value)));
  }

 private:
  void put(std::string_view text) { out_.append(text, trusted_); }

  static std::string float_json(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return float_text(value);
  }

  void new_line() {
    if (!style_.broken) return;
    put("\n");
    for (int i = 0; i < level_ && in_.step(); ++i) put(style_.indent);
  }

  template <class Range, class Fn>
  void write_items(std::string_view brackets, const Range& range, Fn&& write_one) {
    put(brackets.substr(0, 1));
    if (!range.empty()) {
      ++level_;
      bool first = true;
      for (const auto& item : range) {
        if (!in_.ok()) return;
        if (!first) put(style_.item_separator);
        first = false;
        new_line();
        write_one(item);
      }
      --level_;
      new_line();
    }
    put(brackets.substr(1));
  }

  void write_list(const List& list) {
    write_items("[]", list.all(), [&](const Value& item) { write(item); });
  }

  void write_dict(const Dict& dict) {
    std::vector<const Dict::Entry*> entries;
    if (!in_.step(dict.size()) || !in_.heap().can_take(dict.size() * sizeof(entries[0]))) return;
    for (const Dict::Entry& entry : dict.entries()) entries.push_back(&entry);
    if (style_.sorted) {
      std::stable_sort(entries.begin(), entries.end(),
                       [&](const auto* a, const auto* b) { return in_.ok() && order(in_, a->key, b->key) == -1; });
    }
    write_items("{}", entries, [&](const Dict::Entry* entry) {
      write_key(entry->key);
      put(style_.key_separator);
      write(entry->value);
    });
  }

  void write_key(const Value& key) {
    if (key.is_string()) return write_string(key.str());
    if (!key.is_number() && !key.is(Kind::kNone)) {
      in_.type_error(fmt::format("a JSON object's key cannot be of type '{}'", type_name(key)));
      return;
    }
    put("\"");
    write(key);
    put("\"");
  }

  void write_string(const Str& text) {
    put("\"");
    append_mapped(text, out_, [&](const Char& c, std::string& piece) {
      const bool as_is = c.code >= 0x20 && c.code != '"' && c.code != '\\' && (c.code < 0x80 || !style_.ascii);
      if (as_is) {
        piece += c.bytes;
      } else {
        append_escaped_char(c.code, piece);
      }
    });
    put("\"");
  }

  static void append_unit(std::uint32_t unit, std::string& out) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
  }

  static void append_escaped_char(char32_t c, std::string& out) {
    static constexpr std::string_view kPlain = "\"\\\n\r\t\f\b", kNames = "\"\\nrtfb";
    if (const auto i = c < 0x80 ? kPlain.find(static_cast<char>(c)) : std::string_view::npos;
        i != std::string_view::npos) {
      out += {'\\', kNames[i]};
      return;
    }
    const auto code = static_cast<std::uint32_t>(c);
    if (code < 0x10000) return append_unit(code, out);
    append_unit(0xD800 + ((code - 0x10000) >> 10), out);
    append_unit(0xDC00 + ((code - 0x10000) & 0x3FF), out);
  }

  Interpreter& in_;
  TextBuilder& out_;
  const JsonStyle& style_;
  const bool trusted_;
  int level_ = 0;
};

bool read_indent(Interpreter& in, const Value& indent, JsonStyle& style) {
  if (indent.none_or_missing()) return true;
  style.broken = true;
  style.item_separator = ",";
  if (indent.is_string()) {
    style.indent = indent.bytes();
    return true;
  }
  Int width = 0;
  if (!to_index(in, indent, width)) return false;
  if (width > 1000) {
    in.fail(ErrorCode::kBudget, "tojson: an indent of more than 1000");
    return false;
  }
  style.indent.assign(width > 0 ? static_cast<std::size_t>(width) : 0, ' ');
  return true;
}

// args: ensure_ascii, indent, separators, sort_keys
Value filter_tojson(Interpreter& in, const Value& self, const std::vector<Value>& args) {
  JsonStyle style;
  style.ascii = truthy(args[0]);
  style.sorted = truthy(args[3]);
  if (!read_indent(in, args[1], style)) return {};
  if (!args[2].none_or_missing()) {
    const Ref<List> pair = to_list(in, args[2]);
    if (!in.ok()) return {};
    if (pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string()) {
      return in.type_error("tojson: separators must be two strings");
    }
    style.item_separator = (*pair)[0].bytes();
    style.key_separator = (*pair)[1].bytes();
  }
  TextBuilder out(in.heap());
  JsonWriter(in, out, style, wholly_trusted(in, self)).write(self);
  return Value::of(out.finish());
}

constexpr std::array kFilters = {
    Builtin{"tojson", "ensure_ascii?,indent?,separators?,sort_keys?", filter_tojson},
};

}  // namespace

std::span<const Builtin> json_filters() { return kFilters; }

Value from_json(Interpreter& in, const nlohmann::ordered_json& json, bool trusted) {
  Heap& heap = in.heap();
  const auto text = [&](const std::string& s) { return Value::of(make<Str>(heap, std::string_view(s), trusted)); };
  switch (json.type()) {
    case nlohmann::detail::value_t::boolean: return Value::of(json.get<bool>());
    case nlohmann::detail::value_t::number_integer: return Value::of(Int{json.get<std::int64_t>()});
    case nlohmann::detail::value_t::number_unsigned: return Value::of(Int{json.get<std::uint64_t>()});
    case nlohmann::detail::value_t::number_float: return Value::of(json.get<double>());
    case nlohmann::detail::value_t::string: return text(json.get_ref<const std::string&>());
    case nlohmann::detail::value_t::array: {
      Ref<List> list = make<List>(heap);
      list->reserve(json.size());
      for (const auto& item : json) list->push(from_json(in, item, trusted));
      return Value::list(list);
    }
    case nlohmann::detail::value_t::object: {
      Ref<Dict> dict = make<Dict>(heap);
      for (const auto& [key, item] : json.items()) dict->set(text(key), from_json(in, item, trusted));
      return Value::of(dict);
    }
    default: return Value::none();
  }
}

}  // namespace sotto::text::jinja
