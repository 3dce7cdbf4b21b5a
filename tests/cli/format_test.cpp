#include "cli/format.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

TEST(Format, Bytes) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1 kB");
  EXPECT_EQ(format_bytes(98'362'432), "98.4 MB");
  EXPECT_EQ(format_bytes(253'113'024), "253 MB");
  EXPECT_EQ(format_bytes(999'949), "1 MB");
  EXPECT_EQ(format_bytes(1'500'000'000'000), "1.5 TB");
}

TEST(Format, Counts) {
  EXPECT_EQ(format_count(134'515'008), "135M");
  EXPECT_EQ(format_count(1'235'814'432), "1.2B");
  EXPECT_EQ(format_count(42), "42");
}

TEST(Format, Times) {
  EXPECT_EQ(format_ms(12.34), "12.3ms");
  EXPECT_EQ(format_ms(4560), "4.56s");
  EXPECT_EQ(format_ms(125'000), "2m05s");
  EXPECT_EQ(format_left(0.4), "0s");
  EXPECT_EQ(format_left(8), "8s");
  EXPECT_EQ(format_left(3720), "1h02m");
  EXPECT_EQ(format_left(-5), "0s");
}

TEST(Format, Rates) {
  EXPECT_EQ(format_rate(50, 1000), "50.00 tokens/s");
  EXPECT_EQ(format_rate(50, 0), "-");
  EXPECT_EQ(format_rate(0, 10), "-");
}

TEST(Format, Ages) {
  EXPECT_EQ(format_ago(-3), "just now");
  EXPECT_EQ(format_ago(59), "just now");
  EXPECT_EQ(format_ago(60), "1 minute ago");
  EXPECT_EQ(format_ago(7200), "2 hours ago");
  EXPECT_EQ(format_ago(8 * 86'400), "1 week ago");
  EXPECT_EQ(format_ago(800 * 86'400), "2 years ago");
}

TEST(Format, TablesAlignAndEndWithoutBlanks) {
  EXPECT_EQ(format_table({{"A", "LONG", "C"}, {"wide cell", "x", ""}, {"y"}}),
            "A          LONG  C\n"
            "wide cell  x\n"
            "y\n");
}

TEST(Format, BarsFillFromLeftToRight) {
  EXPECT_EQ(format_bar(0, 7), "[     ]");
  EXPECT_EQ(format_bar(0.5, 7), "[==>  ]");
  EXPECT_EQ(format_bar(1, 7), "[=====]");
  EXPECT_EQ(format_bar(7, 7), "[=====]");
  EXPECT_EQ(format_bar(0.2, 0), "[ ]");
}

}  // namespace
}  // namespace sotto::cli
