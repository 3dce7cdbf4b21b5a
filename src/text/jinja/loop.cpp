#include "text/jinja/loop.h"

#include <array>

#include <fmt/format.h>

#include "text/jinja/operations.h"

namespace sotto::text::jinja {
namespace {

// The items for which the loop's condition holds; each is tested when it is asked for.
class Selection final : public Iterator {
 public:
  Selection(Heap& heap, const ForStmt& statement, Ref<Iterator> source, Ref<Scope> outer)
      : Iterator(heap, sizeof(Selection)),
        statement_(statement),
        source_(std::move(source)),
        outer_(std::move(outer)) {}

  bool next(Interpreter& in, Value& item) override {
    while (in.step() && source_->next(in, item)) {
      Interpreter::InnerScope scope(in, statement_.condition_frame, outer_);
      in.assign(statement_.target, item);
      if (truthy(in.evaluate(statement_.condition))) return in.ok();
    }
    return false;
  }

 private:
  const ForStmt& statement_;
  Ref<Iterator> source_;
  Ref<Scope> outer_;
};

Value call_cycle(Interpreter& in, const Value& self, Args args) {
  return static_cast<Loop&>(self.native()).cycle(in, args);
}

Value call_changed(Interpreter& in, const Value& self, Args args) {
  return static_cast<Loop&>(self.native()).changed(in, args);
}

constexpr Builtin kCycle = {"loop.cycle", "*", nullptr, call_cycle};
constexpr Builtin kChanged = {"loop.changed", "*", nullptr, call_changed};

}  // namespace

Loop::Loop(Heap& heap, Value iterable, Ref<Iterator> items, const ForStmt* statement, Ref<Scope> scope, Int depth0)
    : Native(heap, sizeof(Loop)),
      iterable_(std::move(iterable)),
      items_(std::move(items)),
      statement_(statement),
      scope_(std::move(scope)),
      depth0_(depth0) {
  register_mutable();
}

void Loop::drop_references() {
  iterable_ = before_ = current_ = after_ = last_changed_ = Value();
  items_ = {};
  scope_ = {};
}

bool Loop::advance(Interpreter& in, Value& item) {
  if (peek(in).missing() || !in.ok()) return false;
  item = after_;
  after_ = Value();
  ++index0_;
  before_ = std::move(current_);
  current_ = item;
  return true;
}

const Value& Loop::peek(Interpreter& in) {
  Value next;
  if (after_.missing() && items_->next(in, next)) after_ = std::move(next);
  return after_;
}

Int Loop::length(Interpreter& in) {
  if (length_ >= 0) return length_;
  if (has_length(iterable_)) return length_ = static_cast<Int>(jinja::length(iterable_));
  const Ref<List> rest = to_list(in, Value::of(items_));
  items_ = iterate(in, Value::list(rest));
  return length_ = static_cast<Int>(rest->size()) + index0_ + 1 + (after_.missing() ? 0 : 1);
}

Value Loop::get_previtem(Interpreter&) {
  return index0_ == 0 ? Value::undefined(Absence::kReason, "there is no previous item") : before_;
}

Value Loop::get_nextitem(Interpreter& in) {
  const Value& next = peek(in);
  return next.missing() ? Value::undefined(Absence::kReason, "there is no next item") : next;
}

Value Loop::attribute(Interpreter& in, std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Property>, 11> kProperties = {
      {{"index", &Loop::get_index},
       {"index0", &Loop::get_index0},
       {"first", &Loop::get_first},
       {"last", &Loop::get_last},
       {"length", &Loop::get_length},
       {"revindex", &Loop::get_revindex},
       {"revindex0", &Loop::get_revindex0},
       {"previtem", &Loop::get_previtem},
       {"nextitem", &Loop::get_nextitem},
       {"depth", &Loop::get_depth},
       {"depth0", &Loop::get_depth0}}};
  for (const auto& [known, property] : kProperties) {
    if (known == name) return (this->*property)(in);
  }
  const Builtin* method = name == "cycle" ? &kCycle : name == "changed" ? &kChanged : nullptr;
  return method ? Value::of(make<Function>(heap(), *method, Value::of(Ref<Native>(this)))) : Value();
}

Value Loop::cycle(Interpreter& in, const Args& args) const {
  if (args.positional.empty()) return in.type_error("no items for cycling given");
  return args.positional[static_cast<std::size_t>(index0_) % args.positional.size()];
}

Value Loop::changed(Interpreter& in, const Args& args) {
  Ref<List> now = make<List>(heap());
  for (const Value& value : args.positional) now->push(value);
  const Value tuple = Value::tuple(now);
  if (!last_changed_.missing() && values_equal(in, last_changed_, tuple)) return Value::of(false);
  last_changed_ = tuple;
  return Value::of(true);
}

Value Loop::call(Interpreter& in, Args args) {
  if (!statement_) {
    return in.type_error("the loop must have the 'recursive' marker to be called recursively");
  }
  if (args.positional.size() != 1 || !args.named.empty()) {
    return in.type_error("a recursive loop takes one argument");
  }
  return run_recursive_loop(in, *statement_, args.positional[0], scope_, depth0_ + 1);
}

void Loop::print(Interpreter& in, TextBuilder& out) const {
  const Int n = const_cast<Loop*>(this)->length(in);
  out.append(fmt::format("<LoopContext {}/{}>", int_text(index0_ + 1), int_text(n)), true);
}

// Whether there was any item.
static bool run_passes(Interpreter& in, const ForStmt& statement, const Ref<Loop>& loop, const Ref<Scope>& outer) {
  Value item;
  if (!loop->advance(in, item)) return false;
  Interpreter::InnerScope scope(in, statement.frame, outer);
  const Value loop_value = Value::of(loop);
  Flow flow = Flow::kNext;
  do {
    in.scope()->set(kNameLoop, loop_value);
    in.assign(statement.target, item);
    if (in.ok()) flow = in.run_body(statement.body);
    if (flow == Flow::kBreak || !in.step(3) || !loop->advance(in, item)) break;
    scope.restart(statement.frame);
  } while (in.ok());
  return true;
}

Flow run_loop(Interpreter& in, const ForStmt& statement, const Value& iterable, const Ref<Scope>& outer, Int depth0) {
  Ref<Iterator> items = iterate(in, iterable);
  if (!in.ok()) return Flow::kFailed;
  if (statement.condition) items = make<Selection>(in.heap(), statement, items, outer);
  const Ref<Loop> loop = make<Loop>(in.heap(), statement.condition ? Value::of(items) : iterable, items,
                                    statement.recursive ? &statement : nullptr, outer, depth0);
  if (run_passes(in, statement, loop, outer)) return in.ok() ? Flow::kNext : Flow::kFailed;
  if (!in.ok() || statement.otherwise.empty()) return in.ok() ? Flow::kNext : Flow::kFailed;
  Interpreter::InnerScope scope(in, statement.else_frame, outer);
  return in.run_body(statement.otherwise);
}

}  // namespace sotto::text::jinja
