#include "text/bert_characters.h"

#include <gtest/gtest.h>

namespace sotto::text::bert {
namespace {

TEST(BertCharacters, WhatIsCleanedAway) {
  EXPECT_TRUE(is_dropped(0));
  EXPECT_TRUE(is_dropped(0xFFFD));
  EXPECT_TRUE(is_dropped(0x200D));
  EXPECT_TRUE(is_dropped(0xE000));
  EXPECT_FALSE(is_dropped('\n'));
  EXPECT_TRUE(is_space('\n'));
  EXPECT_TRUE(is_space(0x3000));
  EXPECT_FALSE(is_space(0x0B));
}

TEST(BertCharacters, WhatStandsAlone) {
  EXPECT_TRUE(is_punctuation('$'));
  EXPECT_TRUE(is_punctuation(0x3002));
  EXPECT_FALSE(is_punctuation(0x20AC)) << "a symbol beyond ASCII is none";
  EXPECT_FALSE(is_punctuation(0x2E4F)) << "newer than the reference";
  EXPECT_TRUE(is_ideograph(0x4E16));
  EXPECT_FALSE(is_ideograph(0x3042));
}

TEST(BertCharacters, AccentsAndCase) {
  EXPECT_EQ(decompose(0xE9), U"e\u0301");
  EXPECT_EQ(decompose(0xD55C), U"\u1112\u1161\u11AB");
  EXPECT_TRUE(is_accent(0x301));
  EXPECT_FALSE(is_accent(0x93E)) << "a spacing mark";
  EXPECT_EQ(lower(0x394), 0x3B4u);
}

}  // namespace
}  // namespace sotto::text::bert
