// One thread that waits for many sockets and clocks: Boost.Asio, behind four verbs. Knows nothing of HTTP.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/descriptor.h"

namespace sotto::http {

using Clock = std::chrono::steady_clock;

class Loop {
 public:
  Loop();
  ~Loop();  // what was posted and not run is dropped
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();                             // returns after stop(); everything below is called on its thread
  void stop();                            // thread-safe
  void post(std::function<void()> call);  // thread-safe; in order

 private:
  friend class Watch;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A descriptor and an alarm that a loop watches. To be used on the loop's thread, or before it runs. Nothing is called
// any more once it is destroyed, which calls themselves may do.
class Watch {
 public:
  Watch(Loop& loop, base::Descriptor descriptor);  // non-blocking
  ~Watch();                                        // closes the descriptor
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  int descriptor() const;

  // Each calls once, when the descriptor can be read (written) or is broken; asking again before that changes nothing.
  void when_readable(std::function<void()> call);
  void when_writable(std::function<void()> call);

  // Calls once at that time; replaces an earlier alarm. Clock::time_point::max() asks for none.
  void set_alarm(Clock::time_point time, std::function<void()> call);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace sotto::http
