// A lock that serves those who wait in the order they came. Those who embed texts take it for each group of texts: with
// an ordinary mutex the thread that just released it would take it again and starve the others.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace sotto::engine {

// For std::scoped_lock.
class TurnLock {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    const std::uint64_t ticket = next_ticket_++;
    my_turn_.wait(guard, [&] { return serving_ == ticket; });
  }

  void unlock() {
    const std::scoped_lock guard(mutex_);
    ++serving_;
    my_turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable my_turn_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t serving_ = 0;
};

}  // namespace sotto::engine
