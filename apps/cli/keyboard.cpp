#include "cli/keyboard.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <span>

namespace sotto::cli {

namespace {

constexpr int kAnswered[] = {SIGTSTP, SIGCONT, SIGWINCH};
constexpr int kHandled[] = {SIGINT, SIGTERM, SIGHUP};

void add(sigset_t& set, std::span<const int> signals) {
  for (const int number : signals) sigaddset(&set, number);
}

}  // namespace

Keyboard::Keyboard() {
  sigset_t answered;
  sigemptyset(&answered);
  add(answered, kAnswered);
  sigset_t blocked = answered;
  add(blocked, kHandled);
  pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  while_waiting_ = before_;
  add(while_waiting_, kAnswered);
  signals_ = base::Descriptor(signalfd(-1, &answered, SFD_CLOEXEC));
}

Keyboard::~Keyboard() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

Keyboard::Event Keyboard::wait() const {
  // Without the second, where descriptors have run out, poll() passes over it.
  pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {signals_.get(), POLLIN, 0}};
  if (ppoll(sources, 2, nullptr, &while_waiting_) < 0) return Event::kSignal;
  signalfd_siginfo signal;
  if (sources[1].revents == 0 || read(signals_.get(), &signal, sizeof signal) != sizeof signal) return Event::kKey;
  switch (signal.ssi_signo) {
    case SIGTSTP: return Event::kSuspend;
    case SIGCONT: return Event::kContinued;
    default: return Event::kResized;
  }
}

void Keyboard::suspend() const {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  raise(SIGTSTP);
  pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
}

}  // namespace sotto::cli
