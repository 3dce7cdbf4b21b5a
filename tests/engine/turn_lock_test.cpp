#include "engine/turn_lock.h"

#include <gtest/gtest.h>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace sotto::engine {
namespace {

TEST(TurnLock, LetsOneInAtATime) {
  TurnLock lock;
  int counter = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        const std::scoped_lock guard(lock);
        ++counter;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, 20000);
}

// While one thread holds the lock and another waits, the holder cannot take it again first.
TEST(TurnLock, ServesInTheOrderOfComing) {
  TurnLock lock;
  std::array<std::atomic<int>, 2> turns{};
  std::atomic<int> ready{0};
  const auto take_turns = [&](std::size_t me) {
    ++ready;
    while (ready < 2) std::this_thread::yield();
    while (turns[me] < 300) {
      const std::scoped_lock guard(lock);
      ++turns[me];
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      const int lead = turns[me] - turns[1 - me];
      // Both are in line within a few turns of the start.
      if (turns[me] > 50 && turns[1 - me] > 50) {
        EXPECT_LE(std::abs(lead), 60);
      }
    }
  };
  std::thread other(take_turns, 1);
  take_turns(0);
  other.join();
}

}  // namespace
}  // namespace sotto::engine
