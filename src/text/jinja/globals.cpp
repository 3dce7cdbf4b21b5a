// The functions that every template can call.
#include <locale.h>
#include <array>
#include <ctime>

#include <fmt/format.h>

#include "text/jinja/operations.h"
#include "text/jinja/registry.h"

namespace sotto::text::jinja {
namespace {

constexpr Int kMaxRange = 100'000;  // jinja2's sandbox allows no longer one

Value global_range(Interpreter& in, const Value&, const Values& args) {
  Int first = 0, stop = 0, step = 1;
  if (!to_index(in, args[0], first) || (!args[1].missing() && !to_index(in, args[1], stop)) ||
      (!args[2].missing() && !to_index(in, args[2], step))) {
    return {};
  }
  constexpr Int kFar = Int{1} << 100;
  if (step == 0) return in.type_error("range: the step must not be zero");
  if (args[1].missing()) stop = std::exchange(first, 0);
  if (first > kFar || first < -kFar || stop > kFar || stop < -kFar || step > kFar || step < -kFar) {
    return in.fail(ErrorCode::kUnsupported, "range: an integer of more than 100 bits");
  }
  Ref<RangeObject> range = make<RangeObject>(in.heap(), first, stop, step);
  if (range->length > kMaxRange) {
    return in.fail(ErrorCode::kBudget, fmt::format("range: more than {} items", int_text(kMaxRange)));
  }
  return Value::of(range);
}

// dict(mapping or pairs, name=value, …)
Ref<Dict> make_dict(Interpreter& in, const Args& args) {
  Ref<Dict> dict = make<Dict>(in.heap());
  if (args.positional.size() > 1) in.type_error("dict takes at most one positional argument");
  if (!in.ok()) return dict;
  const auto set = [&](const Value& key, const Value& value) {
    if (!hashable(key)) in.type_error(fmt::format("unhashable type: '{}'", type_name(key)));
    if (in.step()) dict->set(key, value);
  };
  if (!args.positional.empty() && args.positional[0].is(Kind::kDict)) {
    for (const Dict::Entry& entry : args.positional[0].dict().entries()) set(entry.key, entry.value);
  } else if (!args.positional.empty()) {
    const Ref<Iterator> pairs = iterate(in, args.positional[0]);
    Value pair;
    while (in.step() && pairs->next(in, pair)) {
      const Ref<List> parts = to_list(in, pair);
      if (in.ok() && parts->size() != 2) in.type_error("dict needs pairs");
      if (!in.ok()) return dict;
      set((*parts)[0], (*parts)[1]);
    }
  }
  for (const Dict::Entry& entry : args.named) set(entry.key, entry.value);
  return dict;
}

Value global_dict(Interpreter& in, const Value&, Args args) { return Value::of(make_dict(in, args)); }

Value global_namespace(Interpreter& in, const Value&, Args args) {
  const Ref<Dict> attributes = make_dict(in, args);
  Ref<Namespace> space = make<Namespace>(in.heap());
  for (const Dict::Entry& entry : attributes->entries()) {
    if (!in.step()) return {};
    if (entry.key.is_string() && entry.key.bytes().starts_with("_")) {
      return in.type_error("a namespace's attribute cannot begin with an underscore");
    }
    space->set(entry.key, entry.value);
  }
  return Value::of(space);
}

Value global_raise_exception(Interpreter& in, const Value&, const Values& args) {
  return in.fail(ErrorCode::kBadRequest, std::string(to_text(in, args[0])->bytes()));
}

Value global_strftime_now(Interpreter& in, const Value&, const Values& args) {
  if (!args[0].is_string()) return in.type_error("strftime_now needs a format");
  std::tm now{};
  if (in.options().now) {
    now = *in.options().now;
  } else {
    const std::time_t seconds = std::time(nullptr);
    localtime_r(&seconds, &now);
  }
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
  std::string format(args[0].bytes());
  if (format.empty()) return in.text("");
  format += ' ';  // so that an empty result is told from one that is too long
  char text[1024];
  const std::size_t n = strftime_l(text, sizeof text, format.c_str(), &now, plain);
  if (n == 0) return in.fail(ErrorCode::kBudget, "strftime_now: more than 1023 bytes");
  return in.text({text, n - 1}, args[0].str().wholly_trusted());
}

// cycler("a", "b"): hands its values out in turn.
class Cycler final : public Native {
 public:
  Cycler(Heap& heap, std::vector<Value> items) : Native(heap, sizeof(Cycler)), items_(std::move(items)) {
    charge(items_.capacity() * sizeof(Value), sizeof(Cycler));
  }
  std::string_view type() const override { return "Cycler"; }
  Value attribute(Interpreter& in, std::string_view name) override;
  Value current() const { return items_[at_]; }
  void advance() { at_ = (at_ + 1) % items_.size(); }
  void reset() { at_ = 0; }

 private:
  std::vector<Value> items_;
  std::size_t at_ = 0;
};

Value cycler_next(Interpreter&, const Value& self, const Values&) {
  auto& cycler = static_cast<Cycler&>(self.native());
  Value current = cycler.current();
  cycler.advance();
  return current;
}

Value cycler_reset(Interpreter&, const Value& self, const Values&) {
  static_cast<Cycler&>(self.native()).reset();
  return Value::none();
}

constexpr Builtin kCyclerNext = {"cycler.next", "", cycler_next};
constexpr Builtin kCyclerReset = {"cycler.reset", "", cycler_reset};

Value Cycler::attribute(Interpreter& in, std::string_view name) {
  if (name == "current") return current();
  const Builtin* method = name == "next" ? &kCyclerNext : name == "reset" ? &kCyclerReset : nullptr;
  return method ? Value::of(make<Function>(in.heap(), *method, Value::of(Ref<Native>(this)))) : Value();
}

Value global_cycler(Interpreter& in, const Value&, Args args) {
  if (args.positional.empty() || !args.named.empty()) return in.type_error("cycler needs items");
  return Value::of(make<Cycler>(in.heap(), std::move(args.positional)));
}

// joiner(", "): nothing on its first call, the separator from then on.
class Joiner final : public Native {
 public:
  Joiner(Heap& heap, Value separator) : Native(heap, sizeof(Joiner)), separator_(std::move(separator)) {}
  std::string_view type() const override { return "Joiner"; }
  bool callable() const override { return true; }
  Value call(Interpreter& in, Args args) override {
    if (!args.positional.empty() || !args.named.empty()) return in.type_error("a joiner takes no arguments");
    return std::exchange(used_, true) ? separator_ : in.text("");
  }

 private:
  const Value separator_;
  bool used_ = false;
};

Value global_joiner(Interpreter& in, const Value&, const Values& args) {
  return Value::of(make<Joiner>(in.heap(), args[0].missing() ? in.text(", ") : args[0]));
}

Value global_lipsum(Interpreter& in, const Value&, Args) {
  return in.fail(ErrorCode::kUnsupported, "the function 'lipsum' is not supported");
}

constexpr std::array kGlobals = {
    Builtin{"range", "0,1?,2?", global_range},
    Builtin{"dict", "*", nullptr, global_dict},
    Builtin{"namespace", "*", nullptr, global_namespace},
    Builtin{"raise_exception", "message", global_raise_exception},
    Builtin{"strftime_now", "format", global_strftime_now},
    Builtin{"cycler", "*", nullptr, global_cycler},
    Builtin{"joiner", "sep?", global_joiner},
    Builtin{"lipsum", "*", nullptr, global_lipsum},
};

}  // namespace

std::span<const Builtin> globals() { return kGlobals; }

}  // namespace sotto::text::jinja
