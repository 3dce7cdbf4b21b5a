#include "engine/stop_matcher.h"

#include <gtest/gtest.h>
#include <ctime>
#include <string>
#include <vector>

#include "engine/rng.h"

namespace sotto::engine {
namespace {

StopMatcher matcher(const std::vector<std::string>& stops) {
  auto made = StopMatcher::create(stops);
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

// All that is shown of `text`, given in pieces of `piece` bytes.
std::string shown(const std::vector<std::string>& stops, const std::string& text, std::size_t piece) {
  StopMatcher m = matcher(stops);
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += piece) out += m.push(text.substr(i, piece));
  return out + m.finish();
}

// What is shown, by trying every end of the text and every stop string: the first to be complete
// ends it.
std::string shown_naively(const std::vector<std::string>& stops, const std::string& text) {
  for (std::size_t end = 1; end <= text.size(); ++end) {
    std::size_t longest = 0;
    for (const std::string& stop : stops)
      if (end >= stop.size() && text.compare(end - stop.size(), stop.size(), stop) == 0)
        longest = std::max(longest, stop.size());
    if (longest > 0) return text.substr(0, end - longest);
  }
  return text;
}

TEST(StopMatcher, SaysWhichStopMatched) {
  StopMatcher m = matcher({"end", "the end", "xyz"});
  EXPECT_EQ(m.matched(), "");
  (void)m.push("this is th");
  EXPECT_EQ(m.matched(), "");
  (void)m.push("e end of it");
  EXPECT_TRUE(m.stopped());
  EXPECT_EQ(m.matched(), "the end");
}

TEST(StopMatcher, WithoutStopsEverythingPassesAtOnce) {
  StopMatcher m = matcher({});
  EXPECT_EQ(m.push("a\xC3\xA9\n"), "a\xC3\xA9\n");
  EXPECT_EQ(m.finish(), "");
  EXPECT_FALSE(m.stopped());
}

TEST(StopMatcher, HoldsBackOnlyWhatMayBeTheBeginningOfAStop) {
  StopMatcher m = matcher({"###"});
  EXPECT_EQ(m.push("one #"), "one ");
  EXPECT_EQ(m.push("two ##"), "#two ");
  EXPECT_EQ(m.push("# three"), "");
  EXPECT_TRUE(m.stopped());
  EXPECT_EQ(m.push("four"), "");
  EXPECT_EQ(m.finish(), "");
}

TEST(StopMatcher, GivesBackTheHeldPartWhenTheTextEnds) {
  StopMatcher m = matcher({"User:"});
  EXPECT_EQ(m.push("I am User"), "I am ");
  EXPECT_EQ(m.finish(), "User");
  EXPECT_FALSE(m.stopped());
}

TEST(StopMatcher, TheFirstCompleteStopWinsAndTheLongestOfThose) {
  EXPECT_EQ(shown({"abcd", "bc"}, "xabcdy", 6), "xa");
  EXPECT_EQ(shown({"cd", "abcd"}, "xabcdy", 6), "x");
}

TEST(StopMatcher, AgreesWithTryingEveryPosition) {
  Rng rng(7);
  const auto random_text = [&rng](std::size_t most) {
    std::string text;
    for (std::size_t n = 1 + rng.next() % most; n > 0; --n) text += "aab"[rng.next() % 3];
    return text;
  };
  int stopped = 0;
  for (int i = 0; i < 5000; ++i) {
    std::vector<std::string> stops;
    for (std::size_t n = 1 + rng.next() % 3; n > 0; --n) stops.push_back(random_text(6));
    const std::string text = random_text(24);
    const std::string expected = shown_naively(stops, text);
    stopped += expected != text;
    for (const std::size_t piece : {1u, 2u, 5u, 100u}) ASSERT_EQ(shown(stops, text, piece), expected);
  }
  EXPECT_GT(stopped, 1000);
}

TEST(StopMatcher, IsLinearInTheText) {
  const std::string text(4 << 20, 'a');
  const std::clock_t start = std::clock();  // processor time: other programs do not count
  EXPECT_EQ(shown({std::string(1000, 'a') + "b"}, text, 4), text);
  EXPECT_LT(std::clock() - start, 10 * CLOCKS_PER_SEC);
}

TEST(StopMatcher, RefusesWhatMakesNoSense) {
  for (const std::vector<std::string>& stops : {std::vector<std::string>{"ok", ""},
                                                {std::string(1025, 'x')},
                                                std::vector<std::string>(65, "x"),
                                                std::vector<std::string>(40, std::string(1000, 'x'))}) {
    auto made = StopMatcher::create(stops);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kBadRequest);
    EXPECT_NE(made.error().message.find("stop"), std::string::npos);
  }
}

}  // namespace
}  // namespace sotto::engine
