#include "http/loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace sotto::http {
namespace {

using std::chrono::milliseconds;

struct Pipe {
  base::Descriptor read_end, write_end;
  Pipe() {
    int numbers[2] = {-1, -1};
    EXPECT_EQ(::pipe2(numbers, O_NONBLOCK | O_CLOEXEC), 0);
    read_end = base::Descriptor(numbers[0]);
    write_end = base::Descriptor(numbers[1]);
  }
};

TEST(Loop, PostedCallsRunInOrder) {
  Loop loop;
  std::vector<int> order;
  for (int i = 0; i < 10; ++i) loop.post([&, i] { order.push_back(i); });
  std::thread other([&] { loop.post([&] { loop.stop(); }); });
  other.join();
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(Watch, CallsOnceWhenBytesCome) {
  Loop loop;
  Pipe pipe;
  Watch watch(loop, std::move(pipe.read_end));
  int calls = 0;
  watch.when_readable([&] {
    ++calls;
    // Not asked for again: the byte that is still there must not call. The alarm ends the test.
    watch.set_alarm(Clock::now() + milliseconds(50), [&] { loop.stop(); });
  });
  watch.when_readable([&] { calls += 100; });  // changes nothing
  ASSERT_EQ(::write(pipe.write_end.get(), "a", 1), 1);
  loop.run();
  EXPECT_EQ(calls, 1);
}

TEST(Watch, BytesThatWereThereBeforeItWasAskedCount) {
  Loop loop;
  Pipe pipe;
  ASSERT_EQ(::write(pipe.write_end.get(), "a", 1), 1);
  Watch watch(loop, std::move(pipe.read_end));
  int calls = 0;
  watch.when_readable([&] {
    ++calls;
    watch.when_readable([&] {  // nothing was read: it is still readable
      ++calls;
      loop.stop();
    });
  });
  loop.run();
  EXPECT_EQ(calls, 2);
}

TEST(Watch, AnAlarmIsPutOffAndReplaced) {
  Loop loop;
  Pipe pipe;
  Watch watch(loop, std::move(pipe.read_end));
  const auto begin = Clock::now();
  watch.set_alarm(begin + milliseconds(10), [&] { ADD_FAILURE() << "it was replaced"; });
  watch.set_alarm(begin + milliseconds(60), [&] { loop.stop(); });
  loop.run();
  EXPECT_GE(Clock::now() - begin, milliseconds(60));
}

TEST(Watch, AnAlarmCanComeEarlierAndNotAtAll) {
  Loop loop;
  Pipe pipe, other;
  Watch watch(loop, std::move(pipe.read_end));
  Watch silent(loop, std::move(other.read_end));
  silent.set_alarm(Clock::now() + milliseconds(5), [&] { ADD_FAILURE() << "it was called off"; });
  silent.set_alarm(Clock::time_point::max(), [&] { ADD_FAILURE() << "never"; });
  const auto begin = Clock::now();
  watch.set_alarm(begin + std::chrono::hours(1), [] {});
  watch.set_alarm(begin + milliseconds(20), [&] { loop.stop(); });
  loop.run();
  EXPECT_LT(Clock::now() - begin, std::chrono::minutes(1));
}

TEST(Watch, CallsNothingOnceDestroyedEvenByItsOwnCall) {
  Loop loop;
  Pipe pipe, ticking;
  const int number = pipe.read_end.get();
  auto watch = std::make_unique<Watch>(loop, std::move(pipe.read_end));
  Watch clock(loop, std::move(ticking.read_end));
  ASSERT_EQ(::write(pipe.write_end.get(), "a", 1), 1);
  watch->set_alarm(Clock::now() + milliseconds(10), [&] { ADD_FAILURE() << "its watch is gone"; });
  watch->when_readable([&] { watch.reset(); });
  clock.set_alarm(Clock::now() + milliseconds(50), [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(watch, nullptr);
  EXPECT_EQ(::fcntl(number, F_GETFD), -1) << "the descriptor is closed";
}

}  // namespace
}  // namespace sotto::http
