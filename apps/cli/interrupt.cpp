#include "cli/interrupt.h"

namespace sotto::cli {

namespace {

std::atomic<bool> stop_flag{false};
std::atomic<int> end_signal{0};  // the first that asked for the end
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "the signal handlers write them");

void on_interrupt(int signal_number) {
  if (stop_flag.exchange(true)) {
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);
  }
}

// Comes more than once when a terminal closes.
void on_end(int signal_number) {
  int none = 0;
  end_signal.compare_exchange_strong(none, signal_number);
  stop_flag = true;
}

}  // namespace

InterruptGuard::InterruptGuard() : handled_{{{SIGINT, {}}, {SIGTERM, {}}, {SIGHUP, {}}}} {
  stop_flag = false;
  for (Handled& handled : handled_) {
    struct sigaction action{};
    action.sa_handler = handled.number == SIGINT ? on_interrupt : on_end;
    sigemptyset(&action.sa_mask);
    // No SA_RESTART: a read that waits for the keyboard has to come back.
    sigaction(handled.number, &action, &handled.previous);
    if (handled.number != SIGINT && handled.previous.sa_handler == SIG_IGN) {
      sigaction(handled.number, &handled.previous, nullptr);
    }
  }
}

InterruptGuard::~InterruptGuard() {
  for (const Handled& handled : handled_) sigaction(handled.number, &handled.previous, nullptr);
  // To the guard around this one, or to the end.
  if (const int signal_number = end_signal.exchange(0); signal_number != 0) std::raise(signal_number);
}

const std::atomic<bool>* InterruptGuard::flag() const { return &stop_flag; }
bool InterruptGuard::interrupted() const { return stop_flag; }
bool InterruptGuard::ending() const { return end_signal != 0; }
void InterruptGuard::stop() { stop_flag = true; }
bool InterruptGuard::take() { return stop_flag.exchange(false); }

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace sotto::cli
