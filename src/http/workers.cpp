#include "http/workers.h"

#include <chrono>
#include <system_error>

namespace sotto::http {
namespace {

constexpr std::chrono::seconds kIdleTime{10};

}  // namespace

Workers::~Workers() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  has_job_.notify_all();
  has_ended_.wait(lock, [&] { return threads_.empty(); });
  join_ended(lock);
}

void Workers::join_ended(std::unique_lock<std::mutex>& lock) {
  std::list<std::thread> ended;
  ended.swap(ended_);
  lock.unlock();
  for (std::thread& thread : ended) thread.join();
  lock.lock();
}

bool Workers::submit(std::function<void()> job) {
  std::unique_lock lock(mutex_);
  if (!ended_.empty()) join_ended(lock);
  if (running_ + jobs_.size() >= max_threads_ + max_waiting_) return false;
  const std::size_t free_threads = threads_.size() - running_;  // those that have just been started among them
  if (free_threads <= jobs_.size() && threads_.size() < max_threads_) {
    const auto self = threads_.emplace(threads_.end());
    try {
      *self = std::thread([this, self] { work(self); });
    } catch (const std::system_error&) {  // no more threads: those there are do it
      threads_.erase(self);
      if (threads_.empty()) return false;
    }
  }
  jobs_.push_back(std::move(job));
  has_job_.notify_one();
  return true;
}

void Workers::work(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    has_job_.wait_for(lock, kIdleTime, [&] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) break;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    ++running_;
    lock.unlock();
    job();
    job = nullptr;  // what it holds is let go outside of the lock
    lock.lock();
    --running_;
  }
  ended_.splice(ended_.end(), threads_, self);
  has_ended_.notify_all();
}

}  // namespace sotto::http
