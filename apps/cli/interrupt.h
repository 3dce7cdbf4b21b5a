// Ctrl-C as a flag that long work looks at. One for the process.
#pragma once

#include <atomic>
#include <csignal>

namespace sotto::cli {

// While one lives, SIGINT sets flag() instead of ending the program; a second SIGINT before take() ends it at once. All
// share the one flag; they end in the reverse of the order in which they began.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  const std::atomic<bool>* flag() const;
  bool interrupted() const;
  void stop();  // sets the flag as Ctrl-C would
  bool take();  // whether it was set; clears it

 private:
  struct sigaction previous_;
};

// A write to a reader that has gone becomes an error instead of a signal. Call once, at the start.
void ignore_broken_pipes();

}  // namespace sotto::cli
