#include "engine/drafter.h"

#include <gtest/gtest.h>
#include <chrono>
#include <random>
#include <string>
#include <string_view>

namespace sotto::engine {
namespace {

std::vector<Token> tokens_of(std::string_view text) { return {text.begin(), text.end()}; }

// A Drafter of a text whose tokens are characters.
struct Reader {
  explicit Reader(std::string_view prompt) : drafter(tokens_of(prompt), 256) {}

  std::string go_on(std::string_view answer, std::size_t n) {
    for (const char c : answer) drafter.push(c);
    std::vector<Token> guesses(n);
    matched = drafter.guess(guesses);
    return matched == 0 ? std::string() : std::string(guesses.begin(), guesses.end());
  }

  Drafter drafter;
  int matched = 0;
};

TEST(Drafter, GuessesWhatFollowedBefore) {
  Reader reader("the quick brown fox. ");
  EXPECT_EQ(reader.go_on("the q", 7), "uick br");
  EXPECT_EQ(reader.matched, 5);
}

TEST(Drafter, OneTokenInCommonIsNoReason) {
  Reader reader("abcdef");
  EXPECT_EQ(reader.go_on("xc", 3), "");
  EXPECT_EQ(reader.go_on("d", 2), "ef");
  EXPECT_EQ(reader.matched, 2);
}

TEST(Drafter, NothingIsKnownOfAnEmptyOrOfANewText) {
  Reader empty("");
  EXPECT_EQ(empty.go_on("", 3), "");
  EXPECT_EQ(empty.go_on("abc", 3), "");
}

TEST(Drafter, TheLongestMatchWinsAndOfEqualOnesTheNewest) {
  Reader reader("one two A. six two B. two C. ");
  EXPECT_EQ(reader.go_on("one two ", 1), "A");
  Reader equal("(two A)(two B)[");
  EXPECT_EQ(equal.go_on("two ", 1), "B");
}

TEST(Drafter, ARepetitionGoesOnBeyondTheEndOfTheText) {
  Reader reader("abc");
  EXPECT_EQ(reader.go_on("abca", 7), "bcabcab");
}

TEST(Drafter, GoesOnAfterAReplacedTokenAfterAnInsertedAndAfterADroppedOne) {
  const std::string source = "0123456789";
  EXPECT_EQ(Reader(source + "|").go_on("0123X5", 3), "678");
  EXPECT_EQ(Reader(source + "|").go_on("0123XY4", 3), "567");
  EXPECT_EQ(Reader(source + "|").go_on("01236", 3), "789");
}

TEST(Drafter, GivesUpFarFromWhereItWasLost) {
  std::string source;
  for (char c = 'A'; c <= 'Z'; ++c) source += c;
  EXPECT_EQ(Reader(source + "|").go_on("ABCDxyzZ", 1), "") << "Z stands 22 tokens after D";
  EXPECT_EQ(Reader(source + "|").go_on("ABCD" + std::string("abcdefghijklmnopqr") + "G", 1), "");
}

// The longest match by brute force: on text with few letters, so that there are many.
TEST(Drafter, FindsAMatchThatIsAsLongAsAnyOfTheNewestPlaces) {
  std::mt19937 random(3);
  std::string text;
  Drafter drafter({}, 64);  // also beyond what it was told
  for (int n = 0; n < 600; ++n) {
    const char c = static_cast<char>('a' + random() % 3);
    text += c;
    drafter.push(c);
    std::vector<Token> guess(1);
    const int matched = drafter.guess(guess);
    int longest = 0;
    for (std::size_t next = 1; next < text.size(); ++next) {
      int m = 0;
      while (m < Drafter::kMostMatched && static_cast<std::size_t>(m) < next &&
             text[next - 1 - static_cast<std::size_t>(m)] == text[text.size() - 1 - static_cast<std::size_t>(m)])
        ++m;
      longest = std::max(longest, m);
    }
    EXPECT_LE(matched, longest);
    // Later, more than the newest places that are looked at are alike.
    EXPECT_GE(matched, n < 200 && longest >= 2 ? longest : 0) << text;
    const std::string seen = text.substr(text.size() - static_cast<std::size_t>(matched)) + static_cast<char>(guess[0]);
    EXPECT_TRUE(matched == 0 || text.find(seen) != std::string::npos);
  }
}

// The worst text, of one token, costs no more for each token where it is long.
TEST(Drafter, ATokenCostsTheSameInALongText) {
  const auto seconds = [](int n_tokens) {
    const auto start = std::chrono::steady_clock::now();
    Drafter drafter({}, 64);
    for (int i = 0; i < n_tokens; ++i) drafter.push(7);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  double growth = 1e9;
  for (int attempt = 0; attempt < 5; ++attempt) growth = std::min(growth, seconds(80'000) / seconds(20'000));
  EXPECT_LT(growth, 8) << "four times the text";
}

}  // namespace
}  // namespace sotto::engine
