#include "text/jinja/str.h"

#include <gtest/gtest.h>

namespace sotto::text::jinja {
namespace {

class JinjaStr : public testing::Test {
 protected:
  Heap heap{1 << 20, 1 << 20};

  static std::string shown(const Str& text) {
    std::string out;
    text.for_runs(0, text.size(), [&](std::string_view part, bool trusted) {
      out += (trusted ? "[" : "(") + std::string(part) + (trusted ? "]" : ")");
    });
    return out;
  }
};

TEST_F(JinjaStr, BuilderJoinsRunsOfOneProvenance) {
  TextBuilder builder(heap);
  builder.append("ab", true);
  builder.append("c", true);
  builder.append("", false);
  builder.append("de", false);
  builder.append_char(U'é', true);
  EXPECT_FALSE(builder.wholly_trusted());
  const Ref<Str> text = builder.finish();
  EXPECT_EQ(shown(*text), "[abc](de)[é]");
  EXPECT_EQ(text->char_count(), 6u);
  EXPECT_FALSE(text->one_byte_chars());
  EXPECT_TRUE(builder.bytes().empty());
}

TEST_F(JinjaStr, PartsKeepTheirProvenance) {
  TextBuilder builder(heap);
  for (int i = 0; i < 100; ++i) builder.append("xy", i % 2 == 0);
  const Ref<Str> text = builder.finish();
  for (std::size_t i = 0; i < text->size(); ++i) EXPECT_EQ(text->trusted_at(i), i / 2 % 2 == 0) << i;
  builder.append(*text, 3, 6);
  EXPECT_EQ(shown(*builder.finish()), "(y)[xy]");
  builder.append(*text, 7, 7);
  EXPECT_EQ(builder.finish()->size(), 0u);
}

TEST_F(JinjaStr, RepetitionKeepsRunsAndMinds) {
  TextBuilder builder(heap);
  builder.append("a", true);
  builder.append("b", false);
  const Ref<Str> pair = builder.finish();
  builder.append_repeated(*pair, 3);
  EXPECT_EQ(shown(*builder.finish()), "[a](b)[a](b)[a](b)");
  builder.append_repeated(*pair, ~std::size_t{0});
  EXPECT_TRUE(heap.exhausted());
  EXPECT_LE(heap.peak_bytes(), std::size_t{1} << 20);
}

TEST_F(JinjaStr, CharactersAndBytes) {
  const Ref<Str> made = make<Str>(heap, "aé日😀", true);
  const Str& text = *made;
  EXPECT_EQ(text.char_count(), 4u);
  EXPECT_EQ(text.byte_offset(0), 0u);
  EXPECT_EQ(text.byte_offset(2), 3u);
  EXPECT_EQ(text.byte_offset(4), text.size());
  EXPECT_EQ(text.byte_offset(99), text.size());
  const Ref<Str> broken = make<Str>(heap, "a\xFF\xE6\x97", true);  // each broken sequence is one character
  EXPECT_EQ(broken->char_count(), 3u);
}

TEST_F(JinjaStr, GrowthIsCounted) {
  const std::size_t before = heap.live_bytes();
  {
    TextBuilder builder(heap);
    builder.append(std::string(10'000, 'x'), true);
    EXPECT_GE(heap.live_bytes(), before + 10'000);
    const Ref<Str> text = builder.finish();
    EXPECT_GE(heap.live_bytes(), before + 10'000);
  }
  EXPECT_EQ(heap.live_bytes(), before);
}

}  // namespace
}  // namespace sotto::text::jinja
