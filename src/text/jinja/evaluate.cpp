#include <fmt/format.h>

#include "text/jinja/interpreter.h"
#include "text/jinja/operations.h"

namespace sotto::text::jinja {

Value Constant::eval(Interpreter& in) const { return in.constant(index); }

Value NameExpr::eval(Interpreter& in) const { return in.lookup(name); }

Value SequenceExpr::eval(Interpreter& in) const {
  Ref<List> list = make<List>(in.heap());
  list->reserve(items.size());
  for (const Expr* item : items) {
    list->push(in.evaluate(item));
    if (!in.ok()) return {};
  }
  return tuple ? Value::tuple(list) : Value::list(list);
}

Value DictExpr::eval(Interpreter& in) const {
  Ref<Dict> dict = make<Dict>(in.heap());
  for (const auto& [key_expr, value_expr] : items) {
    Value key = in.evaluate(key_expr);
    Value value = in.evaluate(value_expr);
    if (in.ok() && !hashable(key)) in.type_error(fmt::format("unhashable type: '{}'", type_name(key)));
    if (!in.ok()) return {};
    dict->set(std::move(key), std::move(value));
  }
  return Value::of(dict);
}

Value ChainExpr::eval(Interpreter& in) const {
  Value left = in.evaluate(first);
  if (!comparison) {
    for (const auto& [op, expr] : rest) {
      const Value right = in.evaluate(expr);
      if (!in.step()) return {};
      left = compute(in, op, left, right);
    }
    return left;
  }
  for (const auto& [op, expr] : rest) {
    Value right = in.evaluate(expr);
    if (!in.step() || !compare(in, op, left, right)) return Value::of(false);
    left = std::move(right);
  }
  return Value::of(true);
}

Value ConcatExpr::eval(Interpreter& in) const {
  TextBuilder text(in.heap());
  for (const Expr* item : items) {
    const Value value = in.evaluate(item);
    if (!in.ok()) return {};
    print_value(in, value, text);
  }
  return Value::of(text.finish());
}

Value LogicExpr::eval(Interpreter& in) const {
  Value value;
  for (const Expr* item : items) {
    value = in.evaluate(item);
    if (!in.ok() || truthy(value) == is_or) break;
  }
  return value;
}

Value UnaryExpr::eval(Interpreter& in) const {
  const Value value = in.evaluate(operand);
  if (!in.ok()) return {};
  if (op == '!') return Value::of(!truthy(value));
  if (op == '-') return negate(in, value);
  if (value.undefined()) return in.undefined_error(value);
  if (!value.is_number()) {
    return in.type_error(fmt::format("bad operand type for unary +: '{}'", type_name(value)));
  }
  return value.is(Kind::kBool) ? Value::of(value.integer()) : value;
}

Value ConditionalExpr::eval(Interpreter& in) const {
  const Value chosen = in.evaluate(condition);
  if (!in.ok()) return {};
  if (truthy(chosen)) return in.evaluate(then);
  if (otherwise) return in.evaluate(otherwise);
  return Value::undefined(Absence::kReason, "the inline if-expression was false and has no else section");
}

Value AttributeExpr::eval(Interpreter& in) const {
  const Value value = in.evaluate(object);
  return in.ok() ? get_attribute(in, value, name) : Value();
}

Value ItemExpr::eval(Interpreter& in) const {
  const Value value = in.evaluate(object);
  const Value item = in.evaluate(key);
  return in.ok() ? get_item(in, value, item) : Value();
}

Value SliceExpr::eval(Interpreter& in) const {
  const auto bound = [&](const Expr* expr) { return expr ? in.evaluate(expr) : Value::none(); };
  const Value value = in.evaluate(object);
  const Value from = bound(start), to = bound(stop), by = bound(step);
  return in.ok() ? get_slice(in, value, from, to, by) : Value();
}

Value CallExpr::eval(Interpreter& in) const {
  const Value function = in.evaluate(callee);
  Args args = in.evaluate_arguments(arguments);
  return in.ok() ? in.call(function, std::move(args)) : Value();
}

Value FilterExpr::eval(Interpreter& in) const {
  const Value value = subject ? in.evaluate(subject) : in.captured();
  Args args = in.evaluate_arguments(arguments);
  if (!in.ok()) return {};
  if (!filter) return in.fail(ErrorCode::kUnsupported, fmt::format("no filter named '{}'", name));
  return call_builtin(in, *filter, value, std::move(args));
}

Value TestExpr::eval(Interpreter& in) const {
  const Value value = in.evaluate(subject);
  Args args = in.evaluate_arguments(arguments);
  if (!in.ok()) return {};
  if (!test) return in.fail(ErrorCode::kUnsupported, fmt::format("no test named '{}'", name));
  const Value result = call_builtin(in, *test, value, std::move(args));
  return negated ? Value::of(!truthy(result)) : result;
}

}  // namespace sotto::text::jinja
