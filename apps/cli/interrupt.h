// Ctrl-C as a flag that long work looks at. One for the process.
#pragma once

#include <atomic>

namespace sotto::cli {

// While one lives, SIGINT sets flag() instead of ending the program; a second SIGINT before take() ends it at once.
// Nesting is not supported.
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
};

// A write to a reader that has gone becomes an error instead of a signal. Call once, at the start.
void ignore_broken_pipes();

}  // namespace sotto::cli
