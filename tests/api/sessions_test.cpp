#include "api/sessions.h"

#include <gtest/gtest.h>

#include <mutex>
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
    auto a = sessions.take("once upon a time", 0, {}), b = sessions.take("other", 0, {});
    ASSERT_TRUE(a && b);
    first = &a->session();
    EXPECT_NE(first, &b->session());
    a->remember("once upon a time there was");
    b->remember("other things");
  }
  EXPECT_EQ(&sessions.take("once upon a time there was a king", 0, {})->session(), first);
  // Little of what it holds would be used: a new one costs nobody anything.
  EXPECT_NE(&sessions.take("on", 0, {})->session(), first);
  EXPECT_EQ(sessions.n_sessions(), 3u);
}

TEST(Sessions, TellWhoIsBusy) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 2, .most_waiting = 1});
  EXPECT_TRUE(sessions.states().empty());
  {
    const auto held = sessions.take("x", 500, {});
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
    auto lease = sessions.take(text, 0, {});
    lease->remember(text);
  }
  const std::size_t made = script.sizes.size();
  sessions.take("long instructions, short", 0, {})->remember("long instructions, short");
  EXPECT_EQ(script.sizes.size(), made);
}

TEST(Sessions, TheOldestMakesRoom) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 2, .most_waiting = 4});
  for (const char* text : {"aaaa", "bbbb", "cccc", "dddd"}) sessions.take(text, 0, {})->remember(text);
  EXPECT_EQ(sessions.n_sessions(), 2u);
  const std::size_t made = script.sizes.size();
  sessions.take("dddd", 0, {})->remember("dddd");
  sessions.take("cccc", 0, {})->remember("cccc");
  EXPECT_EQ(script.sizes.size(), made);
  sessions.take("aaaa", 0, {})->remember("aaaa");
  EXPECT_EQ(script.sizes.size(), made + 1);
}

TEST(Sessions, SizesAreKeptApart) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 4, .most_waiting = 4});
  sessions.take("text", 0, {})->remember("text");
  sessions.take("text", 2000, {})->remember("text");
  sessions.take("text", 1000, {})->remember("text");  // the engine's own size
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
    const auto held = sessions.take("x", 0, {});
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&, i] {
        const auto lease = sessions.take("x", 0, {});
        order.push_back(i);
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
    EXPECT_TRUE(order.empty());
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

// Both sessions are one caller's, whose third request waits when another's first comes.
TEST(Sessions, CallersTakeTurns) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 2, .most_waiting = 1});
  std::vector<std::string> order;
  std::mutex mutex;
  std::vector<std::thread> threads;
  const auto wait_as = [&](const std::string& name) {
    threads.emplace_back([&, name] {
      const auto lease = sessions.take("x", 0, {.name = name});
      const std::lock_guard lock(mutex);
      order.push_back(name);
    });
    while (sessions.n_waiting() < threads.size()) std::this_thread::yield();
  };
  {
    const auto kept = sessions.take("x", 0, {.name = "ann"});
    {
      const auto returned = sessions.take("y", 0, {.name = "ann"});
      wait_as("ann");
      EXPECT_EQ(sessions.take("x", 0, {.name = "ann"}).error().code, ErrorCode::kBudget);
      wait_as("bob");  // the line is full, but nobody of that name is in it
      EXPECT_EQ(sessions.take("x", 0, {.name = "bob"}).error().code, ErrorCode::kBudget);
    }
    while (sessions.n_waiting() > 0) std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(order, (std::vector<std::string>{"bob", "ann"}));
}

TEST(Sessions, TheLineIsBoundedAndMayBeLeft) {
  Script script;
  FakeEngine engine(script);
  Sessions sessions(engine, {.most = 1, .most_waiting = 1});
  const auto held = sessions.take("x", 0, {});
  std::atomic<bool> gone{false};
  std::optional<ErrorCode> code;
  std::thread waits([&] {
    auto lease = sessions.take("x", 0, {&gone});
    if (!lease) code = lease.error().code;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  const auto refused = sessions.take("x", 0, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBudget);
  EXPECT_NE(refused.error().message.find("busy"), std::string::npos);
  gone = true;
  waits.join();
  EXPECT_EQ(code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace sotto::api
