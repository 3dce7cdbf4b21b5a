#include "grammar/dfa.h"

#include <gtest/gtest.h>

#include <regex>

#include "grammar/regex.h"

namespace sotto::grammar {
namespace {

Dfa of(std::string_view pattern) {
  auto language = Dfa::of(*read_regex(pattern, {}), {});
  EXPECT_TRUE(language);
  return std::move(*language);
}

// All texts of up to six letters, against the standard library's.
void for_each_text(const auto& visit) {
  std::vector<std::string> texts{""};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string text = texts[i];
    visit(text);
    if (text.size() < 6)
      for (const char c : {'a', 'b', 'c'}) texts.push_back(text + c);
  }
}

constexpr const char* kPatterns[] = {"^(ab|c)*$", "^[^a]*b.$", "^a{1,3}(b|c{2})?$", "^(a|b)*abb$", "^$", "^(a*b*)*c$"};

TEST(Dfa, MatchesWhatThePatternDoes) {
  for (const char* pattern : kPatterns) {
    const Dfa language = of(pattern), complement = language.complement();
    const std::regex expected(pattern);
    for_each_text([&](const std::string& text) {
      ASSERT_EQ(language.matches(text), std::regex_match(text, expected)) << pattern << " " << text;
      ASSERT_EQ(complement.matches(text), !std::regex_match(text, expected)) << pattern << " " << text;
    });
  }
}

TEST(Dfa, BothMeansBoth) {
  for (const char* a : kPatterns) {
    for (const char* b : kPatterns) {
      const Dfa left = of(a), right = of(b);
      const auto both = left.both(right, {});
      ASSERT_TRUE(both);
      for_each_text(
          [&](const std::string& text) { ASSERT_EQ(both->matches(text), left.matches(text) && right.matches(text)); });
    }
  }
}

TEST(Dfa, CountsCodePoints) {
  const Dfa language = Dfa::lengths(2, 3);
  for (const auto& [text, expected] : {std::pair("é", false), std::pair("éü", true), std::pair("😀😀😀", true),
                                       std::pair("abcd", false), std::pair("", false)})
    EXPECT_EQ(language.matches(text), expected) << text;
  EXPECT_TRUE(Dfa::lengths(1, kUnbounded).matches("abcdefgh"));
  EXPECT_FALSE(Dfa::lengths(1, kUnbounded).matches(""));
}

TEST(Dfa, NothingIsEmpty) {
  EXPECT_TRUE(Dfa::all().complement().empty());
  EXPECT_FALSE(Dfa::all().empty());
  EXPECT_TRUE(of("^a$").both(of("^b$"), {})->empty());
  EXPECT_TRUE(of("^[]$").empty());
  EXPECT_TRUE(Dfa::all().complement().complement().matches("any text"));
}

TEST(Dfa, IsBounded) {
  // The set of places of the last 20 letters: two to the power of 20 states.
  const auto expression = read_regex("^[ab]*a[ab]{20}$", {});
  ASSERT_TRUE(expression);
  const auto language = Dfa::of(*expression, {});
  ASSERT_FALSE(language);
  EXPECT_EQ(language.error().code, ErrorCode::kBudget);
}

}  // namespace
}  // namespace sotto::grammar
