// The filters that walk a sequence when their result is walked: map, select, reject, selectattr, rejectattr, unique.
#include <array>

#include <fmt/format.h>

#include "text/jinja/operations.h"
#include "text/jinja/registry.h"
#include "text/jinja/sorting.h"

namespace sotto::text::jinja {
namespace {

// Looks a filter or test up by the name that a template gave as a value.
const Builtin* named(Interpreter& in, const Value& name, const Builtin* (*find)(std::string_view)) {
  const Builtin* found = name.is_string() ? find(name.bytes()) : nullptr;
  if (!found) {
    in.fail(ErrorCode::kUnsupported,
            fmt::format("no filter or test named '{}'", name.is_string() ? name.bytes() : type_name(name)));
  }
  return found;
}

class Mapped final : public Iterator {
 public:
  Mapped(Heap& heap, Value source, Args args)
      : Iterator(heap, sizeof(Mapped)), source_(std::move(source)), args_(std::move(args)) {}

  bool next(Interpreter& in, Value& item) override {
    Interpreter::Depth depth(in);
    if (!in.step() || (!items_ && !begin(in)) || !items_->next(in, item)) return false;
    item = filter_ ? call_builtin(in, *filter_, item, args_) : get_path(in, item, attribute_, default_);
    return in.ok();
  }

 private:
  bool begin(Interpreter& in) {
    if (!truthy(source_)) return false;
    if (args_.positional.empty()) {
      attribute_ = args_.take("attribute");
      default_ = args_.take("default");
      if (attribute_.missing() || !args_.named.empty()) in.type_error("map needs a filter or an attribute");
    } else {
      filter_ = named(in, args_.positional[0], find_filter);
      args_.positional.erase(args_.positional.begin());
    }
    items_ = iterate(in, source_);
    return in.ok();
  }

  Value source_;
  Args args_;
  Ref<Iterator> items_;
  const Builtin* filter_ = nullptr;
  Value attribute_, default_;
};

class Selected final : public Iterator {
 public:
  Selected(Heap& heap, Value source, Args args, bool by_attribute, bool wanted)
      : Iterator(heap, sizeof(Selected)),
        source_(std::move(source)),
        args_(std::move(args)),
        by_attribute_(by_attribute),
        wanted_(wanted) {}

  bool next(Interpreter& in, Value& item) override {
    Interpreter::Depth depth(in);
    if (!items_ && !begin(in)) return false;
    while (in.step() && items_->next(in, item)) {
      const Value looked_at = get_path(in, item, attribute_, Value());
      if (!in.ok()) return false;
      const bool holds = test_ ? truthy(call_builtin(in, *test_, looked_at, args_)) : truthy(looked_at);
      if (holds == wanted_) return in.ok();
    }
    return false;
  }

 private:
  bool begin(Interpreter& in) {
    if (!truthy(source_)) return false;
    auto& given = args_.positional;
    if (by_attribute_) {
      if (given.empty()) in.type_error("the name of an attribute is missing");
      if (!in.ok()) return false;
      attribute_ = given[0];
      given.erase(given.begin());
    }
    if (!given.empty()) {
      test_ = named(in, given[0], find_test);
      given.erase(given.begin());
    }
    items_ = iterate(in, source_);
    return in.ok();
  }

  Value source_;
  Args args_;
  const bool by_attribute_, wanted_;
  Ref<Iterator> items_;
  const Builtin* test_ = nullptr;
  Value attribute_;
};

class Unique final : public Iterator {
 public:
  Unique(Heap& heap, Value source, bool case_sensitive, Value attribute)
      : Iterator(heap, sizeof(Unique)),
        source_(std::move(source)),
        case_sensitive_(case_sensitive),
        attribute_(std::move(attribute)),
        seen_(make<Dict>(heap)) {}

  bool next(Interpreter& in, Value& item) override {
    Interpreter::Depth depth(in);
    if (!items_) items_ = iterate(in, source_);
    while (in.step() && items_->next(in, item)) {
      Value key = sort_key(in, get_path(in, item, attribute_, Value()), case_sensitive_);
      if (in.ok() && !hashable(key)) in.type_error(fmt::format("unhashable type: '{}'", type_name(key)));
      if (!in.ok()) return false;
      if (seen_->find(key)) continue;
      seen_->set(std::move(key), Value::none());
      return true;
    }
    return false;
  }

 private:
  Value source_;
  const bool case_sensitive_;
  Value attribute_;
  Ref<Dict> seen_;
  Ref<Iterator> items_;
};

Value filter_map(Interpreter& in, const Value& self, Args args) {
  return Value::of(make<Mapped>(in.heap(), self, std::move(args)));
}

template <bool kByAttribute, bool kWanted>
Value filter_select(Interpreter& in, const Value& self, Args args) {
  return Value::of(make<Selected>(in.heap(), self, std::move(args), kByAttribute, kWanted));
}

Value filter_unique(Interpreter& in, const Value& self, const std::vector<Value>& args) {
  return Value::of(make<Unique>(in.heap(), self, truthy(args[0]), args[1]));
}

constexpr std::array kSelectionFilters = {
    Builtin{"map", "*", nullptr, filter_map},
    Builtin{"select", "*", nullptr, filter_select<false, true>},
    Builtin{"reject", "*", nullptr, filter_select<false, false>},
    Builtin{"selectattr", "*", nullptr, filter_select<true, true>},
    Builtin{"rejectattr", "*", nullptr, filter_select<true, false>},
    Builtin{"unique", "case_sensitive?,attribute?", filter_unique},
};

}  // namespace

std::span<const Builtin> selection_filters() { return kSelectionFilters; }

}  // namespace sotto::text::jinja
