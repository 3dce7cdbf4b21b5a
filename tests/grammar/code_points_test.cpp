#include "grammar/code_points.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace sotto::grammar {
namespace {

TEST(CodePoints, AreSortedAndJoined) {
  const CodePoints points({{'c', 'd'}, {'a', 'b'}, {'x', 'x'}, {'d', 'e'}});
  EXPECT_EQ(points.spans(), (std::vector<CodeSpan>{{'a', 'e'}, {'x', 'x'}}));
  EXPECT_TRUE(points.contains('d'));
  EXPECT_FALSE(points.contains('f'));
  EXPECT_TRUE(CodePoints().empty());
  EXPECT_TRUE(CodePoints({{'b', 'a'}}).empty());
}

TEST(CodePoints, NeverHoldSurrogatesOrWhatUnicodeLacks) {
  EXPECT_EQ(CodePoints::all().spans(), (std::vector<CodeSpan>{{0, 0xD7FF}, {0xE000, 0x10FFFF}}));
  EXPECT_TRUE(CodePoints({{0xD800, 0xDFFF}}).empty());
  EXPECT_EQ(CodePoints({{0x10FFFF, 0xFFFFFFFF}}), CodePoints::one(0x10FFFF));
  EXPECT_EQ(CodePoints().complement(), CodePoints::all());
  EXPECT_TRUE(CodePoints::all().complement().empty());
}

TEST(CodePoints, AreSetsLikeAnyOther) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::set<char32_t> sets[2];
    CodePoints points[2];
    for (int i = 0; i < 2; ++i) {
      std::vector<CodeSpan> spans;
      for (int n = static_cast<int>(random() % 5); n > 0; --n) {
        const auto first = static_cast<char32_t>(0xD7F0 + random() % 0x830);
        spans.push_back({first, static_cast<char32_t>(first + random() % 40)});
        for (char32_t c = first; c <= spans.back().last; ++c)
          if (c < 0xD800 || c > 0xDFFF) sets[i].insert(c);
      }
      points[i] = CodePoints(spans);
    }
    for (char32_t c = 0xD7E0; c < 0xE060; ++c) {
      const bool a = sets[0].contains(c), b = sets[1].contains(c), scalar = c < 0xD800 || c > 0xDFFF;
      ASSERT_EQ(points[0].contains(c), a);
      ASSERT_EQ(points[0].complement().contains(c), scalar && !a);
      ASSERT_EQ(points[0].with(points[1]).contains(c), a || b);
      ASSERT_EQ(points[0].within(points[1]).contains(c), a && b);
      ASSERT_EQ(points[0].without(points[1]).contains(c), a && !b);
    }
  }
}

}  // namespace
}  // namespace sotto::grammar
