// A pool of threads that share the tasks of one job at a time. Knows nothing of what the tasks do.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <span>
#include <thread>
#include <type_traits>
#include <vector>

namespace sotto::base {

// How many threads serve best: one for each performance core that this process may use.
int default_thread_count();

// How many of these cores are as fast as the fastest, within a fifth. max_khz: each core's highest clock; 0 or less
// where the system does not say, as in most virtual machines: such a core counts.
int count_fast_cores(std::span<const long> max_khz);

// run() is called by one thread at a time, which takes part; of a pool of one by any number at once. A waiting worker
// spins for some microseconds, because the next job of a forward pass comes at once, then sleeps: an idle pool costs no
// CPU.
class ThreadPool {
 public:
  // n_threads: the caller of run() counts as one; at least 1. Throws std::system_error when the system gives no more
  // threads; those that had started have ended then.
  explicit ThreadPool(int n_threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls task(index, thread) for every index in [0, n_tasks), on any thread in [0, size()), and returns when all
  // are done. Each thread takes neighbours, in order; one that has none left takes from the others. When tasks
  // throw, the first exception is thrown here once none runs any more; whether the other tasks ran is not said, and the
  // next job may follow.
  template <class Task>
  void run(int n_tasks, Task&& task) {
    using Callable = std::remove_reference_t<Task>;
    run_job(n_tasks, const_cast<void*>(static_cast<const void*>(&task)),
            [](void* context, int index, int thread) { (*static_cast<Callable*>(context))(index, thread); });
  }

 private:
  using Call = void (*)(void* context, int index, int thread);

  // The tasks of a job that a thread takes first, its neighbours [end - remaining, end), and all that it must know of
  // them. In a cache line of its own, so that taking one moves nothing from core to core; a waiting worker watches its
  // own.
  struct alignas(64) Share {
    std::atomic<std::uint64_t> ticket{0};  // the job's number in the upper half, remaining tasks in the lower
    std::atomic<std::uint32_t> end{0};
    std::atomic<Call> call{nullptr};
    std::atomic<void*> context{nullptr};
  };

  void run_job(int n_tasks, void* context, Call call);
  void publish(std::uint32_t job, std::uint32_t n_tasks, void* context, Call call);
  void work(std::uint32_t job, int thread);
  std::uint32_t take_all(Share& share, std::uint32_t job, int thread);
  void worker_loop(int thread);
  void stop();

  std::vector<Share> shares_;  // one for each thread
  std::vector<std::thread> workers_;
  alignas(64) std::atomic<std::uint32_t> unfinished_{0};
  std::atomic<bool> failed_{false};
  std::exception_ptr failure_;                     // of the thread that set failed_, until the job has ended
  alignas(64) std::atomic<std::uint32_t> job_{0};  // what sleeping workers wait on
  std::atomic<int> sleepers_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace sotto::base
