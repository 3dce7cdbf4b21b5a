// Threads for handlers, which block. Started when there is work, gone after a while without. Knows nothing of HTTP.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace sotto::http {

class Workers {
 public:
  // At most `threads` jobs run at a time and `waiting` more wait.
  Workers(std::size_t threads, std::size_t waiting) : max_threads_(threads), max_waiting_(waiting) {}
  // Runs what waits and returns when the last thread has ended.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs `job` on one of the threads; jobs are begun in their order. False when too many wait, or when no thread can be
  // started. `job` must not throw. Thread-safe.
  bool submit(std::function<void()> job);

 private:
  void work(std::list<std::thread>::iterator self);
  void join_ended(std::unique_lock<std::mutex>& lock);

  const std::size_t max_threads_, max_waiting_;
  std::mutex mutex_;
  std::condition_variable has_job_, has_ended_;
  std::deque<std::function<void()>> jobs_;
  std::list<std::thread> threads_, ended_;  // `ended_` have let the lock go for the last time, or are about to
  std::size_t running_ = 0;                 // jobs that threads have taken
  bool ending_ = false;
};

}  // namespace sotto::http
