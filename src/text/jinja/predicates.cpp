// The tests that `is` applies.
#include <array>

#include <fmt/format.h>

#include "text/jinja/operations.h"
#include "text/jinja/registry.h"

namespace sotto::text::jinja {
namespace {

template <bool (*kHolds)(const Value&)>
Value test_value(Interpreter&, const Value& self, const Values&) {
  return Value::of(kHolds(self));
}

bool defined(const Value& v) { return !v.undefined(); }
bool undefined(const Value& v) { return v.undefined(); }
bool is_none(const Value& v) { return v.is(Kind::kNone); }
bool is_boolean(const Value& v) { return v.is(Kind::kBool); }
bool is_true(const Value& v) { return v.is(Kind::kBool) && v.boolean(); }
bool is_false(const Value& v) { return v.is(Kind::kBool) && !v.boolean(); }
bool is_integer(const Value& v) { return v.is(Kind::kInt); }
bool is_float(const Value& v) { return v.is(Kind::kFloat); }
bool is_number(const Value& v) { return v.is_number(); }
bool is_string(const Value& v) { return v.is_string(); }
bool is_mapping(const Value& v) { return v.is(Kind::kDict); }
bool is_sequence(const Value& v) { return has_length(v) && !v.is(Kind::kView); }
bool is_escaped(const Value& v) { return v.is_string() && v.str().markup; }
bool is_callable(const Value& v) { return v.undefined() || (v.is(Kind::kNative) && v.native().callable()); }

template <Op kOp>
Value test_compare(Interpreter& in, const Value& self, const Values& args) {
  return Value::of(compare(in, kOp, self, args[0]));
}

Value test_sameas(Interpreter&, const Value& self, const Values& args) { return Value::of(self.same_as(args[0])); }

Value remainder_is(Interpreter& in, const Value& value, const Value& divisor, Int wanted) {
  const Value rest = compute(in, Op::kMod, value, divisor);
  return in.ok() ? Value::of(values_equal(in, rest, Value::of(wanted))) : Value();
}

Value test_divisibleby(Interpreter& in, const Value& self, const Values& args) {
  return remainder_is(in, self, args[0], 0);
}

template <int kRest>
Value test_parity(Interpreter& in, const Value& self, const Values&) {
  return remainder_is(in, self, Value::of(Int{2}), kRest);
}

// Asks the text whether it is in one case, as str.islower and str.isupper do.
template <char kInitial>
Value test_case(Interpreter& in, const Value& self, const Values&) {
  const Builtin* method = find_method(Kind::kStr, kInitial == 'l' ? "islower" : "isupper");
  return call_builtin(in, *method, Value::of(to_text(in, self)), {});
}

template <const Builtin* (*kFind)(std::string_view)>
Value test_known(Interpreter& in, const Value& self, const Values&) {
  if (!hashable(self)) return in.type_error(fmt::format("unhashable type: '{}'", type_name(self)));
  return Value::of(self.is_string() && kFind(self.bytes()) != nullptr);
}

constexpr std::array kTests = {
    Builtin{"defined", "", test_value<defined>},
    Builtin{"undefined", "", test_value<undefined>},
    Builtin{"none", "", test_value<is_none>},
    Builtin{"boolean", "", test_value<is_boolean>},
    Builtin{"true", "", test_value<is_true>},
    Builtin{"false", "", test_value<is_false>},
    Builtin{"integer", "", test_value<is_integer>},
    Builtin{"float", "", test_value<is_float>},
    Builtin{"number", "", test_value<is_number>},
    Builtin{"string", "", test_value<is_string>},
    Builtin{"mapping", "", test_value<is_mapping>},
    Builtin{"iterable", "", test_value<iterable>},
    Builtin{"sequence", "", test_value<is_sequence>},
    Builtin{"callable", "", test_value<is_callable>},
    Builtin{"escaped", "", test_value<is_escaped>},
    Builtin{"lower", "", test_case<'l'>},
    Builtin{"upper", "", test_case<'u'>},
    Builtin{"odd", "", test_parity<1>},
    Builtin{"even", "", test_parity<0>},
    Builtin{"divisibleby", "num", test_divisibleby},
    Builtin{"sameas", "other", test_sameas},
    Builtin{"in", "seq", test_compare<Op::kIn>},
    Builtin{"==", "0", test_compare<Op::kEq>},
    Builtin{"eq", "0", test_compare<Op::kEq>},
    Builtin{"equalto", "0", test_compare<Op::kEq>},
    Builtin{"!=", "0", test_compare<Op::kNe>},
    Builtin{"ne", "0", test_compare<Op::kNe>},
    Builtin{">", "0", test_compare<Op::kGt>},
    Builtin{"gt", "0", test_compare<Op::kGt>},
    Builtin{"greaterthan", "0", test_compare<Op::kGt>},
    Builtin{">=", "0", test_compare<Op::kGe>},
    Builtin{"ge", "0", test_compare<Op::kGe>},
    Builtin{"<", "0", test_compare<Op::kLt>},
    Builtin{"lt", "0", test_compare<Op::kLt>},
    Builtin{"lessthan", "0", test_compare<Op::kLt>},
    Builtin{"<=", "0", test_compare<Op::kLe>},
    Builtin{"le", "0", test_compare<Op::kLe>},
    Builtin{"filter", "", test_known<find_filter>},
    Builtin{"test", "", test_known<find_test>},
};

}  // namespace

std::span<const Builtin> tests() { return kTests; }

}  // namespace sotto::text::jinja
