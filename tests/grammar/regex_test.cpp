#include "grammar/regex.h"

#include <gtest/gtest.h>

#include "grammar/dfa.h"

namespace sotto::grammar {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const auto expression = read_regex(pattern, {});
  EXPECT_TRUE(expression) << pattern << ": " << expression.error().message;
  if (!expression) return false;
  const auto language = Dfa::of(*expression, {});
  return language && language->matches(text);
}

// tests/grammar/random_test.py compares with Python's; here stands what ECMAScript has differently, and each form once.
TEST(Regex, MatchesAsEcmaScriptDoes) {
  const std::tuple<const char*, const char*, bool> cases[] = {
      {"b", "abc", true},
      {"^b", "abc", false},
      {"c$", "abc", true},
      {"^$", "", true},
      {"^a|c$", "xc", true},
      {"^a|c$", "xcx", false},
      {"^(a|b)*$", "abba", true},
      {"^a{2,3}$", "aaaa", false},
      {"^a{2,}$", "aaaa", true},
      {"^a{2}?$", "aa", true},
      {"^(?:ab)+?$", "abab", true},
      {"^(?<n>x)y$", "xy", true},
      {"^\\d+$", "12", true},
      {"^\\d$", "\u0663", false},
      {"^\\w$", "é", false},
      {"^\\W$", "é", true},
      {"^\\s$", "\u00a0", true},
      {"^\\s$", "\ufeff", true},
      {"^\\S$", "\u2003", false},
      {"^.$", "\u2028", false},
      {"^.$", "😀", true},
      {"^[^\\d-]$", "-", false},
      {"^[\\w.-]+$", "a.b-c", true},
      {"^[]]?$", "]", false},
      {"^[^]$", "\n", true},
      {"^\\x41\\u0042\\u{1F600}\\cJ\\0$", "AB😀\n", false},
      {"^\\uD83D\\uDE00$", "😀", true},
      {"^a\\/\\.\\-b$", "a/.-b", true},
      {"^{a}$", "{a}", true},
      {"^a{,2}$", "a{,2}", true},
      {"^[a-c\\]]+$", "ab]", true},
      {"^[\\b]$", "\b", true},
      {"", "anything", true},
      {"^\\t\\n\\v\\f\\r$", "\t\n\v\f\r", true},
  };
  for (const auto& [pattern, text, expected] : cases)
    EXPECT_EQ(matches(pattern, text), expected) << pattern << " " << text;
  EXPECT_TRUE(matches("^\\x41\\u0042\\u{1F600}\\cJ\\0$", std::string_view("AB😀\n\0", 8)));
}

TEST(Regex, RefusesWhatIsNotRegularOrNoPattern) {
  const std::pair<const char*, const char*> cases[] = {
      {"(?=a)", "is not supported"},
      {"(?!a)", "is not supported"},
      {"(?<=a)", "is not supported"},
      {"(?<!a)b", "is not supported"},
      {"(a)\\1", "reference back"},
      {"\\k<n>", "\\k is not supported"},
      {"\\bword", "\\b is not supported"},
      {"\\p{L}", "\\p is not supported"},
      {"a^b", "anchor within"},
      {"(^a)", "anchor within"},
      {"a$b", "anchor within"},
      {"(a$)", "anchor within"},
      {"(a", "not closed"},
      {"a)", "column 2"},
      {"[a", "not closed"},
      {"*a", "expected something"},
      {"a**", "expected something"},
      {"[z-a]", "ends before"},
      {"[\\d-z]", "one character at each end"},
      {"a{3,2}", "more than"},
      {"a{30000}", "at most 20000"},
      {"\\uD800", "no code point"},
      {"a\\", "ends within an escape"},
      {"\\xg", "no code point"},
  };
  for (const auto& [pattern, problem] : cases) {
    const auto expression = read_regex(pattern, {});
    ASSERT_FALSE(expression) << pattern;
    EXPECT_NE(expression.error().message.find(problem), std::string::npos)
        << pattern << ": " << expression.error().message;
  }
  EXPECT_FALSE(read_regex(std::string(10'000, '('), {}));
  EXPECT_FALSE(read_regex("\xFF", {}));
}

}  // namespace
}  // namespace sotto::grammar
