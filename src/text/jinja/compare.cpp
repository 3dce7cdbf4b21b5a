#include <algorithm>

#include <fmt/format.h>

#include "text/jinja/operations.h"
#include "text/jinja/text_ops.h"

namespace sotto::text::jinja {
namespace {

bool lists_equal(Interpreter& in, const List& a, const List& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!values_equal(in, a[i], b[i])) return false;
  }
  return true;
}

bool dicts_equal(Interpreter& in, const Dict& a, const Dict& b) {
  if (a.size() != b.size()) return false;
  for (const Dict::Entry& entry : a.entries()) {
    const Value* other = b.find(entry.key);
    if (!other || !values_equal(in, entry.value, *other)) return false;
  }
  return true;
}

bool texts_equal(Interpreter& in, std::string_view a, std::string_view b) {
  return a.size() == b.size() && in.step(a.size() / 64) && a == b;
}

bool ranges_equal(const RangeObject& a, const RangeObject& b) {
  if (a.length != b.length || a.length == 0) return a.length == b.length;
  return a.start == b.start && (a.length == 1 || a.step == b.step);
}

// dict.keys() and dict.items() compare as sets; dict.values() only with itself.
bool views_equal(Interpreter& in, const View& a, const View& b) {
  if (a.what != b.what || a.what == View::Of::kValues) return &a == &b;
  if (a.what == View::Of::kItems) return dicts_equal(in, *a.dict, *b.dict);
  if (a.dict->size() != b.dict->size()) return false;
  const auto& keys = a.dict->entries();
  return std::all_of(keys.begin(), keys.end(),
                     [&](const Dict::Entry& entry) { return b.dict->find(entry.key) != nullptr; });
}

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : a > b ? 1 : a == b ? 0 : 2;
}

}  // namespace

bool values_equal(Interpreter& in, const Value& a, const Value& b) {
  Interpreter::Depth depth(in);
  if (!in.step()) return false;
  if (a.is_number() && b.is_number()) return keys_equal(a, b);
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kStr: return texts_equal(in, a.bytes(), b.bytes());
    case Kind::kList:
    case Kind::kTuple: return a.same_as(b) || lists_equal(in, a.items(), b.items());
    case Kind::kDict: return a.same_as(b) || dicts_equal(in, a.dict(), b.dict());
    case Kind::kRange: return ranges_equal(a.range(), b.range());
    case Kind::kView: return views_equal(in, a.view(), b.view());
    case Kind::kUndefined: return true;
    default: return a.same_as(b);
  }
}

int order(Interpreter& in, const Value& a, const Value& b) {
  Interpreter::Depth depth(in);
  if (!in.step()) return 0;
  for (const Value* side : {&a, &b}) {
    if (side->undefined()) {
      in.undefined_error(*side);
      return 0;
    }
  }
  if (a.is_integral() && b.is_integral()) return three_way(a.integer(), b.integer());
  if (a.is_number() && b.is_number()) return three_way(a.real(), b.real());
  if (a.is_string() && b.is_string()) {
    in.step(std::min(a.bytes().size(), b.bytes().size()) / 64);
    return three_way(a.bytes(), b.bytes());
  }
  if (a.is_sequence() && a.kind() == b.kind()) {
    const List &x = a.items(), &y = b.items();
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      if (!values_equal(in, x[i], y[i])) return order(in, x[i], y[i]);
    }
    return three_way(x.size(), y.size());
  }
  in.type_error(fmt::format("'{}' and '{}' have no order", type_name(a), type_name(b)));
  return 0;
}

bool contains(Interpreter& in, const Value& container, const Value& item) {
  if (container.is_string()) {
    if (!item.is_string()) {
      in.type_error(fmt::format("'in' a string needs a string, not '{}'", type_name(item)));
      return false;
    }
    return find_text(in, container.bytes(), item.bytes()) != kNowhere;
  }
  const bool is_keys = container.is(Kind::kView) && container.view().what == View::Of::kKeys;
  if (container.is(Kind::kDict) || is_keys) {
    if (!hashable(item)) in.type_error(fmt::format("unhashable type: '{}'", type_name(item)));
    const Dict& dict = is_keys ? *container.view().dict : container.dict();
    return in.ok() && dict.find(item) != nullptr;
  }
  if (container.is_sequence()) {
    const auto& items = container.items().all();
    return std::any_of(items.begin(), items.end(), [&](const Value& other) {
      return in.ok() && (other.same_as(item) || values_equal(in, other, item));
    });
  }
  const Ref<Iterator> items = iterate(in, container);
  Value other;
  while (in.step() && items->next(in, other)) {
    if (values_equal(in, other, item)) return true;
  }
  return false;
}

bool compare(Interpreter& in, Op op, const Value& a, const Value& b) {
  switch (op) {
    case Op::kEq: return values_equal(in, a, b);
    case Op::kNe: return !values_equal(in, a, b);
    case Op::kIn: return contains(in, b, a);
    case Op::kNotIn: return !contains(in, b, a);
    default: break;
  }
  const int sign = order(in, a, b);
  switch (op) {
    case Op::kLt: return sign == -1;
    case Op::kLe: return sign == -1 || sign == 0;
    case Op::kGt: return sign == 1;
    default: return sign == 1 || sign == 0;
  }
}

}  // namespace sotto::text::jinja
