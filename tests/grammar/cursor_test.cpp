#include "grammar/cursor.h"

#include <gtest/gtest.h>

namespace sotto::grammar {
namespace {

TEST(Cursor, Reads) {
  Cursor cursor("ab\xC3\xA9 41zz 0123456789", "text");
  EXPECT_FALSE(cursor.take("b"));
  EXPECT_TRUE(cursor.take("ab"));
  EXPECT_EQ(cursor.take_code_point(), U'é');
  EXPECT_TRUE(cursor.take(" "));
  EXPECT_FALSE(cursor.take_hex(3));
  EXPECT_EQ(cursor.take_hex(2), 0x41u);
  EXPECT_FALSE(cursor.take_number());
  EXPECT_EQ(cursor.peek(2), ' ');
  EXPECT_TRUE(cursor.take("zz "));
  EXPECT_EQ(cursor.take_number(), 123456789);
  EXPECT_TRUE(cursor.at_end());
  EXPECT_EQ(cursor.peek(), '\0');
}

TEST(Cursor, NumbersDoNotOverflow) { EXPECT_EQ(Cursor("99999999999999999999999", "n").take_number(), 999'999'999); }

TEST(Cursor, ErrorsNameTheirPlace) {
  Cursor cursor("one\ntwö x\n", "grammar");
  cursor.go_to(9);
  EXPECT_EQ(cursor.found(), "'x'");
  EXPECT_EQ(cursor.error("no").error().message, "grammar, line 2, column 5: no");
  cursor.go_to(10);
  EXPECT_EQ(cursor.found(), "the end of the line");
  EXPECT_EQ(Cursor("", "g").error("no").error().message, "g, line 1, column 1: no");
  EXPECT_EQ(Cursor("", "g").found(), "the end of the text");
  EXPECT_EQ(Cursor("ö", "g").found(), "'ö'");
}

}  // namespace
}  // namespace sotto::grammar
