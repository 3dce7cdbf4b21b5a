// What the loop's thread takes from the side of a handler, whatever is spoken over the connection: an answer of HTTP
// (exchange.h) or a socket (socket_exchange.h). Knows neither.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace sotto::http {

inline constexpr std::size_t kMaxWaitingOutput = 64 << 10;  // a writer waits while more than this is not sent

class Outlet {
 public:
  // `wake` asks the loop to look here again; it must be callable from any thread at any time.
  explicit Outlet(std::function<void()> wake) : wake_(std::move(wake)) {}
  virtual ~Outlet() = default;
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;

  // For the loop's thread.
  struct Output {
    std::string bytes;
    bool ended = false;  // nothing comes any more
    bool keep = false;   // with `ended`: the connection can take another request
  };
  virtual Output take() = 0;
  virtual void cut() = 0;          // nothing can be delivered any more
  virtual void close_after() = 0;  // the connection ends behind what is under way

  const std::atomic<bool>& gone() const { return gone_; }
  int status() const { return status_; }  // 0 before there is one
  std::size_t body_bytes() const { return body_bytes_; }

 protected:
  void wake_once() {
    {
      const std::lock_guard lock(mutex_);
      if (woken_) return;
      woken_ = true;
    }
    wake_();
  }

  std::atomic<bool> gone_ = false;
  std::atomic<int> status_ = 0;
  std::atomic<std::size_t> body_bytes_ = 0;

  std::mutex mutex_;  // for what follows, and for what those that inherit say
  std::condition_variable changed_;
  std::string out_;
  bool woken_ = false;  // and take() was not called since

 private:
  const std::function<void()> wake_;
};

}  // namespace sotto::http
