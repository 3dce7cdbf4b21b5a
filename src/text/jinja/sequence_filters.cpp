#include <array>

#include <fmt/format.h>

#include "text/jinja/operations.h"
#include "text/jinja/registry.h"
#include "text/jinja/sorting.h"
#include "text/jinja/text_ops.h"

namespace sotto::text::jinja {
namespace {

Value filter_length(Interpreter& in, const Value& self, const Values&) {
  if (has_length(self)) return Value::of(static_cast<Int>(length(self)));
  return in.type_error(fmt::format("object of type '{}' has no length", type_name(self)));
}

Value filter_list(Interpreter& in, const Value& self, const Values&) { return Value::list(to_list(in, self)); }

Value filter_first(Interpreter& in, const Value& self, const Values&) {
  Value item;
  if (iterate(in, self)->next(in, item)) return item;
  return Value::undefined(Absence::kReason, "No first item, sequence was empty.");
}

Value filter_last(Interpreter& in, const Value& self, const Values&) {
  if (!has_length(self)) {
    return in.type_error(fmt::format("'{}' object is not reversible", type_name(self)));
  }
  const std::size_t n = length(self);
  if (n == 0) return Value::undefined(Absence::kReason, "No last item, sequence was empty.");
  return item_at(in, self, n - 1);
}

Value filter_join(Interpreter& in, const Value& self, const Values& args) {
  const Ref<Str> separator = args[0].missing() ? in.text("").ref<Str>() : to_text(in, args[0]);
  if (args[1].none_or_missing()) return join(in, *separator, self, true);
  Ref<List> picked = make<List>(in.heap());
  const Ref<Iterator> items = iterate(in, self);
  Value item;
  while (in.step() && items->next(in, item)) picked->push(get_path(in, item, args[1], Value()));
  return in.ok() ? join(in, *separator, Value::list(picked), true) : Value();
}

Value filter_reverse(Interpreter& in, const Value& self, const Values&) {
  if (self.is_string()) return get_slice(in, self, Value::none(), Value::none(), Value::of(Int{-1}));
  const Ref<List> items = to_list(in, self);
  if (!in.ok()) return {};
  Ref<List> reversed = make<List>(in.heap());
  reversed->reserve(items->size());
  for (std::size_t i = items->size(); i > 0; --i) reversed->push((*items)[i - 1]);
  return Value::of(iterate(in, Value::list(reversed)));
}

// args: linecount, fill_with
Value filter_batch(Interpreter& in, const Value& self, const Values& args) {
  Int size = 0;
  if (!to_index(in, args[0], size)) return {};
  Ref<List> batches = make<List>(in.heap());
  Ref<List> batch = make<List>(in.heap());
  const Ref<Iterator> items = iterate(in, self);
  Value item;
  while (in.step() && items->next(in, item)) {
    if (static_cast<Int>(batch->size()) == size) {
      batches->push(Value::list(batch));
      batch = make<List>(in.heap());
    }
    batch->push(std::move(item));
  }
  if (batch->size() > 0) {
    const bool fills = !args[1].none_or_missing();
    while (fills && static_cast<Int>(batch->size()) < size && in.step()) batch->push(args[1]);
    batches->push(Value::list(batch));
  }
  return Value::of(iterate(in, Value::list(batches)));
}

// args: slices, fill_with
Value filter_slice(Interpreter& in, const Value& self, const Values& args) {
  Int n_slices = 0;
  if (!to_index(in, args[0], n_slices)) return {};
  const Ref<List> items = to_list(in, self);
  if (n_slices == 0) return in.type_error("slice: division by zero");
  Ref<List> slices = make<List>(in.heap());
  const auto n = static_cast<Int>(items->size());
  const Int each = n_slices > 0 ? n / n_slices : 0, extra = n_slices > 0 ? n % n_slices : 0;
  Int at = 0;
  for (Int i = 0; i < n_slices && in.step(); ++i) {
    Ref<List> part = make<List>(in.heap());
    const Int end = at + each + (i < extra ? 1 : 0);
    for (; at < end && in.step(); ++at) part->push((*items)[static_cast<std::size_t>(at)]);
    if (!args[1].none_or_missing() && i >= extra) part->push(args[1]);
    slices->push(Value::list(part));
  }
  return Value::of(iterate(in, Value::list(slices)));
}

// args: attribute, start
Value filter_sum(Interpreter& in, const Value& self, const Values& args) {
  Value total = args[1].missing() ? Value::of(Int{0}) : args[1];
  if (total.is_string()) return in.type_error("sum cannot add up strings");
  const Ref<Iterator> items = iterate(in, self);
  Value item;
  while (in.step() && items->next(in, item)) {
    total = compute(in, Op::kAdd, total, get_path(in, item, args[0], Value()));
  }
  return total;
}

Value filter_items(Interpreter& in, const Value& self, const Values&) {
  if (!self.undefined() && !self.is(Kind::kDict)) {
    return in.type_error("items: can only get item pairs from a mapping");
  }
  const Ref<Dict> dict = self.undefined() ? make<Dict>(in.heap()) : self.ref<Dict>();
  return Value::of(iterate(in, Value::of(make<View>(in.heap(), dict, View::Of::kItems))));
}

Value filter_default(Interpreter& in, const Value& self, const Values& args) {
  const bool absent = self.undefined() || (truthy(args[1]) && !truthy(self));
  if (!absent) return self;
  return args[0].missing() ? in.text("") : args[0];
}

Value filter_attr(Interpreter& in, const Value& self, const Values& args) {
  const Str* name = need_text(in, args[0], "attr: the name");
  if (!name) return {};
  if (self.undefined()) return in.undefined_error(self);
  if (self.is(Kind::kDict) && !find_method(Kind::kDict, name->bytes())) {
    return Value::undefined(Absence::kReason, "there is no such attribute");
  }
  const Value found = get_attribute(in, self, name->bytes());
  return found.undefined() ? Value::undefined(Absence::kReason, "there is no such attribute") : found;
}

constexpr std::array kSequenceFilters = {
    Builtin{"length", "", filter_length},
    Builtin{"count", "", filter_length},
    Builtin{"list", "", filter_list},
    Builtin{"first", "", filter_first},
    Builtin{"last", "", filter_last},
    Builtin{"join", "d?,attribute?", filter_join},
    Builtin{"reverse", "", filter_reverse},
    Builtin{"batch", "linecount,fill_with?", filter_batch},
    Builtin{"slice", "slices,fill_with?", filter_slice},
    Builtin{"sum", "attribute?,start?", filter_sum},
    Builtin{"items", "", filter_items},
    Builtin{"default", "default_value?,boolean?", filter_default},
    Builtin{"d", "default_value?,boolean?", filter_default},
    Builtin{"attr", "name", filter_attr},
    Builtin{"sort", "reverse?,case_sensitive?,attribute?", filter_sort},
    Builtin{"dictsort", "case_sensitive?,by?,reverse?", filter_dictsort},
    Builtin{"min", "case_sensitive?,attribute?", filter_min},
    Builtin{"max", "case_sensitive?,attribute?", filter_max},
    Builtin{"groupby", "attribute,default?,case_sensitive?", filter_groupby},
};

}  // namespace

std::span<const Builtin> sequence_filters() { return kSequenceFilters; }

}  // namespace sotto::text::jinja
