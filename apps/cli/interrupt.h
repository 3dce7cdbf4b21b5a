// Ctrl-C, and the wish of the system that the program ends, as flags that long work looks at. One for the process.
#pragma once

#include <array>
#include <atomic>
#include <csignal>

namespace sotto::cli {

// While one lives, SIGINT sets flag() instead of ending the program; a second SIGINT before take() ends it at once.
// SIGTERM and SIGHUP set flag() and ending(), and end the program when the guard does: what was begun can be kept
// before. A signal that was ignored stays so, as under nohup. All guards share the flags; they end in the reverse of
// the order in which they began.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  const std::atomic<bool>* flag() const;
  bool interrupted() const;
  bool ending() const;  // take() does not clear it
  void stop();          // sets the flag as Ctrl-C would
  bool take();          // whether it was set; clears it

 private:
  struct Handled {
    int number;
    struct sigaction previous;
  };
  std::array<Handled, 3> handled_;
};

// A write to a reader that has gone becomes an error instead of a signal. Call once, at the start.
void ignore_broken_pipes();

}  // namespace sotto::cli
