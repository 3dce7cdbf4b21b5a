#include "api/answer_watch.h"

#include <gtest/gtest.h>

namespace sotto::api {
namespace {

using std::chrono::milliseconds;

const AnswerWatch::Time kStart{std::chrono::seconds(100)};

// What is shown of a text that comes byte by byte, and whether it ended the answer.
std::pair<std::string, bool> shown(int min_indent, const std::string& text) {
  AnswerWatch watch({.min_indent = min_indent}, kStart);
  std::string all;
  for (const char c : text) {
    if (watch.enough(kStart)) break;
    all += watch.push(std::string(1, c));
  }
  const bool ended = watch.enough(kStart);
  return {all + watch.finish(), ended};
}

using Shown = std::pair<std::string, bool>;

TEST(AnswerWatch, AnAnswerEndsBeforeALineThatIsNotIndentedEnough) {
  EXPECT_EQ(shown(4, "a\n    b\n  c\n    d"), Shown("a\n    b", true));
  EXPECT_EQ(shown(4, "a\n\n    b\n\nc"), Shown("a\n\n    b", true)) << "empty lines are no lines with too little";
  EXPECT_EQ(shown(2, "a\n\tb\n \tc\nd"), Shown("a", true));
  EXPECT_EQ(shown(1, "a\n\tb"), Shown("a\n\tb", false));
  EXPECT_EQ(shown(4, "a\n   "), Shown("a\n   ", false)) << "nothing says that the line is no longer";
  EXPECT_EQ(shown(0, "a\nb"), Shown("a\nb", false));
  EXPECT_EQ(shown(4, "a b  c"), Shown("a b  c", false));
}

TEST(AnswerWatch, PiecesMayHoldSeveralLines) {
  AnswerWatch watch({.min_indent = 2}, kStart);
  EXPECT_EQ(watch.push("a\n  b\n"), "a\n  b");
  EXPECT_EQ(watch.push("  c\nd\n  e"), "\n  c");
  EXPECT_EQ(watch.push("f"), "");
  EXPECT_EQ(watch.finish(), "");
}

TEST(AnswerWatch, ThePromptAndTheAnswerHaveTheirOwnTime) {
  AnswerWatch watch({.prompt_time = milliseconds(50), .answer_time = milliseconds(20)}, kStart);
  EXPECT_FALSE(watch.enough(kStart + milliseconds(49)));
  EXPECT_TRUE(watch.enough(kStart + milliseconds(50)));
  watch.prompt_is_read(kStart + milliseconds(60));
  EXPECT_FALSE(watch.enough(kStart + milliseconds(79)));
  EXPECT_TRUE(watch.enough(kStart + milliseconds(80)));
}

TEST(AnswerWatch, WithoutLimitsNothingEnds) {
  AnswerWatch watch({}, kStart);
  EXPECT_FALSE(watch.enough(kStart + std::chrono::hours(9)));
  watch.prompt_is_read(kStart);
  EXPECT_FALSE(watch.enough(kStart + std::chrono::hours(9)));
}

}  // namespace
}  // namespace sotto::api
