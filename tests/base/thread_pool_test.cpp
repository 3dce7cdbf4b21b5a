#include "base/thread_pool.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <new>
#include <random>
#include <system_error>
#include <thread>
#include <vector>

namespace {

std::atomic<int> threads_left{1 << 20};  // that the system still gives

}  // namespace

// Stands before the system's in this program, so that a test can refuse threads: the system's own limits bind neither
// root nor a program under sanitizers.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                              void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return threads_left.fetch_sub(1) > 0 ? create(thread, attributes, start, argument) : EAGAIN;
}

namespace sotto::base {
namespace {

int fast_cores(std::vector<long> max_khz) { return count_fast_cores(max_khz); }

TEST(ThreadPool, CountsTheFastCores) {
  EXPECT_EQ(fast_cores({}), 0);
  EXPECT_EQ(fast_cores({5000000, 4900000, 3400000, 3400000}), 2);
  EXPECT_EQ(fast_cores({3000000, 3000000, 3000000}), 3);
  EXPECT_EQ(fast_cores({-1, -1}), 2);  // the system does not say
}

TEST(ThreadPool, RunsEveryTaskOnce) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (int n_tasks : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> counts(static_cast<std::size_t>(n_tasks));
      pool.run(n_tasks, [&](int task, int thread) {
        ASSERT_GE(thread, 0);
        ASSERT_LT(thread, threads);
        ++counts[static_cast<std::size_t>(task)];
      });
      for (const auto& count : counts) EXPECT_EQ(count, 1);
    }
  }
}

// Many short jobs in a row: a worker that comes late must take nothing of the next job by an old ticket.
TEST(ThreadPool, KeepsJobsApart) {
  ThreadPool pool(3);
  for (int job = 0; job < 20000; ++job) {
    std::atomic<int> sum{0};
    pool.run(4, [&](int task, int) { sum += task + 1; });
    ASSERT_EQ(sum, 10);
  }
}

// The counts vary, so that a ticket of a finished short job names a task that a longer next job would have.
TEST(ThreadPool, KeepsJobsOfVaryingCountsApart) {
  const int n_jobs = std::getenv("SOTTO_SHORT") ? 5000 : 40000;
  std::minstd_rand random(7);
  for (int threads : {3, 4, 5}) {
    ThreadPool pool(threads);
    for (int job = 0; job < n_jobs; ++job) {
      std::array<std::atomic<int>, 64> counts{};
      const std::size_t n_tasks = 1 + random() % counts.size();
      pool.run(static_cast<int>(n_tasks), [&](int task, int) { ++counts.at(static_cast<std::size_t>(task)); });
      for (std::size_t i = 0; i < counts.size(); ++i) ASSERT_EQ(counts[i], i < n_tasks ? 1 : 0) << n_tasks << " tasks";
    }
  }
}

// A thread takes its own share from front to back, then what is left of the others': it turns back once for each.
TEST(ThreadPool, TakesSharesInOrder) {
  constexpr int kThreads = 3;
  ThreadPool pool(kThreads);
  std::array<std::vector<int>, kThreads> taken;
  pool.run(1000, [&](int task, int thread) { taken.at(static_cast<std::size_t>(thread)).push_back(task); });
  for (const std::vector<int>& tasks : taken) {
    int n_turns = 0;
    for (std::size_t i = 1; i < tasks.size(); ++i) n_turns += static_cast<int>(tasks[i] < tasks[i - 1]);
    EXPECT_LT(n_turns, kThreads);
  }
}

// One thread's tasks wait until the other has taken the rest of its share as well as its own.
TEST(ThreadPool, TakesWhatIsLeftOfAnothersShare) {
  ThreadPool pool(2);
  std::atomic<int> n_done{0};
  pool.run(10, [&](int task, int) {
    while (task == 0 && n_done < 9) std::this_thread::yield();
    ++n_done;
  });
  EXPECT_EQ(n_done, 10);
}

TEST(ThreadPool, WritesAreVisibleAfterRun) {
  ThreadPool pool(2);
  std::vector<int> values(257);
  for (int round = 1; round < 200; ++round) {
    pool.run(static_cast<int>(values.size()), [&](int task, int) { values[static_cast<std::size_t>(task)] += task; });
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], round * static_cast<int>(i));
  }
}

TEST(ThreadPool, ThrowsWhereTheSystemGivesTooFewThreads) {
  threads_left = 3;
  EXPECT_THROW(ThreadPool(8), std::system_error);
  threads_left = 1 << 20;
  ThreadPool pool(8);
  std::atomic<int> count{0};
  pool.run(64, [&](int, int) { ++count; });
  EXPECT_EQ(count, 64);
}

// Both threads throw: each task waits until the other has begun.
TEST(ThreadPool, ThrowsTheFirstExceptionOfTasksOnAnyThread) {
  ThreadPool pool(2);
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> begun{0};
    const auto fail = [&](int, int) {
      ++begun;
      while (begun < 2) std::this_thread::yield();
      throw std::bad_alloc();
    };
    EXPECT_THROW(pool.run(2, fail), std::bad_alloc);
  }
}

TEST(ThreadPool, OutlivesTasksThatThrow) {
  for (int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    for (int n_tasks = 1; n_tasks <= 64; ++n_tasks) {
      const auto fail = [&](int task, int) {
        if (task % 3 == 0) throw std::bad_alloc();
      };
      EXPECT_THROW(pool.run(n_tasks, fail), std::bad_alloc);
      std::atomic<int> count{0};
      EXPECT_NO_THROW(pool.run(n_tasks, [&](int, int) { ++count; }));
      EXPECT_EQ(count, n_tasks);
    }
  }
}

TEST(ThreadPool, SleepsWhenIdle) {
  ThreadPool pool(4);
  pool.run(8, [](int, int) {});
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the workers' spinning ends
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const double used_ms = 1000.0 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(used_ms, 20) << "an idle pool used the processor";
  std::atomic<int> count{0};
  pool.run(8, [&](int, int) { ++count; });
  EXPECT_EQ(count, 8);
}

TEST(ThreadPool, WorkersTakeNoSignals) {
  ThreadPool pool(2);
  std::atomic<bool> taken[2] = {true, true};
  std::atomic<int> met{0};
  pool.run(2, [&](int, int thread) {
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    taken[thread] = sigismember(&blocked, SIGTERM) == 0;
    for (++met; met < 2;) std::this_thread::yield();  // one task a thread
  });
  EXPECT_TRUE(taken[0]);
  EXPECT_FALSE(taken[1]);
}

TEST(ThreadPool, DefaultCountIsPositiveAndNoMoreThanTheProcessorsThreads) {
  EXPECT_GE(default_thread_count(), 1);
  EXPECT_LE(default_thread_count(), static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}

}  // namespace
}  // namespace sotto::base
