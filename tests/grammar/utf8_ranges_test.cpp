#include "grammar/utf8_ranges.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "text/utf8.h"

namespace sotto::grammar {
namespace {

int covering(const std::vector<ByteSequence>& sequences, const std::string& bytes) {
  int n = 0;
  for (const ByteSequence& sequence : sequences) {
    bool inside = static_cast<std::size_t>(sequence.length) == bytes.size();
    for (std::size_t i = 0; inside && i < bytes.size(); ++i) {
      const auto byte = static_cast<std::uint8_t>(bytes[i]);
      inside = sequence.bytes[i].first <= byte && byte <= sequence.bytes[i].last;
    }
    n += inside;
  }
  return n;
}

TEST(Utf8Ranges, CoverEachCodePointOfASetOnceAndNoOther) {
  std::mt19937 random(3);
  const char32_t edges[] = {0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF, 0x1000, 0xD7FF, 0xE000, 0x40000};
  for (int round = 0; round < 60; ++round) {
    std::vector<CodeSpan> spans;
    for (int i = 0; i < 3; ++i) {
      const char32_t a = edges[random() % std::size(edges)] + random() % 3,
                     b = a + (random() % 2 ? random() % 0x5000 : 0);
      spans.push_back({a, b});
    }
    const CodePoints points(spans);
    const auto sequences = utf8_ranges(points);
    for (char32_t c = 0; c <= kLastCodePoint; c += c < 0x3000 ? 1 : 1 + random() % 97) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      std::string bytes;
      text::append_utf8(bytes, c);
      ASSERT_EQ(covering(sequences, bytes), points.contains(c) ? 1 : 0) << std::hex << static_cast<unsigned>(c);
    }
  }
}

TEST(Utf8Ranges, OfAllCodePointsAreThoseOfTheStandard) {
  // Unicode 15, table 3-7, well-formed UTF-8 byte sequences: nine rows.
  EXPECT_EQ(utf8_ranges(CodePoints::all()).size(), 9u);
  EXPECT_EQ(covering(utf8_ranges(CodePoints::all()), "\xED\xA0\x80"), 0);  // a surrogate
  EXPECT_EQ(covering(utf8_ranges(CodePoints::all()), "\xC0\x80"), 0);      // too long
  EXPECT_EQ(covering(utf8_ranges(CodePoints::all()), "\xF4\x90\x80\x80"), 0);
}

}  // namespace
}  // namespace sotto::grammar
