#include "text/jinja/registry.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <unordered_map>

namespace sotto::text::jinja {
namespace {

using Table = std::unordered_map<std::string_view, const Builtin*>;

Table join_tables(std::initializer_list<std::span<const Builtin>> parts) {
  Table table;
  for (const auto part : parts) {
    for (const Builtin& builtin : part) table.emplace(builtin.name, &builtin);
  }
  return table;
}

const Builtin* find(const Table& table, std::string_view name) {
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

const Builtin* find_filter(std::string_view name) {
  static const Table table =
      join_tables({text_filters(), sequence_filters(), selection_filters(), number_filters(), json_filters()});
  return find(table, name);
}

const Builtin* find_test(std::string_view name) {
  static const Table table = join_tables({tests()});
  return find(table, name);
}

const Builtin* find_global(std::string_view name) {
  static const Table table = join_tables({globals()});
  return find(table, name);
}

const Builtin* find_method(Kind kind, std::string_view name) {
  static const Table text = join_tables({string_methods(), string_search_methods()});
  static const Table list = join_tables({list_methods()});
  static const Table tuple = join_tables({tuple_methods()});
  static const Table mapping = join_tables({mapping_methods()});
  switch (kind) {
    case Kind::kStr: return find(text, name);
    case Kind::kList: return find(list, name);
    case Kind::kTuple:
    case Kind::kRange: return kind == Kind::kTuple ? find(tuple, name) : nullptr;
    case Kind::kDict: return find(mapping, name);
    default: return nullptr;
  }
}

bool is_refused_attribute(Kind kind, std::string_view name) {
  static constexpr std::array<std::string_view, 8> kList = {"append", "clear", "pop",    "reverse",
                                                            "insert", "sort",  "extend", "remove"};
  static constexpr std::array<std::string_view, 5> kDict = {"clear", "pop", "popitem", "setdefault", "update"};
  // What every Python object has.
  static constexpr std::array<std::string_view, 22> kObject = {
      "__class__",        "__doc__",     "__init__",    "__eq__",           "__ne__",     "__lt__",
      "__le__",           "__gt__",      "__ge__",      "__hash__",         "__repr__",   "__str__",
      "__dir__",          "__format__",  "__reduce__",  "__reduce_ex__",    "__sizeof__", "__new__",
      "__getattribute__", "__setattr__", "__delattr__", "__init_subclass__"};
  if (name.starts_with("__")) return among(kObject, name);
  return (kind == Kind::kList && among(kList, name)) || (kind == Kind::kDict && among(kDict, name));
}

bool is_unsupported_attribute(Kind kind, std::string_view name) {
  static constexpr std::array<std::string_view, 3> kStr = {"encode", "maketrans", "translate"};
  static constexpr std::array<std::string_view, 12> kNumber = {
      "real",      "imag",     "numerator",  "denominator",      "conjugate",  "bit_length",
      "bit_count", "to_bytes", "from_bytes", "as_integer_ratio", "is_integer", "hex"};
  static constexpr std::array<std::string_view, 5> kRange = {"start", "stop", "step", "count", "index"};
  static constexpr std::array<std::string_view, 2> kView = {"mapping", "isdisjoint"};
  switch (kind) {
    case Kind::kStr: return among(kStr, name);
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat: return among(kNumber, name);
    case Kind::kRange: return among(kRange, name);
    case Kind::kView: return among(kView, name);
    default: return false;
  }
}

}  // namespace sotto::text::jinja
