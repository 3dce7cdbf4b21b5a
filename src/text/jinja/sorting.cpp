#include "text/jinja/sorting.h"

#include <algorithm>

#include "text/jinja/operations.h"
#include "text/jinja/text_ops.h"

namespace sotto::text::jinja {
namespace {

struct Keyed {
  Value key, value;
};

// Stable, and equal items keep their order when reversed too.
Ref<List> sorted(Interpreter& in, std::vector<Keyed>& items, bool reverse) {
  std::stable_sort(items.begin(), items.end(), [&](const Keyed& a, const Keyed& b) {
    return in.ok() && (reverse ? order(in, b.key, a.key) : order(in, a.key, b.key)) == -1;
  });
  Ref<List> list = make<List>(in.heap());
  list->reserve(items.size());
  for (Keyed& item : items) list->push(std::move(item.value));
  return list;
}

// "age,name" sorts by a list of attributes.
std::vector<Value> split_attributes(Interpreter& in, const Value& attribute) {
  if (!attribute.is_string()) return {attribute};
  const Value comma = in.text(",");
  return split(in, attribute.str(), &comma.str(), -1)->all();
}

template <class KeyOf>
std::vector<Keyed> with_keys(Interpreter& in, const Value& values, KeyOf key_of) {
  std::vector<Keyed> keyed;
  const Ref<Iterator> items = iterate(in, values);
  Value item;
  while (in.step() && items->next(in, item)) {
    if (!in.heap().can_take((keyed.size() + 1) * 2 * sizeof(Keyed))) break;
    Value key = key_of(item);
    keyed.push_back({std::move(key), std::move(item)});
  }
  return keyed;
}

template <int kWanted>
Value extreme(Interpreter& in, const Value& self, const std::vector<Value>& args) {
  const Ref<Iterator> items = iterate(in, self);
  const auto key_of = [&](const Value& item) {
    return sort_key(in, get_path(in, item, args[1], Value()), truthy(args[0]));
  };
  Value best, item;
  if (!items->next(in, best)) {
    return Value::undefined(Absence::kReason, "No aggregated item, sequence was empty.");
  }
  Value best_key = key_of(best);
  while (in.step() && items->next(in, item)) {
    Value key = key_of(item);
    if (order(in, key, best_key) != kWanted) continue;
    best = std::move(item);
    best_key = std::move(key);
  }
  return best;
}

}  // namespace

Value sort_key(Interpreter& in, const Value& value, bool case_sensitive) {
  return value.is_string() && !case_sensitive ? change_case(in, value.str(), Case::kLower) : value;
}

// args: reverse, case_sensitive, attribute
Value filter_sort(Interpreter& in, const Value& self, const std::vector<Value>& args) {
  const std::vector<Value> attributes = split_attributes(in, args[2]);
  std::vector<Keyed> items = with_keys(in, self, [&](const Value& item) {
    Ref<List> key = make<List>(in.heap());
    for (const Value& attribute : attributes) {
      key->push(sort_key(in, get_path(in, item, attribute, Value()), truthy(args[1])));
    }
    return Value::list(key);
  });
  return in.ok() ? Value::list(sorted(in, items, truthy(args[0]))) : Value();
}

// args: case_sensitive, by, reverse
Value filter_dictsort(Interpreter& in, const Value& self, const std::vector<Value>& args) {
  const std::string_view by = args[1].is_string() ? args[1].bytes() : "";
  if (!args[1].missing() && by != "key" && by != "value") {
    return in.type_error("dictsort: by must be 'key' or 'value'");
  }
  if (!self.is(Kind::kDict)) return in.type_error("dictsort needs a mapping");
  const Value pairs = Value::of(make<View>(in.heap(), self.ref<Dict>(), View::Of::kItems));
  std::vector<Keyed> items = with_keys(
      in, pairs, [&](const Value& pair) { return sort_key(in, pair.items()[by == "value" ? 1 : 0], truthy(args[0])); });
  return in.ok() ? Value::list(sorted(in, items, truthy(args[2]))) : Value();
}

Value filter_min(Interpreter& in, const Value& self, const std::vector<Value>& args) {
  return extreme<-1>(in, self, args);
}

Value filter_max(Interpreter& in, const Value& self, const std::vector<Value>& args) {
  return extreme<1>(in, self, args);
}

// args: attribute, default, case_sensitive
Value filter_groupby(Interpreter& in, const Value& self, const std::vector<Value>& args) {
  const auto plain_key = [&](const Value& item) { return get_path(in, item, args[0], args[1]); };
  const auto key_of = [&](const Value& item) { return sort_key(in, plain_key(item), truthy(args[2])); };
  std::vector<Keyed> items = with_keys(in, self, key_of);
  if (!in.ok()) return {};
  const Ref<List> ordered = sorted(in, items, false);
  Ref<List> groups = make<List>(in.heap());
  for (std::size_t i = 0; i < ordered->size() && in.step();) {
    const Value key = key_of((*ordered)[i]);
    Ref<List> members = make<List>(in.heap());
    do {
      members->push((*ordered)[i++]);
    } while (in.step() && i < ordered->size() && values_equal(in, key, key_of((*ordered)[i])));
    Ref<List> group = make<List>(in.heap());
    group->is_group = true;
    group->push(plain_key((*members)[0]));
    group->push(Value::list(members));
    groups->push(Value::tuple(group));
  }
  return in.ok() ? Value::list(groups) : Value();
}

}  // namespace sotto::text::jinja
