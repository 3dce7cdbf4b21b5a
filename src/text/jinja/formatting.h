// Python's two ways to format text, and HTML escaping.
#pragma once

#include "text/jinja/interpreter.h"

namespace sotto::text::jinja {

// format % values, where values is a tuple, a mapping or a single value.
Value percent_format(Interpreter& in, const Value& format, const Value& values);

// format.format(*args, **kwargs)
Value brace_format(Interpreter& in, const Str& format, const Args& args);

// One number or text laid out as a format spec says: [[fill]align][sign][#][0][width][,][.precision][type]
void append_formatted(Interpreter& in, const Value& value, std::string_view spec, TextBuilder& out);

// Digits of a number in the notation `type` (one of e E f F g G), with Python's rounding.
std::string float_digits(double value, char type, int precision, bool alternate = false);

// &, <, >, ' and " as entities
void append_escaped(const Str& text, TextBuilder& out);

}  // namespace sotto::text::jinja
