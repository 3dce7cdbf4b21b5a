#include "api/sessions.h"

#include <gtest/gtest.h>

#include <thread>

#include "api/fake.h"

namespace sotto::api {
namespace {

TEST(Sessions, TheOneThatHasReadTheBeginningIsTakenAgain) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 3, .most_waiting = 4});
  Session* first = nullptr;
  {
    auto a = sessions.take("once upon a time", 0, nullptr), b = sessions.take("other", 0, nullptr);
    ASSERT_TRUE(a && b);
    first = &a->session();
    EXPECT_NE(first, &b->session());
    a->remember("once upon a time there was");
    b->remember("other things");
  }
  EXPECT_EQ(&sessions.take("once upon a time there was a king", 0, nullptr)->session(), first);
  // Little of what it holds would be used: a new one costs nobody anything.
  EXPECT_NE(&sessions.take("on", 0, nullptr)->session(), first);
  EXPECT_EQ(sessions.n_sessions(), 3u);
}

TEST(Sessions, TellWhoIsBusy) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 2, .most_waiting = 1});
  EXPECT_TRUE(sessions.states().empty());
  {
    const auto held = sessions.take("x", 500, nullptr);
    ASSERT_EQ(sessions.states().size(), 1u);
    EXPECT_TRUE(sessions.states()[0].busy);
    EXPECT_EQ(sessions.states()[0].ctx_tokens, 500);
    EXPECT_EQ(sessions.n_waiting(), 0u);
  }
  EXPECT_FALSE(sessions.states()[0].busy);
}

TEST(Sessions, WhereOneGivesWayTheLikestDoes) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 2, .most_waiting = 4});
  for (const char* text : {"long instructions, then a long, long talk", "something else"}) {
    auto lease = sessions.take(text, 0, nullptr);
    lease->remember(text);
  }
  const std::size_t made = script.sizes.size();
  sessions.take("long instructions, short", 0, nullptr)->remember("long instructions, short");
  EXPECT_EQ(script.sizes.size(), made);
}

TEST(Sessions, TheOldestMakesRoom) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 2, .most_waiting = 4});
  for (const char* text : {"aaaa", "bbbb", "cccc", "dddd"}) sessions.take(text, 0, nullptr)->remember(text);
  EXPECT_EQ(sessions.n_sessions(), 2u);
  const std::size_t made = script.sizes.size();
  sessions.take("dddd", 0, nullptr)->remember("dddd");
  sessions.take("cccc", 0, nullptr)->remember("cccc");
  EXPECT_EQ(script.sizes.size(), made);
  sessions.take("aaaa", 0, nullptr)->remember("aaaa");
  EXPECT_EQ(script.sizes.size(), made + 1);
}

TEST(Sessions, SizesAreKeptApart) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 4, .most_waiting = 4});
  sessions.take("text", 0, nullptr)->remember("text");
  sessions.take("text", 2000, nullptr)->remember("text");
  sessions.take("text", 1000, nullptr)->remember("text");  // the engine's own size
  EXPECT_EQ(script.sizes, (std::vector<int>{0, 2000}));
  EXPECT_EQ(sessions.bytes(), 3000u);
}

TEST(Sessions, WhoComesLaterWaitsInLine) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 1, .most_waiting = 8});
  std::vector<int> order;
  std::vector<std::thread> threads;
  {
    const auto held = sessions.take("x", 0, nullptr);
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&, i] {
        const auto lease = sessions.take("x", 0, nullptr);
        order.push_back(i);
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
    EXPECT_TRUE(order.empty());
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST(Sessions, TheLineIsBoundedAndMayBeLeft) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 1, .most_waiting = 1});
  const auto held = sessions.take("x", 0, nullptr);
  std::atomic<bool> gone{false};
  std::optional<ErrorCode> code;
  std::thread waits([&] {
    auto lease = sessions.take("x", 0, &gone);
    if (!lease) code = lease.error().code;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  const auto refused = sessions.take("x", 0, nullptr);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBudget);
  EXPECT_NE(refused.error().message.find("busy"), std::string::npos);
  gone = true;
  waits.join();
  EXPECT_EQ(code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace sotto::api
