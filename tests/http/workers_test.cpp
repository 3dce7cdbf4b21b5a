#include "http/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <vector>

namespace sotto::http {
namespace {

TEST(Workers, RunEveryJob) {
  std::atomic<int> done = 0;
  {
    Workers workers(3, 1000);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(workers.submit([&] { ++done; }));
  }
  EXPECT_EQ(done, 100);
}

TEST(Workers, AsManyAtATimeAsTheyAreAndMoreWaitUpToALimit) {
  std::promise<void> gate;
  const std::shared_future<void> opened = gate.get_future().share();
  std::atomic<int> running = 0;
  Workers workers(2, 3);
  const auto job = [&] {
    ++running;
    opened.wait();
  };
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(workers.submit(job));
  while (running < 2) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(workers.submit(job)) << i;
  EXPECT_FALSE(workers.submit(job));
  EXPECT_EQ(running, 2);
  gate.set_value();
  while (running < 5) std::this_thread::yield();
}

TEST(Workers, LetGoOfAJobOnceItRan) {
  Workers workers(1, 10);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> weak = held;
  ASSERT_TRUE(workers.submit([held = std::move(held)] {}));
  std::promise<void> later;
  ASSERT_TRUE(workers.submit([&] { later.set_value(); }));
  later.get_future().wait();
  EXPECT_TRUE(weak.expired());
}

TEST(Workers, BeginInOrderOnOneThread) {
  std::vector<int> order;
  {
    Workers workers(1, 100);
    for (int i = 0; i < 50; ++i) workers.submit([&order, i] { order.push_back(i); });
  }
  ASSERT_EQ(order.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace sotto::http
