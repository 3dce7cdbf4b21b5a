#include "grammar/decimal.h"

#include <algorithm>
#include <charconv>

namespace sotto::grammar {
namespace {

constexpr std::size_t kMostDigits = 400;

Expression digits_from(char first, char last) {
  return one_of({{static_cast<char32_t>(first), static_cast<char32_t>(last)}});
}
Expression digit() { return digits_from('0', '9'); }
Expression digits(int least, int most = kUnbounded) { return repeat(digit(), least, most); }
Expression any_fraction() { return optional(sequence_of({text_of("."), digits(1)})); }

// Whole numbers of the digits of `bound`, that are larger (or smaller) than it.
void append_beyond(const std::string& bound, bool larger, std::vector<Expression>& choices) {
  for (std::size_t i = 0; i < bound.size(); ++i) {
    const char least = larger ? static_cast<char>(bound[i] + 1) : (i == 0 && bound.size() > 1 ? '1' : '0');
    const char most = larger ? '9' : static_cast<char>(bound[i] - 1);
    if (least > most) continue;
    const auto rest = static_cast<int>(bound.size() - i) - 1;
    choices.push_back(sequence_of({text_of(bound.substr(0, i)), digits_from(least, most), digits(rest, rest)}));
  }
}

Expression whole_above(const std::string& bound) {
  std::vector<Expression> choices;
  append_beyond(bound, true, choices);
  choices.push_back(sequence_of({digits_from('1', '9'), digits(static_cast<int>(bound.size()))}));
  return choice_of(std::move(choices));
}

Expression whole_below(const std::string& bound) {
  std::vector<Expression> choices;
  append_beyond(bound, false, choices);
  if (bound.size() > 1) choices.push_back(text_of("0"));
  if (bound.size() > 1)
    choices.push_back(sequence_of({digits_from('1', '9'), digits(0, static_cast<int>(bound.size()) - 2)}));
  return choice_of(std::move(choices));
}

// What stands after the whole part that equals the bound's, point included.
Expression fraction_above(const std::string& bound, bool excluded) {
  std::vector<Expression> choices;
  for (std::size_t i = 0; i < bound.size(); ++i)
    if (bound[i] < '9')
      choices.push_back(sequence_of(
          {text_of("." + bound.substr(0, i)), digits_from(static_cast<char>(bound[i] + 1), '9'), digits(0)}));
  const Expression more = sequence_of({repeat(text_of("0"), 0, kUnbounded), digits_from('1', '9'), digits(0)});
  choices.push_back(sequence_of({text_of("." + bound), more}));
  if (!excluded) {
    const Expression zeros = repeat(text_of("0"), bound.empty() ? 1 : 0, kUnbounded);
    choices.push_back(sequence_of({text_of("." + bound), zeros}));
    if (bound.empty()) choices.push_back(text_of(""));
  }
  return choice_of(std::move(choices));
}

Expression fraction_below(const std::string& bound, bool excluded) {
  std::vector<Expression> choices;
  if (!bound.empty()) choices.push_back(text_of(""));
  for (std::size_t i = 0; i < bound.size(); ++i) {
    if (i > 0) choices.push_back(text_of("." + bound.substr(0, i)));
    if (bound[i] > '0')
      choices.push_back(sequence_of(
          {text_of("." + bound.substr(0, i)), digits_from('0', static_cast<char>(bound[i] - 1)), digits(0)}));
  }
  if (!excluded) {
    const Expression zeros = repeat(text_of("0"), bound.empty() ? 1 : 0, kUnbounded);
    choices.push_back(sequence_of({text_of("." + bound), zeros}));
    if (bound.empty()) choices.push_back(text_of(""));
  }
  return choice_of(std::move(choices));
}

// Magnitudes beyond a bound, itself where it is not excluded.
Expression at_least(const Decimal& bound, bool excluded) {
  return choice_of({sequence_of({whole_above(bound.whole), any_fraction()}),
                    sequence_of({text_of(bound.whole), fraction_above(bound.fraction, excluded)})});
}

Expression at_most(const Decimal& bound, bool excluded) {
  return choice_of({sequence_of({whole_below(bound.whole), any_fraction()}),
                    sequence_of({text_of(bound.whole), fraction_below(bound.fraction, excluded)})});
}

Expression any_magnitude() { return sequence_of({digits(1), any_fraction()}); }
Expression minus(Expression magnitude) { return sequence_of({text_of("-"), std::move(magnitude)}); }

Expression not_below(const Decimal& bound, bool excluded) {
  if (!bound.negative) return at_least(bound, excluded);
  return choice_of({any_magnitude(), minus(at_most(bound, excluded))});
}

Expression not_above(const Decimal& bound, bool excluded) {
  if (bound.negative || (bound.is_zero() && excluded)) return minus(at_least(bound, excluded));
  return choice_of({minus(any_magnitude()), at_most(bound, excluded)});
}

Expression shape(bool integers) {
  const Expression positive = sequence_of({digits_from('1', '9'), digits(0, kMostWholeDigits - 1)});
  const Expression fraction = sequence_of({text_of("."), digits(1, kMostFractionDigits)});
  Expression whole = choice_of({text_of("0"), sequence_of({optional(text_of("-")), positive})});
  if (integers) return whole;
  return choice_of(
      {std::move(whole), sequence_of({optional(text_of("-")), choice_of({text_of("0"), positive}), fraction})});
}

Expression multiples(int power) {
  if (power < 0)
    return sequence_of({optional(text_of("-")), digits(1), optional(sequence_of({text_of("."), digits(1, -power)}))});
  const Expression zeros = repeat(text_of("0"), power, power);
  return choice_of({text_of("0"), sequence_of({optional(text_of("-")), digits(1), zeros})});
}

}  // namespace

std::optional<Decimal> read_decimal(std::string_view written) {
  Decimal number;
  if (written.starts_with("-")) {
    number.negative = true;
    written.remove_prefix(1);
  }
  const std::size_t e = written.find_first_of("eE");
  long exponent = 0;
  if (e != std::string_view::npos) {
    std::string_view power = written.substr(e + 1);
    if (power.starts_with("+")) power.remove_prefix(1);
    if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec != std::errc()) return std::nullopt;
    written = written.substr(0, e);
  }
  const std::size_t point = std::min(written.find('.'), written.size());
  std::string all(written.substr(0, point));
  if (point < written.size()) all += written.substr(point + 1);
  long place = static_cast<long>(point) + exponent;  // of the point, in `all`
  if (all.find_first_not_of('0') == std::string::npos) return Decimal{};
  constexpr auto kMost = static_cast<long>(kMostDigits);
  if (all.size() > kMostDigits || place > kMost || place < -kMost) return std::nullopt;
  if (place < 0) {
    all.insert(0, static_cast<std::size_t>(-place), '0');
    place = 0;
  }
  if (place > static_cast<long>(all.size())) all.append(static_cast<std::size_t>(place) - all.size(), '0');
  number.whole = all.substr(0, static_cast<std::size_t>(place));
  number.fraction = all.substr(static_cast<std::size_t>(place));
  number.whole.erase(0, std::min(number.whole.find_first_not_of('0'), number.whole.size()));
  if (number.whole.empty()) number.whole = "0";
  number.fraction.erase(number.fraction.find_last_not_of('0') + 1);
  return number;
}

int compare(const Decimal& a, const Decimal& b) {
  const bool below_a = a.negative && !a.is_zero(), below_b = b.negative && !b.is_zero();
  if (below_a != below_b) return below_a ? -1 : 1;
  int magnitude = 0;
  if (a.whole.size() != b.whole.size()) magnitude = a.whole.size() < b.whole.size() ? -1 : 1;
  else if (a.whole != b.whole) magnitude = a.whole < b.whole ? -1 : 1;
  else if (a.fraction != b.fraction) magnitude = a.fraction < b.fraction ? -1 : 1;
  return below_a ? -magnitude : magnitude;
}

bool same_number(std::string_view a, std::string_view b) {
  const auto x = read_decimal(a), y = read_decimal(b);
  return x && y ? compare(*x, *y) == 0 : a == b;
}

std::optional<int> power_of_ten(const Decimal& number) {
  if (number.negative) return std::nullopt;
  const auto is_one_and_zeros = [](std::string_view digits) {
    return digits.starts_with('1') && digits.find_first_not_of('0', 1) == std::string_view::npos;
  };
  if (number.fraction.empty() && is_one_and_zeros(number.whole)) return static_cast<int>(number.whole.size()) - 1;
  if (number.whole == "0" && number.fraction.ends_with('1') &&
      number.fraction.find_first_not_of('0') + 1 == number.fraction.size())
    return -static_cast<int>(number.fraction.size());
  return std::nullopt;
}

std::vector<Expression> number_conditions(const NumberBounds& bounds, bool integers) {
  std::vector<Expression> conditions;
  conditions.push_back(shape(integers));
  if (bounds.least) conditions.push_back(not_below(*bounds.least, bounds.least_excluded));
  if (bounds.most) conditions.push_back(not_above(*bounds.most, bounds.most_excluded));
  if (bounds.step) conditions.push_back(multiples(*bounds.step));
  return conditions;
}

}  // namespace sotto::grammar
