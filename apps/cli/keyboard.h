// Waits for a key such that no signal falls between the prompt and the reading, and is missed.
#pragma once

#include <csignal>

#include "base/descriptor.h"

namespace sotto::cli {

// While one lives, the calling thread takes SIGINT, SIGTERM and SIGHUP in wait() alone, and wait() itself answers those
// of job control and of the window. One at a time; other threads must take no signals.
class Keyboard {
 public:
  enum class Event {
    kKey,        // or the end of the input: reading does not block
    kSignal,     // a handler ran
    kSuspend,    // Ctrl-Z
    kContinued,  // after a stop: another program may have changed the terminal
    kResized,
  };

  Keyboard();
  ~Keyboard();
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;

  Event wait() const;    // for standard input
  void suspend() const;  // returns when the program goes on; at once where no shell could wake it

 private:
  sigset_t before_, while_waiting_;
  base::Descriptor signals_;  // of job control and of the window
};

}  // namespace sotto::cli
