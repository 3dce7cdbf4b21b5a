#include "cli/interrupt.h"

namespace sotto::cli {

namespace {

std::atomic<bool> stop_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the signal handler writes it");

void on_interrupt(int signal_number) {
  if (stop_flag.exchange(true)) {
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);
  }
}

}  // namespace

InterruptGuard::InterruptGuard() {
  stop_flag = false;
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a read that waits for the keyboard has to come back.
  sigaction(SIGINT, &action, &previous_);
}

InterruptGuard::~InterruptGuard() { sigaction(SIGINT, &previous_, nullptr); }

const std::atomic<bool>* InterruptGuard::flag() const { return &stop_flag; }
bool InterruptGuard::interrupted() const { return stop_flag; }
void InterruptGuard::stop() { stop_flag = true; }
bool InterruptGuard::take() { return stop_flag.exchange(false); }

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace sotto::cli
