#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "text/jinja/chars.h"
#include "text/jinja/formatting.h"
#include "text/jinja/operations.h"
#include "text/jinja/registry.h"

namespace sotto::text::jinja {
namespace {

constexpr double kMaxInt = 1.7e38;  // just below 2^127

// Takes single underscores between digits out. False when one stands elsewhere.
bool drop_underscores(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
      continue;
    }
    const bool inside = i > 0 && i + 1 < text.size() && text[i - 1] != '_' && text[i + 1] != '_' &&
                        std::isxdigit(static_cast<unsigned char>(text[i - 1])) &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 1]));
    if (!inside) return false;
  }
  return true;
}

enum class Parsed { kYes, kNo, kTooLarge };

// Takes the prefix 0x, 0o or 0b off where the base allows it; `base` becomes its own.
void drop_prefix(std::string_view& text, Int& base) {
  if (text.size() < 3 || text[0] != '0') return;
  const char mark = static_cast<char>(text[1] | 0x20);
  const Int marked = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
  if (marked == 0 || (base != marked && base != 0)) return;
  base = marked;
  text.remove_prefix(text[2] == '_' ? 3 : 2);
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = (c | 0x20) - 'a';
  return letter >= 0 && letter < 26 ? letter + 10 : 99;
}

Parsed accumulate(std::string_view digits, Int base, Int& out) {
  out = 0;
  for (const char c : digits) {
    const int digit = digit_value(c);
    if (digit >= base) return Parsed::kNo;
    if (__builtin_mul_overflow(out, base, &out)) return Parsed::kTooLarge;
    if (__builtin_add_overflow(out, Int{digit}, &out)) return Parsed::kTooLarge;
  }
  return Parsed::kYes;
}

// int(text, base)
Parsed parse_int(std::string_view text, Int base, Int& out) {
  text = strip_left(strip_right(text));
  const bool negative = text.starts_with("-");
  if (negative || text.starts_with("+")) text.remove_prefix(1);
  drop_prefix(text, base);
  std::string digits;
  if (!drop_underscores(text, digits) || digits.empty() || digits.size() > 5000) return Parsed::kNo;
  const bool zero = digits.find_first_not_of('0') == std::string::npos;
  if (base == 0 && digits[0] == '0' && !zero) return Parsed::kNo;
  const Parsed parsed = accumulate(digits, base == 0 ? 10 : base, out);
  if (negative) out = -out;
  return parsed;
}

// float(text)
bool parse_float(std::string_view text, double& out) {
  text = strip_left(strip_right(text));
  std::string digits;
  if (!drop_underscores(text, digits) || digits.empty() || digits.size() > 5000) return false;
  std::string lower = digits;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  const std::string word = lower.substr(lower[0] == '-' || lower[0] == '+' ? 1 : 0);
  const bool named = word == "inf" || word == "infinity" || word == "nan";
  if (!named && lower.find_first_not_of("0123456789+-.e") != std::string::npos) return false;
  char* end = nullptr;
  out = std::strtod(lower.c_str(), &end);
  return end == lower.c_str() + lower.size();
}

// int(number); a failure where the number has no whole value.
Value truncated(Interpreter& in, double value) {
  if (std::fabs(value) < kMaxInt) return Value::of(static_cast<Int>(value));
  if (std::isinf(value)) return in.type_error("cannot convert float infinity to integer");
  return in.fail(ErrorCode::kUnsupported, "an integer of more than 127 bits");
}

Value text_to_int(Interpreter& in, std::string_view text, const Value& base_given, const Value& fallback) {
  Int base = 10, whole = 0;
  if (!base_given.missing() && !to_index(in, base_given, base)) return {};
  const bool valid_base = base == 0 || (base >= 2 && base <= 36);
  if (valid_base && in.step(text.size() / 16)) {
    const Parsed parsed = parse_int(text, base, whole);
    if (parsed == Parsed::kYes) return Value::of(whole);
    if (parsed == Parsed::kTooLarge) return in.fail(ErrorCode::kUnsupported, "an integer of more than 127 bits");
  }
  double real = 0;
  if (!parse_float(text, real) || !std::isfinite(real)) return fallback;
  return truncated(in, real);
}

// args: default, base
Value filter_int(Interpreter& in, const Value& self, const Values& args) {
  const Value fallback = args[0].missing() ? Value::of(Int{0}) : args[0];
  if (self.undefined()) return in.undefined_error(self);
  if (self.is_integral()) return Value::of(self.integer());
  if (self.is(Kind::kFloat)) return std::isnan(self.real()) ? fallback : truncated(in, self.real());
  return self.is_string() ? text_to_int(in, self.bytes(), args[1], fallback) : fallback;
}

Value filter_float(Interpreter& in, const Value& self, const Values& args) {
  double real = 0;
  if (self.undefined()) return in.undefined_error(self);
  if (self.is_number()) return Value::of(self.real());
  if (self.is_string() && in.step(self.bytes().size() / 16) && parse_float(self.bytes(), real)) {
    return Value::of(real);
  }
  return args[0].missing() ? Value::of(0.0) : args[0];
}

Value filter_abs(Interpreter& in, const Value& self, const Values&) {
  if (self.is(Kind::kFloat)) return Value::of(std::fabs(self.real()));
  if (self.is_integral()) return self.integer() < 0 ? negate(in, self) : Value::of(self.integer());
  if (self.undefined()) return in.undefined_error(self);
  return in.type_error(fmt::format("bad operand type for abs(): '{}'", type_name(self)));
}

bool read_index(Interpreter& in, const Value& given, Int& out) {
  return given.none_or_missing() || to_index(in, given, out);
}

// Half goes to the even neighbour.
Value round_integer(Interpreter& in, Int value, Int precision) {
  if (precision >= 0) return Value::of(value);
  if (precision < -38) return Value::of(Int{0});
  Int unit = 1;
  for (Int i = 0; i < -precision; ++i) unit *= 10;
  Int rest = value % unit;
  if (rest < 0) rest += unit;
  const Int low = value - rest;
  const bool up = rest * 2 > unit || (rest * 2 == unit && (low / unit) % 2 != 0);
  return up ? compute(in, Op::kAdd, Value::of(low), Value::of(unit)) : Value::of(low);
}

Value round_float(double value, Int precision) {
  if (!std::isfinite(value) || precision > 340) return Value::of(value);
  if (precision >= 0) {
    const std::string digits = float_digits(value, 'f', static_cast<int>(precision));
    return Value::of(std::copysign(std::strtod(digits.c_str(), nullptr), value));
  }
  if (precision < -308) return Value::of(std::copysign(0.0, value));
  const double unit = std::pow(10.0, static_cast<double>(-precision));
  return Value::of(std::copysign(std::nearbyint(std::fabs(value) / unit) * unit, value));
}

Value round_to_nearest(Interpreter& in, const Value& number, const Value& precision_given) {
  if (precision_given.is(Kind::kNone) && number.is(Kind::kFloat)) {
    return std::isnan(number.real()) ? in.type_error("cannot convert float NaN to integer")
                                     : truncated(in, std::nearbyint(number.real()));
  }
  Int precision = 0;
  if (!read_index(in, precision_given, precision)) return {};
  return number.is_integral() ? round_integer(in, number.integer(), precision) : round_float(number.real(), precision);
}

// floor or ceil of number * 10**precision, divided again
Value round_towards(Interpreter& in, const Value& number, const Value& precision, bool up) {
  const Value unit = compute(in, Op::kPow, Value::of(Int{10}), precision.missing() ? Value::of(Int{0}) : precision);
  const Value scaled = compute(in, Op::kMul, number, unit);
  if (!in.ok()) return {};
  const double whole = up ? std::ceil(scaled.real()) : std::floor(scaled.real());
  if (std::isnan(whole)) return in.type_error("cannot convert float NaN to integer");
  const Value rounded = scaled.is_integral() ? scaled : truncated(in, whole);
  return compute(in, Op::kDiv, rounded, unit);
}

// args: precision, method
Value filter_round(Interpreter& in, const Value& self, const Values& args) {
  const std::string_view method = args[1].missing() ? "common" : args[1].is_string() ? args[1].bytes() : "";
  if (method != "common" && method != "ceil" && method != "floor") {
    return in.type_error("round: the method must be common, ceil or floor");
  }
  if (self.undefined()) return in.undefined_error(self);
  if (!self.is_number()) return in.type_error(fmt::format("'{}' cannot be rounded", type_name(self)));
  return method == "common" ? round_to_nearest(in, self, args[0]) : round_towards(in, self, args[0], method == "ceil");
}

Value filter_filesizeformat(Interpreter& in, const Value& self, const Values& args) {
  const bool binary = truthy(args[0]);
  double bytes = 0;
  if (self.is_number()) {
    bytes = self.real();
  } else if (!self.is_string() || !parse_float(self.bytes(), bytes)) {
    return in.type_error("filesizeformat needs a number");
  }
  const double base = binary ? 1024 : 1000;
  if (bytes == 1) return in.text("1 Byte");
  if (bytes < base) return in.text(fmt::format("{} Bytes", int_text(static_cast<Int>(bytes))));
  static constexpr std::string_view kPrefixes = "kMGTPEZY";
  double unit = base;
  std::size_t i = 0;
  do {
    unit *= base;
  } while (bytes >= unit && ++i < kPrefixes.size() - 1);
  if (bytes >= unit && i == kPrefixes.size() - 1) unit *= base;
  const char prefix = binary && i == 0 ? 'K' : kPrefixes[i];
  return in.text(fmt::format("{} {}{}B", float_digits(base * bytes / unit, 'f', 1), prefix, binary ? "i" : ""));
}

constexpr std::array kNumberFilters = {
    Builtin{"int", "default?,base?", filter_int},
    Builtin{"float", "default?", filter_float},
    Builtin{"abs", "", filter_abs},
    Builtin{"round", "precision?,method?", filter_round},
    Builtin{"filesizeformat", "binary?", filter_filesizeformat},
};

}  // namespace

std::span<const Builtin> number_filters() { return kNumberFilters; }

}  // namespace sotto::text::jinja
