#include "grammar/json_formats.h"

#include <gtest/gtest.h>

#include "grammar/dfa.h"
#include "grammar/regex.h"

namespace sotto::grammar {
namespace {

bool is(std::string_view format, std::string_view text) {
  const char* pattern = find_format(format);
  EXPECT_NE(pattern, nullptr) << format;
  if (pattern == nullptr) return false;
  const auto expression = read_regex(pattern, {});
  EXPECT_TRUE(expression) << format << ": " << expression.error().message;
  const auto language = Dfa::of(*expression, {});
  EXPECT_TRUE(language) << format;
  return language && language->matches(text);
}

int days_in(int year, int month) {
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap ? 29 : kDays[month - 1];
}

TEST(JsonFormats, DatesAreThoseOfTheCalendar) {
  const auto expression = read_regex(find_format("date"), {});
  ASSERT_TRUE(expression);
  const auto dates = Dfa::of(*expression, {});
  ASSERT_TRUE(dates);
  char text[16];
  for (const int year : {0, 1, 4, 100, 400, 1900, 1999, 2000, 2023, 2024, 2096, 2100, 2400, 9999})
    for (int month = 0; month <= 13; ++month)
      for (int day = 0; day <= 32; ++day) {
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        const bool expected = year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days_in(year, month);
        ASSERT_EQ(dates->matches(text), expected) << text;
      }
  EXPECT_FALSE(dates->matches("2024-1-01"));
}

// The suite (suite_test.py) has many more; here stands what is left out on purpose.
TEST(JsonFormats, SomeValidWritingsAreLeftOut) {
  EXPECT_TRUE(is("time", "23:59:59.123Z"));
  EXPECT_TRUE(is("time", "00:00:00+05:30"));
  EXPECT_FALSE(is("time", "23:59:60Z"));
  EXPECT_FALSE(is("time", "23:59:59z"));
  EXPECT_TRUE(is("date-time", "2024-02-29T12:00:00Z"));
  EXPECT_FALSE(is("date-time", "2024-02-29t12:00:00Z"));
  EXPECT_FALSE(is("date-time", "2023-02-29T12:00:00Z"));
  EXPECT_TRUE(is("email", "a.b+c@example.org"));
  EXPECT_FALSE(is("email", "a..b@example.org"));
  EXPECT_FALSE(is("email", "\"a b\"@example.org"));
}

TEST(JsonFormats, Addresses) {
  for (const char* text : {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "fe80::1:2",
                           "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1::1.2.3.4"})
    EXPECT_TRUE(is("ipv6", text)) << text;
  for (const char* text : {"", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
                           "12345::", "1:2:3:4:5:6:7:8::", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "fe80::1%eth0"})
    EXPECT_FALSE(is("ipv6", text)) << text;
  EXPECT_TRUE(is("ipv4", "255.0.19.249"));
  for (const char* text : {"256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4.5"}) EXPECT_FALSE(is("ipv4", text)) << text;
  EXPECT_TRUE(is("hostname", "a-b.example.org"));
  for (const char* text : {"-a.b", "a-.b", "a..b", "", "a_b"}) EXPECT_FALSE(is("hostname", text)) << text;
  EXPECT_TRUE(is("uri", "https://user@example.org:80/a/b%20c?d=e#f"));
  EXPECT_TRUE(is("uri", "mailto:a@b.c"));
  for (const char* text : {"//example.org", "a b:c", "http://a b", "abc", "http://a/%2"})
    EXPECT_FALSE(is("uri", text)) << text;
  EXPECT_TRUE(is("uuid", "2EB8AA08-aa98-11ea-b4aa-73b441d16380"));
  EXPECT_FALSE(is("uuid", "2eb8aa08aa9811eab4aa73b441d16380"));
  EXPECT_EQ(find_format("colour"), nullptr);
}

}  // namespace
}  // namespace sotto::grammar
