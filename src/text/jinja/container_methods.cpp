// The methods of list, tuple and dict that do not change them: the sandbox refuses the others.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "text/jinja/operations.h"
#include "text/jinja/registry.h"

namespace sotto::text::jinja {
namespace {

Value method_count(Interpreter& in, const Value& self, const Values& args) {
  Int count = 0;
  for (const Value& item : self.items().all()) {
    if (!in.step()) return {};
    if (item.same_as(args[0]) || values_equal(in, item, args[0])) ++count;
  }
  return Value::of(count);
}

Value method_index(Interpreter& in, const Value& self, const Values& args) {
  const auto n = static_cast<Int>(self.items().size());
  Int from = 0, to = n;
  if (!args[1].missing() && !to_index(in, args[1], from)) return {};
  if (!args[2].missing() && !to_index(in, args[2], to)) return {};
  if (from < 0) from = std::max(from + n, Int{0});
  if (to < 0) to += n;
  for (Int i = from; i < std::min(to, n) && in.step(); ++i) {
    const Value& item = self.items()[static_cast<std::size_t>(i)];
    if (item.same_as(args[0]) || values_equal(in, item, args[0])) return Value::of(i);
  }
  return in.type_error("the value is not in the sequence");
}

Value method_list_copy(Interpreter& in, const Value& self, const Values&) { return Value::list(to_list(in, self)); }

template <View::Of kWhat>
Value method_view(Interpreter& in, const Value& self, const Values&) {
  return Value::of(make<View>(in.heap(), self.ref<Dict>(), kWhat));
}

Value method_get(Interpreter& in, const Value& self, const Values& args) {
  if (!hashable(args[0])) return in.type_error(fmt::format("unhashable type: '{}'", type_name(args[0])));
  if (const Value* found = self.dict().find(args[0])) return *found;
  return args[1].missing() ? Value::none() : args[1];
}

Value method_dict_copy(Interpreter& in, const Value& self, const Values&) {
  Ref<Dict> copy = make<Dict>(in.heap());
  for (const Dict::Entry& entry : self.dict().entries()) {
    if (in.step()) copy->set(entry.key, entry.value);
  }
  return Value::of(copy);
}

Value method_fromkeys(Interpreter& in, const Value&, const Values& args) {
  Ref<Dict> dict = make<Dict>(in.heap());
  const Ref<Iterator> keys = iterate(in, args[0]);
  Value key;
  while (in.step() && keys->next(in, key)) {
    if (!hashable(key)) return in.type_error(fmt::format("unhashable type: '{}'", type_name(key)));
    dict->set(std::move(key), args[1].missing() ? Value::none() : args[1]);
  }
  return Value::of(dict);
}

constexpr std::array kSequenceMethods = {
    Builtin{"count", "0", method_count},
    Builtin{"index", "0,1?,2?", method_index},
};

constexpr std::array kListMethods = {
    Builtin{"count", "0", method_count},
    Builtin{"index", "0,1?,2?", method_index},
    Builtin{"copy", "", method_list_copy},
};

constexpr std::array kMappingMethods = {
    Builtin{"items", "", method_view<View::Of::kItems>},
    Builtin{"keys", "", method_view<View::Of::kKeys>},
    Builtin{"values", "", method_view<View::Of::kValues>},
    Builtin{"get", "0,1?", method_get},
    Builtin{"copy", "", method_dict_copy},
    Builtin{"fromkeys", "0,1?", method_fromkeys},
};

}  // namespace

std::span<const Builtin> tuple_methods() { return kSequenceMethods; }
std::span<const Builtin> list_methods() { return kListMethods; }
std::span<const Builtin> mapping_methods() { return kMappingMethods; }

}  // namespace sotto::text::jinja
