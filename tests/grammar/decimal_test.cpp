#include "grammar/decimal.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "grammar/dfa.h"

namespace sotto::grammar {
namespace {

Decimal decimal(std::string_view written) {
  const auto read = read_decimal(written);
  EXPECT_TRUE(read) << written;
  return read.value_or(Decimal{});
}

bool is(const Decimal& number, bool negative, std::string_view whole, std::string_view fraction) {
  return number.negative == negative && number.whole == whole && number.fraction == fraction;
}

TEST(Decimal, ReadsWhatJsonWrites) {
  EXPECT_TRUE(is(decimal("-12.50"), true, "12", "5"));
  EXPECT_TRUE(is(decimal("0.0"), false, "0", ""));
  EXPECT_TRUE(is(decimal("-0"), false, "0", ""));
  EXPECT_TRUE(is(decimal("1.5e3"), false, "1500", ""));
  EXPECT_TRUE(is(decimal("12.34E1"), false, "123", "4"));
  EXPECT_TRUE(is(decimal("5e-3"), false, "0", "005"));
  EXPECT_TRUE(is(decimal("1e+2"), false, "100", ""));
  EXPECT_FALSE(read_decimal("1e999"));
  EXPECT_FALSE(read_decimal("1e-999999999999999999999"));
  EXPECT_FALSE(read_decimal(std::string(1000, '1')));
}

TEST(Decimal, ComparesByValue) {
  EXPECT_TRUE(same_number("1.0", "1"));
  EXPECT_TRUE(same_number("1e2", "100"));
  EXPECT_TRUE(same_number("-0.0", "0"));
  EXPECT_FALSE(same_number("1", "1.00000000000000000001"));
  EXPECT_TRUE(same_number("1e999", "1e999"));
  EXPECT_LT(compare(decimal("-2"), decimal("-1.5")), 0);
  EXPECT_GT(compare(decimal("10"), decimal("9.99")), 0);
  EXPECT_LT(compare(decimal("0.1"), decimal("0.11")), 0);
}

TEST(Decimal, FindsPowersOfTen) {
  EXPECT_EQ(power_of_ten(decimal("1")), 0);
  EXPECT_EQ(power_of_ten(decimal("100")), 2);
  EXPECT_EQ(power_of_ten(decimal("0.01")), -2);
  for (const char* other : {"0", "-1", "2", "110", "0.02", "1.1", "0.011"})
    EXPECT_FALSE(power_of_ten(decimal(other))) << other;
}

bool within(const NumberBounds& bounds, bool integers, std::string_view text) {
  for (const Expression& condition : number_conditions(bounds, integers)) {
    const auto language = Dfa::of(condition, {});
    if (!language || !language->matches(text)) return false;
  }
  return true;
}

// Thousandths as integers are the oracle.
TEST(Decimal, LanguagesHoldWhatLiesWithinTheBounds) {
  std::mt19937 random(11);
  const auto thousandths = [](long n, bool plain) {
    const long size = std::abs(n);
    std::string text = (n < 0 ? "-" : "") + std::to_string(size / 1000);
    if (plain && n % 1000 == 0) return text;
    const std::string digits = std::to_string(1000 + size % 1000).substr(1);
    return text + "." + digits;
  };
  const long sizes[] = {3, 1500, 20'000, 1'234'567};
  for (int round = 0; round < 150; ++round) {
    const long size = sizes[random() % 4];
    const auto draw = [&] { return static_cast<long>(random() % (2 * static_cast<unsigned long>(size) + 1)) - size; };
    NumberBounds bounds;
    const long least = draw(), most = draw();
    const bool has_least = random() % 3 != 0, has_most = random() % 3 != 0;
    if (has_least) bounds.least = decimal(thousandths(least, true));
    if (has_most) bounds.most = decimal(thousandths(most, true));
    bounds.least_excluded = random() % 2;
    bounds.most_excluded = random() % 2;
    const bool integers = random() % 3 == 0;
    for (int i = 0; i < 40; ++i) {
      long n = i % 3 == 0 ? draw() : (i % 3 == 1 ? least : most) + static_cast<long>(random() % 5) - 2;
      if (integers) n -= n % 1000;
      if (n == 0 && !integers) continue;  // -0.000 is not asked for
      const bool expected = (!has_least || (bounds.least_excluded ? n > least : n >= least)) &&
                            (!has_most || (bounds.most_excluded ? n < most : n <= most));
      ASSERT_EQ(within(bounds, integers, thousandths(n, integers || random() % 2)), expected)
          << n << " from " << least << " to " << most;
    }
  }
}

TEST(Decimal, MultiplesEndWithZeros) {
  NumberBounds bounds;
  bounds.step = 2;
  EXPECT_TRUE(within(bounds, true, "-1200"));
  EXPECT_TRUE(within(bounds, true, "0"));
  EXPECT_FALSE(within(bounds, true, "120"));
  bounds.step = -2;
  EXPECT_TRUE(within(bounds, false, "1.25"));
  EXPECT_FALSE(within(bounds, false, "1.255"));
  bounds.step = 0;
  EXPECT_FALSE(within(bounds, false, "1.5"));
}

TEST(Decimal, DigitsAreBounded) {
  EXPECT_TRUE(within({}, true, "999999999999999999"));
  EXPECT_FALSE(within({}, true, "1000000000000000000"));
  EXPECT_FALSE(within({}, false, "01"));
  EXPECT_FALSE(within({}, false, "1."));
  EXPECT_FALSE(within({}, true, "-0"));
}

}  // namespace
}  // namespace sotto::grammar
