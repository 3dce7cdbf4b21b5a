#include <cmath>

#include <fmt/format.h>

#include "text/jinja/formatting.h"
#include "text/jinja/operations.h"

namespace sotto::text::jinja {
namespace {

Value overflow(Interpreter& in) { return in.fail(ErrorCode::kUnsupported, "an integer of more than 127 bits"); }

Value floor_divide(Interpreter& in, Int a, Int b, bool want_quotient) {
  if (b == 0) return in.type_error("division by zero");
  if (b == -1) return want_quotient ? compute(in, Op::kMul, Value::of(a), Value::of(b)) : Value::of(Int{0});
  Int quotient = a / b, remainder = a % b;
  if (remainder != 0 && (remainder < 0) != (b < 0)) {
    --quotient;
    remainder += b;
  }
  return Value::of(want_quotient ? quotient : remainder);
}

Value integer_power(Interpreter& in, Int base, Int exponent) {
  if (exponent < 0) {
    if (base == 0) return in.type_error("0 cannot be raised to a negative power");
    return Value::of(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
  if (base == 0 || base == 1) return Value::of(exponent == 0 ? Int{1} : base);
  if (base == -1) return Value::of(exponent % 2 == 0 ? Int{1} : Int{-1});
  Int result = 1;
  for (Int i = 0; i < exponent; ++i) {
    if (__builtin_mul_overflow(result, base, &result)) return overflow(in);
  }
  return Value::of(result);
}

Value compute_integers(Interpreter& in, Op op, Int a, Int b) {
  Int result = 0;
  switch (op) {
    case Op::kAdd: return __builtin_add_overflow(a, b, &result) ? overflow(in) : Value::of(result);
    case Op::kSub: return __builtin_sub_overflow(a, b, &result) ? overflow(in) : Value::of(result);
    case Op::kMul: return __builtin_mul_overflow(a, b, &result) ? overflow(in) : Value::of(result);
    case Op::kFloorDiv: return floor_divide(in, a, b, true);
    case Op::kMod: return floor_divide(in, a, b, false);
    case Op::kPow: return integer_power(in, a, b);
    default: break;
  }
  if (b == 0) return in.type_error("division by zero");
  return Value::of(static_cast<double>(a) / static_cast<double>(b));
}

// Python's float divmod: the remainder takes the divisor's sign.
double float_remainder(double a, double b) {
  double remainder = std::fmod(a, b);
  if (remainder != 0) {
    if ((b < 0) != (remainder < 0)) remainder += b;
  } else {
    remainder = std::copysign(0.0, b);
  }
  return remainder;
}

double float_floor_quotient(double a, double b) {
  const double remainder = std::fmod(a, b);
  double quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double whole = std::floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

Value float_power(Interpreter& in, double a, double b) {
  if (a == 0 && b < 0) return in.type_error("0.0 cannot be raised to a negative power");
  if (a < 0 && std::isfinite(a) && std::isfinite(b) && b != std::floor(b)) {
    return in.fail(ErrorCode::kUnsupported, "complex numbers");
  }
  const double result = std::pow(a, b);
  if (std::isinf(result) && std::isfinite(a) && std::isfinite(b)) {
    return in.type_error("the result of ** is too large");
  }
  return Value::of(result);
}

Value compute_floats(Interpreter& in, Op op, double a, double b) {
  const bool divides = op == Op::kDiv || op == Op::kFloorDiv || op == Op::kMod;
  if (divides && b == 0) return in.type_error("division by zero");
  switch (op) {
    case Op::kAdd: return Value::of(a + b);
    case Op::kSub: return Value::of(a - b);
    case Op::kMul: return Value::of(a * b);
    case Op::kDiv: return Value::of(a / b);
    case Op::kFloorDiv: return Value::of(float_floor_quotient(a, b));
    case Op::kMod: return Value::of(float_remainder(a, b));
    default: return float_power(in, a, b);
  }
}

Value join_sequences(Interpreter& in, const Value& a, const Value& b) {
  Ref<List> joined = make<List>(in.heap());
  if (!in.step(a.items().size() + b.items().size())) return {};
  joined->reserve(a.items().size() + b.items().size());
  for (const Value& item : a.items().all()) joined->push(item);
  for (const Value& item : b.items().all()) joined->push(item);
  return a.is(Kind::kTuple) ? Value::tuple(joined) : Value::list(joined);
}

Value join_texts(Interpreter& in, const Value& a, const Value& b) {
  const bool markup = a.str().markup || b.str().markup;
  TextBuilder text(in.heap());
  text.reserve(a.bytes().size() + b.bytes().size());
  for (const Value* side : {&a, &b}) {
    if (markup && !side->str().markup) {
      append_escaped(side->str(), text);
    } else {
      text.append(side->str());
    }
  }
  Ref<Str> joined = text.finish();
  joined->markup = markup;
  return Value::of(joined);
}

bool repeats(const Value& value) { return value.is_string() || value.is_sequence(); }

Value repeat(Interpreter& in, const Value& what, Int times) {
  if (times < 0) times = 0;
  const Int most = Int{1} << 40;  // far above any budget
  const auto n = static_cast<std::size_t>(times > most ? most : times);
  if (what.is_string()) {
    TextBuilder text(in.heap());
    text.append_repeated(what.str(), n);
    Ref<Str> repeated = text.finish();
    repeated->markup = what.str().markup;
    return Value::of(repeated);
  }
  const auto& items = what.items().all();
  Ref<List> list = make<List>(in.heap());
  if (!items.empty() && n > 0) {
    if (!in.heap().can_take(n > most / items.size() ? ~std::size_t{0} : n * items.size() * sizeof(Value))) {
      in.step();
      return {};
    }
    list->reserve(n * items.size());
  }
  for (std::size_t i = 0; i < n && !items.empty() && in.step(items.size()); ++i) {
    for (const Value& item : items) list->push(item);
  }
  return what.is(Kind::kTuple) ? Value::tuple(list) : Value::list(list);
}

// kMissing where the operation is none that texts or sequences know.
Value compute_sequences(Interpreter& in, Op op, const Value& a, const Value& b) {
  if (op == Op::kAdd && a.kind() == b.kind() && repeats(a)) {
    return a.is_string() ? join_texts(in, a, b) : join_sequences(in, a, b);
  }
  if (op == Op::kMul && repeats(a) && b.is_integral()) return repeat(in, a, b.integer());
  if (op == Op::kMul && repeats(b) && a.is_integral()) return repeat(in, b, a.integer());
  return {};
}

}  // namespace

Value compute(Interpreter& in, Op op, const Value& a, const Value& b) {
  if (!in.ok()) return {};
  if (op == Op::kMod && a.is_string()) return percent_format(in, a, b);
  if (a.undefined() || b.undefined()) return in.undefined_error(a.undefined() ? a : b);
  if (a.is_integral() && b.is_integral()) return compute_integers(in, op, a.integer(), b.integer());
  if (a.is_number() && b.is_number()) return compute_floats(in, op, a.real(), b.real());
  Value made = compute_sequences(in, op, a, b);
  if (!made.missing() || !in.ok()) return made;
  static constexpr const char* kSigns[] = {"+", "-", "*", "/", "//", "%", "**"};
  return in.type_error(fmt::format("unsupported operand types for {}: '{}' and '{}'", kSigns[static_cast<int>(op)],
                                   type_name(a), type_name(b)));
}

Value negate(Interpreter& in, const Value& value) {
  if (value.undefined()) return in.undefined_error(value);
  if (value.is(Kind::kFloat)) return Value::of(-value.real());
  if (value.is_integral()) return compute_integers(in, Op::kSub, 0, value.integer());
  return in.type_error(fmt::format("bad operand type for unary -: '{}'", type_name(value)));
}

bool to_index(Interpreter& in, const Value& value, Int& out) {
  if (value.is_integral()) {
    out = value.integer();
    return true;
  }
  if (value.undefined()) {
    in.undefined_error(value);
  } else {
    in.type_error(fmt::format("'{}' object cannot be interpreted as an integer", type_name(value)));
  }
  return false;
}

}  // namespace sotto::text::jinja
