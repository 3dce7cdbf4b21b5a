#include "text/byte_alphabet.h"

#include <gtest/gtest.h>

namespace sotto::text {
namespace {

// The published table maps printable Latin-1 to itself and the 68 other bytes to U+0100 and up, in
// order.
TEST(ByteAlphabet, IsThePublishedOne) {
  EXPECT_EQ(letter_of_byte(' '), 0x120u);   // the G with a dot of " the"
  EXPECT_EQ(letter_of_byte('\n'), 0x10Au);  // the C with a dot of a line break
  EXPECT_EQ(letter_of_byte('A'), U'A');
  EXPECT_EQ(letter_of_byte(0xAD), 0x143u);
  EXPECT_EQ(letter_of_byte(0xFF), 0xFFu);
  EXPECT_EQ(spell_bytes("\xC3\xA9 "), "\xC3\x83\xC2\xA9\xC4\xA0");
}

TEST(ByteAlphabet, EveryByteComesBack) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    ASSERT_EQ(byte_of_letter(letter_of_byte(static_cast<unsigned char>(byte))), byte);
    const std::string one(1, static_cast<char>(byte));
    EXPECT_EQ(bytes_of_spelling(spell_bytes(one)), one);
  }
  EXPECT_FALSE(byte_of_letter(0x144));
  EXPECT_FALSE(byte_of_letter(' '));
}

TEST(ByteAlphabet, LeavesWhatIsNotOfIt) {
  EXPECT_EQ(bytes_of_spelling("<|user \xE4\xB8\x96|>"), "<|user \xE4\xB8\x96|>");
  EXPECT_EQ(bytes_of_spelling("a\xFF"), "a\xFF");
}

}  // namespace
}  // namespace sotto::text
