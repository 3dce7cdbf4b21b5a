#include "grammar/matcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

using support::byte_vocabulary;
using support::for_tokens;

constexpr text::TokenId kLong = 256;  // the first token after the bytes

TEST(Matcher, TakesWhatTheMaskAllows) {
  const auto trie = byte_vocabulary({"ab"});
  const text::TokenId control = kLong + 1, end = kLong + 2;
  Matcher matcher(for_tokens("root ::= \"ab\" \"c\"?", trie));
  const auto mask = matcher.mask();
  ASSERT_TRUE(mask);
  EXPECT_EQ((*mask)->n_allowed, 2);
  EXPECT_TRUE((*mask)->allows('a') && (*mask)->allows(kLong));
  EXPECT_FALSE(*matcher.accept('b'));
  EXPECT_FALSE(*matcher.accept(end));
  EXPECT_FALSE(*matcher.accept(control));
  EXPECT_FALSE(*matcher.accept(100'000));
  EXPECT_FALSE(matcher.is_complete());
  EXPECT_TRUE(*matcher.accept(kLong));
  EXPECT_TRUE(matcher.is_complete());
  EXPECT_FALSE(matcher.is_finished());
  EXPECT_TRUE((*matcher.mask())->allows(end));
  EXPECT_FALSE((*matcher.mask())->allows(control));
  EXPECT_TRUE(*matcher.accept('c'));
  EXPECT_TRUE(matcher.is_finished());
  EXPECT_EQ((*matcher.mask())->n_allowed, 1);
  EXPECT_TRUE(*matcher.accept(end));
  EXPECT_TRUE(matcher.is_finished());
  EXPECT_EQ((*matcher.mask())->n_allowed, 0);
  EXPECT_FALSE(*matcher.accept(end));
}

TEST(Matcher, TakesBack) {
  const auto trie = byte_vocabulary();
  Matcher matcher(for_tokens("root ::= [a-z]+ \"!\"", trie));
  for (const char c : std::string("hello!")) EXPECT_TRUE(*matcher.accept(c));
  EXPECT_TRUE(*matcher.accept(257));
  matcher.rollback(3);
  EXPECT_TRUE(*matcher.accept('x'));
  EXPECT_FALSE(matcher.is_complete());
  EXPECT_TRUE(*matcher.accept('!'));
  EXPECT_TRUE(matcher.is_complete());
  matcher.rollback(0);
  matcher.rollback(6);
  EXPECT_FALSE(*matcher.accept('!'));
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(*matcher.accept('a'));
  matcher.rollback(Matcher::kMostRollback);
  EXPECT_TRUE(*matcher.accept('!'));
}

TEST(Matcher, ACopyGoesItsOwnWay) {
  Matcher matcher(for_tokens("root ::= \"a\" \"b\"* \"c\"", byte_vocabulary()));
  ASSERT_TRUE(*matcher.accept('a'));
  Matcher copy = matcher;
  EXPECT_TRUE(*copy.accept('c'));
  EXPECT_TRUE(copy.is_finished());
  EXPECT_FALSE(matcher.is_finished());
  EXPECT_TRUE(*matcher.accept('b'));
}

TEST(Matcher, KnowsWhatMustCome) {
  Matcher matcher(for_tokens("root ::= \"{\\\"name\\\": \" (\"1\" | \"2\") \"}\"", byte_vocabulary()));
  EXPECT_EQ(*matcher.forced_bytes(), "{\"name\": ");
  EXPECT_EQ(*matcher.forced_bytes(3), "{\"n");
  ASSERT_TRUE(*matcher.accept_bytes("{\"name\": 1"));
  EXPECT_EQ(*matcher.forced_bytes(), "}");
  ASSERT_TRUE(*matcher.accept('}'));
  EXPECT_EQ(*matcher.forced_bytes(), "");
}

// A cache so small that it is left behind again and again.
TEST(Matcher, GoesOnWhenTheCacheIsFull) {
  Limits limits;
  limits.cache_bytes = 4000;
  const auto grammar = for_tokens("root ::= \"[\" (root (\",\" root)*)? \"]\"", byte_vocabulary({"[[", "]]"}), limits);
  Matcher matcher(grammar), other(grammar);
  ASSERT_TRUE(*other.accept_bytes("[["));
  for (int i = 0; i < 90; ++i) {
    ASSERT_TRUE(*matcher.accept('['));
    ASSERT_TRUE(matcher.mask());
    ASSERT_TRUE((*matcher.mask())->allows(']'));
  }
  for (int i = 0; i < 90; ++i) ASSERT_TRUE(*matcher.accept(']'));
  EXPECT_TRUE(matcher.is_finished());
  matcher.rollback(2);
  EXPECT_TRUE(*matcher.accept(kLong + 1));
  EXPECT_TRUE(matcher.is_finished());
  EXPECT_TRUE(*other.accept(kLong + 1));
  EXPECT_TRUE(other.is_finished());
}

TEST(Matcher, RunsOnManyThreads) {
  const auto grammar = for_tokens("root ::= \"[\" (root (\",\" root)*)? \"]\"", byte_vocabulary());
  std::atomic<int> finished = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      Matcher matcher(grammar);
      std::string text;
      for (int i = 0; i < 30 + t; ++i) text += "[[],";
      text += "[]" + std::string(static_cast<std::size_t>(30 + t), ']');
      bool good = true;
      for (const char c : text) good = good && (*matcher.mask())->allows(c) && *matcher.accept(c);
      finished += good && matcher.is_finished();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(finished, 4);
}

}  // namespace
}  // namespace sotto::grammar
