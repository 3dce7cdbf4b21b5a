#include <fmt/format.h>

#include "text/jinja/loop.h"
#include "text/jinja/macro.h"
#include "text/jinja/operations.h"

namespace sotto::text::jinja {

Flow OutputStmt::exec(Interpreter& in) const {
  for (const Expr* item : items) {
    const Value value = in.evaluate(item);
    if (!in.ok()) return Flow::kFailed;
    in.emit(value);
  }
  return Flow::kNext;
}

Flow IfStmt::exec(Interpreter& in) const {
  for (const Branch& branch : branches) {
    const bool taken = !branch.condition || truthy(in.evaluate(branch.condition));
    if (!in.ok()) return Flow::kFailed;
    if (taken) return in.run_body(branch.body);
  }
  return Flow::kNext;
}

Flow SetStmt::exec(Interpreter& in) const {
  const Value assigned = in.evaluate(value);
  if (in.ok()) in.assign(target, assigned);
  return Flow::kNext;
}

namespace {

// Runs a body in a scope of its own and hands its text to the filters, if any.
Flow capture_filtered(Interpreter& in, const Frame& frame, const Body& body, const FilterExpr* filter, Value& text) {
  Interpreter::InnerScope scope(in, frame);
  const Flow flow = in.capture(body, text);
  if (flow != Flow::kNext || !in.ok() || !filter) return flow;
  in.set_captured(std::move(text));
  text = in.evaluate(filter);
  in.set_captured(Value());
  return flow;
}

// Unlike an expression, a filter block or a call block must give text.
void emit_text(Interpreter& in, const Value& value) {
  if (in.ok() && !value.is_string()) {
    in.type_error(fmt::format("a block gave a value of type '{}', not text", type_name(value)));
  }
  if (in.ok()) in.emit(value);
}

}  // namespace

Flow SetBlockStmt::exec(Interpreter& in) const {
  Value text;
  const Flow flow = capture_filtered(in, frame, body, filter, text);
  if (flow == Flow::kNext && in.ok()) in.assign(target, text);
  return flow;
}

Flow FilterStmt::exec(Interpreter& in) const {
  Value text;
  const Flow flow = capture_filtered(in, frame, body, filter, text);
  if (flow == Flow::kNext) emit_text(in, text);
  return flow;
}

Flow WithStmt::exec(Interpreter& in) const {
  std::vector<Value> values;
  for (const auto& binding : bindings) values.push_back(in.evaluate(binding.second));
  Interpreter::InnerScope scope(in, frame);
  for (std::size_t i = 0; i < bindings.size() && in.ok(); ++i) in.assign(bindings[i].first, values[i]);
  return in.ok() ? in.run_body(body) : Flow::kFailed;
}

Flow ForStmt::exec(Interpreter& in) const {
  const Value items = in.evaluate(iterable);
  if (!in.ok()) return Flow::kFailed;
  const Ref<Scope> outer = in.scope();
  if (!recursive) return run_loop(in, *this, items, outer, 0);
  const Value text = run_recursive_loop(in, *this, items, outer, 0);
  if (in.ok()) in.emit(text);
  return Flow::kNext;
}

Value run_recursive_loop(Interpreter& in, const ForStmt& statement, const Value& iterable, const Ref<Scope>& outer,
                         Int depth0) {
  struct Pass final : Stmt {
    const ForStmt& statement;
    const Value& iterable;
    const Ref<Scope>& outer;
    const Int depth0;
    Pass(const ForStmt& s, const Value& v, const Ref<Scope>& o, Int d)
        : statement(s), iterable(v), outer(o), depth0(d) {}
    Flow exec(Interpreter& run) const override { return run_loop(run, statement, iterable, outer, depth0); }
  };
  Pass pass(statement, iterable, outer, depth0);
  pass.line = statement.line;
  Value text;
  in.capture({&pass}, text);
  return text;
}

Flow MacroStmt::exec(Interpreter& in) const {
  in.scope()->set(name, Value::of(make<Macro>(in.heap(), macro, in.scope())));
  return Flow::kNext;
}

Flow CallStmt::exec(Interpreter& in) const {
  const Value block = Value::of(make<Macro>(in.heap(), caller, in.scope()));
  const Value function = in.evaluate(call->callee);
  Args args = in.evaluate_arguments(call->arguments);
  if (!in.ok()) return Flow::kFailed;
  args.named.push_back({in.text("caller"), block});
  emit_text(in, in.call(function, std::move(args)));
  return Flow::kNext;
}

Flow GenerationStmt::exec(Interpreter& in) const {
  Interpreter::InnerScope scope(in, frame);
  return in.run_body(body);
}

}  // namespace sotto::text::jinja
