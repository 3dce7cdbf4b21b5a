// How a formatted value is laid out, by either of Python's formatting languages.
#pragma once

#include "text/jinja/interpreter.h"

namespace sotto::text::jinja {

struct FormatSpec {
  std::string_view fill = " ";
  char align = 0;  // '<', '>', '^', '=' (after the sign), 0: the type's own
  char sign = '-';
  char grouping = 0;
  char type = 0;
  bool alternate = false;
  bool zero = false;
  std::size_t width = 0;
  int precision = -1;
};

inline constexpr std::size_t kMaxPrecision = 1000;

// Reads a decimal number at `at` and moves past it. False when there is none; fails beyond a million.
bool read_count(Interpreter& in, std::string_view text, std::size_t& at, std::size_t& out);

// Pads text to the width, by characters. A number has its sign and prefix in front: zeros go behind them.
void append_padded(Interpreter& in, const Str& body, std::size_t n_front, const FormatSpec& spec, char own_align,
                   TextBuilder& out);

// `value` as the spec's type says, padded. Fails where the type does not fit the value.
void append_character(Interpreter& in, const Value& value, const FormatSpec& spec, TextBuilder& out);
void append_integer(Interpreter& in, Int value, const FormatSpec& spec, TextBuilder& out);
void append_float(Interpreter& in, double value, const FormatSpec& spec, TextBuilder& out);

}  // namespace sotto::text::jinja
