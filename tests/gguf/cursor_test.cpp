#include "gguf/cursor.h"

#include <gtest/gtest.h>

#include "gguf/bytes.h"

namespace sotto::gguf {
namespace {

TEST(Cursor, ReadsNumbersInOrderAtAnyAddress) {
  Bytes bytes;
  bytes.u8(7).u32(0x01020304).number(-2.5);
  Cursor cursor(bytes.span());
  std::uint8_t first = 0;
  std::uint32_t second = 0;
  double third = 0;
  ASSERT_TRUE(cursor.read(first) && cursor.read(second) && cursor.read(third));
  EXPECT_EQ(first, 7);
  EXPECT_EQ(second, 0x01020304u);
  EXPECT_EQ(third, -2.5);
  EXPECT_EQ(cursor.position(), 13u);
  EXPECT_EQ(cursor.left(), 0u);
}

TEST(Cursor, FailedReadsLeaveItInPlace) {
  Bytes bytes;
  bytes.u32(1).raw("abc");
  Cursor cursor(bytes.span());
  std::uint32_t number = 0;
  ASSERT_TRUE(cursor.read(number));
  std::span<const std::byte> part;
  std::string_view text;
  EXPECT_FALSE(cursor.read(number));
  EXPECT_FALSE(cursor.take(4, part));
  EXPECT_FALSE(cursor.take(~0ull, part));
  EXPECT_FALSE(cursor.read_string(text));
  EXPECT_EQ(cursor.position(), 4u);
  EXPECT_TRUE(cursor.take(3, part));
}

TEST(Cursor, StringsStayInside) {
  for (const std::uint64_t length : {4ull, 1ull << 31, 1ull << 63, ~0ull}) {
    Bytes bytes;
    bytes.u64(length).raw("abc");
    Cursor cursor(bytes.span());
    std::string_view text;
    EXPECT_FALSE(cursor.read_string(text)) << length;
    EXPECT_EQ(cursor.position(), 0u);
  }
  Bytes bytes;
  bytes.text("abc").text("");
  Cursor cursor(bytes.span());
  std::string_view text;
  ASSERT_TRUE(cursor.read_string(text));
  EXPECT_EQ(text, "abc");
  ASSERT_TRUE(cursor.read_string(text));
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace sotto::gguf
