#include "text/jinja/format_spec.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "text/jinja/formatting.h"
#include "text/jinja/operations.h"
#include "text/utf8.h"

namespace sotto::text::jinja {
namespace {

constexpr std::size_t kMaxCount = 1'000'000;

std::string digits_in_base(Int value, int base, bool upper) {
  const std::string_view alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string digits;
  do {
    const int digit = static_cast<int>(value % base);
    digits += alphabet[static_cast<std::size_t>(digit < 0 ? -digit : digit)];
    value /= base;
  } while (value != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string group_digits(const std::string& number, char separator, std::size_t every) {
  const std::size_t n = std::min(number.find_first_not_of("0123456789abcdefABCDEF"), number.size());
  std::string grouped;
  for (std::size_t i = 0; i < n; ++i) {
    if (i > 0 && (n - i) % every == 0) grouped += separator;
    grouped += number[i];
  }
  return grouped + number.substr(n);
}

std::string sign_text(bool negative, char sign) { return negative ? "-" : sign == '+' ? "+" : sign == ' ' ? " " : ""; }

void append_number(Interpreter& in, const std::string& front, const std::string& digits, FormatSpec spec,
                   TextBuilder& out) {
  if (spec.zero && spec.align == 0) {
    spec.fill = "0";
    spec.align = '=';
  }
  const Value text = in.text(front + digits);
  append_padded(in, text.str(), front.size(), spec, '>', out);
}

}  // namespace

bool read_count(Interpreter& in, std::string_view text, std::size_t& at, std::size_t& out) {
  const std::size_t begin = at;
  out = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    out = std::min(out * 10 + static_cast<std::size_t>(text[at] - '0'), kMaxCount + 1);
  }
  if (out > kMaxCount) in.fail(ErrorCode::kBudget, "a format's width or precision passes a million");
  return at > begin;
}

void append_padded(Interpreter& in, const Str& body, std::size_t n_front, const FormatSpec& spec, char own_align,
                   TextBuilder& out) {
  const std::size_t n = body.char_count();
  const std::size_t missing = spec.width > n ? spec.width - n : 0;
  if (missing == 0) return out.append(body);
  const char align = spec.align ? spec.align : own_align;
  const Value fill = in.text(spec.fill);
  const std::size_t before = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
  if (align == '=') out.append(body, 0, n_front);
  out.append_repeated(fill.str(), before);
  out.append(body, align == '=' ? n_front : 0, body.size());
  out.append_repeated(fill.str(), missing - before);
}

void append_integer(Interpreter& in, Int value, const FormatSpec& spec, TextBuilder& out) {
  const char lower = static_cast<char>(spec.type | 0x20);
  const int base = lower == 'x' ? 16 : lower == 'o' ? 8 : lower == 'b' ? 2 : 10;
  std::string digits = digits_in_base(value, base, spec.type == 'X');
  if (spec.precision > static_cast<int>(digits.size())) {
    digits.insert(0, static_cast<std::size_t>(spec.precision) - digits.size(), '0');
  }
  if (spec.grouping) digits = group_digits(digits, spec.grouping, base == 10 ? 3 : 4);
  std::string front = sign_text(value < 0, spec.sign);
  if (spec.alternate && base != 10) front += {'0', spec.type};
  append_number(in, front, digits, spec, out);
}

std::string float_digits(double value, char type, int precision, bool alternate) {
  if (!std::isfinite(value)) {
    const bool upper = type >= 'A' && type <= 'Z';
    return std::isnan(value) ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf");
  }
  const char format[] = {
      '%', alternate ? '#' : '.', alternate ? '.' : '*', alternate ? '*' : type, alternate ? type : '\0', '\0'};
  std::string digits(static_cast<std::size_t>(precision) + 330, '\0');
  const int n = std::snprintf(digits.data(), digits.size(), format, precision, std::fabs(value));
  digits.resize(static_cast<std::size_t>(std::max(n, 0)));
  return digits;
}

void append_character(Interpreter& in, const Value& value, const FormatSpec& spec, TextBuilder& out) {
  if (value.is_string() && value.str().char_count() == 1) {
    return append_padded(in, value.str(), 0, spec, '>', out);
  }
  if (!value.is_integral() || value.integer() < 0 || value.integer() > 0x10FFFF) {
    in.type_error("%c needs one character or its number");
    return;
  }
  std::string encoded;
  append_utf8(encoded, static_cast<char32_t>(value.integer()));
  append_padded(in, in.text(encoded).str(), 0, spec, '>', out);
}

// No type: as 'g', but with a digit after the point, which counts as one of the digits.
static std::string plain_digits(double value, int precision) {
  if (!std::isfinite(value)) return float_digits(value, 'g', precision);
  const int n = std::max(precision, 1);
  std::string digits = float_digits(value, 'e', n - 1);
  const std::size_t e = digits.find('e');
  const int point = std::atoi(digits.c_str() + e + 1) + 1;  // digits before the point
  const bool scientific = point <= -4 || point > n - 1;
  std::string tail = scientific ? digits.substr(e) : "";
  digits = scientific ? digits.substr(0, e) : float_digits(value, 'f', n - point);
  if (digits.find('.') != std::string::npos) {
    while (digits.back() == '0') digits.pop_back();
    if (digits.back() == '.') digits += scientific ? "" : "0";
    if (digits.back() == '.') digits.pop_back();
  }
  return digits + tail;
}

void append_float(Interpreter& in, double value, const FormatSpec& spec, TextBuilder& out) {
  const char type = spec.type ? spec.type : 'r';
  const int precision = spec.precision < 0 ? 6 : spec.precision;
  std::string digits;
  if (type == 'r') {
    digits = spec.precision >= 0 ? plain_digits(value, spec.precision) : float_text(std::fabs(value));
    const std::size_t e = digits.find('e');
    if (spec.alternate && e != std::string::npos && digits.find('.') == std::string::npos) digits.insert(e, ".");
  } else if (type == '%') {
    digits = float_digits(value * 100, 'f', precision) + "%";
  } else {
    digits = float_digits(value, type == 'n' ? 'g' : type, precision, spec.alternate);
  }
  if (spec.grouping) digits = group_digits(digits, spec.grouping, 3);
  append_number(in, sign_text(std::signbit(value) && !std::isnan(value), spec.sign), digits, spec, out);
}

}  // namespace sotto::text::jinja
