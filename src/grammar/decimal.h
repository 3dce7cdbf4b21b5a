// Decimal numbers without rounding, and the languages of the numbers that lie within bounds. Knows no JSON but how it
// writes numbers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "grammar/expression.h"

namespace sotto::grammar {

// What numbers have at most, where they are written by a grammar: integers of that many digits fit 64 bits.
inline constexpr int kMostWholeDigits = 18, kMostFractionDigits = 18;

struct Decimal {
  bool negative = false;
  std::string whole = "0";  // no zeros in front but for zero itself
  std::string fraction;     // no zeros at the end

  bool is_zero() const { return whole == "0" && fraction.empty(); }
  bool is_integer() const { return fraction.empty(); }
};

// A number as JSON writes it. Nothing when it has more than 400 digits.
std::optional<Decimal> read_decimal(std::string_view written);
// Below 0, 0 or above, as a is less than, equal to or greater than b.
int compare(const Decimal& a, const Decimal& b);
// By value where both can be read, otherwise as they are written.
bool same_number(std::string_view a, std::string_view b);
// 2 for 100, -2 for 0.01; nothing when it is no power of ten.
std::optional<int> power_of_ten(const Decimal& number);

struct NumberBounds {
  std::optional<Decimal> least, most;
  bool least_excluded = false, most_excluded = false;
  std::optional<int> step;  // multiples of ten to this power alone

  bool any() const { return least || most || step; }
};

// Numbers without exponent that lie within the bounds, with at most the digits above: conditions to hold together, each
// over texts of the letters of a number. `integers`: without fraction.
std::vector<Expression> number_conditions(const NumberBounds& bounds, bool integers);

}  // namespace sotto::grammar
