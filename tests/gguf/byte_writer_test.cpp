#include "gguf/byte_writer.h"

#include <gtest/gtest.h>

#include "gguf/cursor.h"

namespace sotto::gguf {
namespace {

TEST(ByteWriter, WritesWhatCursorReads) {
  struct Pair {
    std::uint32_t a, b;
  };
  ByteWriter writer;
  writer.put(std::uint16_t{7});
  writer.put_text("long");
  writer.put(Pair{1, 2});
  writer.put_raw("xyz", 3);
  const std::vector<std::byte> bytes = writer.take();
  EXPECT_EQ(bytes.size(), 2u + 8 + 4 + 8 + 3);

  Cursor cursor(bytes);
  std::uint16_t number = 0;
  std::string_view text;
  Pair pair{};
  std::span<const std::byte> raw;
  ASSERT_TRUE(cursor.read(number) && cursor.read_string(text) && cursor.read(pair) && cursor.take(3, raw));
  EXPECT_EQ(number, 7);
  EXPECT_EQ(text, "long");
  EXPECT_EQ(pair.b, 2u);
  EXPECT_EQ(raw[2], std::byte{'z'});
  EXPECT_EQ(cursor.left(), 0u);
}

}  // namespace
}  // namespace sotto::gguf
