#include "base/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <string>
#include <utility>

#include "base/number_file.h"

namespace sotto::base {
namespace {

constexpr int kSpins = 20000;  // some 100 microseconds

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Threads that start meanwhile take no signals from outside: a signal has to reach the thread that waits for the
// keyboard, and the line editor's handler may run on no other.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t blocked;
    sigfillset(&blocked);
    // A fault belongs to the thread that made it, and a profiler wants all threads.
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF})
      sigdelset(&blocked, number);
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

int count_fast_cores(std::span<const long> max_khz) {
  long fastest = 0;
  for (const long speed : max_khz) fastest = std::max(fastest, speed);
  return static_cast<int>(std::count_if(max_khz.begin(), max_khz.end(),
                                        [&](long speed) { return speed <= 0 || speed * 10 >= fastest * 8; }));
}

int default_thread_count() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return std::max(1u, std::thread::hardware_concurrency());
  // One thread a physical core, and where cores differ in speed, only on the fast ones.
  std::map<std::pair<long, long>, long> core_speed;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(cpu);
    const auto number = [&](const char* file) { return static_cast<long>(read_number(folder + file).value_or(-1)); };
    const long core = number("/topology/core_id"), package = number("/topology/physical_package_id");
    core_speed[{package, core < 0 ? cpu : core}] = number("/cpufreq/cpuinfo_max_freq");
  }
  std::vector<long> speeds;
  for (const auto& [core, speed] : core_speed) speeds.push_back(speed);
  return std::max(1, count_fast_cores(speeds));
}

ThreadPool::ThreadPool(int n_threads) : shares_(static_cast<std::size_t>(n_threads)) {
  const BlockedSignals blocked;
  try {
    for (int thread = 1; thread < n_threads; ++thread) workers_.emplace_back([this, thread] { worker_loop(thread); });
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stopping_ = true;
  job_.fetch_add(1);
  job_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run_job(int n_tasks, void* context, Call call) {
  if (n_tasks <= 0) return;
  if (workers_.empty() || n_tasks == 1) {
    for (int index = 0; index < n_tasks; ++index) call(context, index, 0);
    return;
  }
  const std::uint32_t job = job_.load(std::memory_order_relaxed) + 1;
  publish(job, static_cast<std::uint32_t>(n_tasks), context, call);
  job_.store(job);
  if (sleepers_.load() > 0) job_.notify_all();
  work(job, 0);
  for (int spin = 0; unfinished_.load(std::memory_order_acquire) != 0; ++spin) {
    spin < kSpins ? pause_briefly() : std::this_thread::yield();
  }
  if (failed_.load(std::memory_order_relaxed)) {
    failed_.store(false, std::memory_order_relaxed);
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
}

void ThreadPool::publish(std::uint32_t job, std::uint32_t n_tasks, void* context, Call call) {
  unfinished_.store(n_tasks, std::memory_order_relaxed);
  std::uint64_t begin = 0;
  for (std::size_t i = shares_.size(); i-- > 0;) {  // workers' first, for they wait already
    Share& share = shares_[i];
    const std::uint64_t end = n_tasks * (shares_.size() - i) / shares_.size();
    share.end.store(static_cast<std::uint32_t>(end), std::memory_order_relaxed);
    share.call.store(call, std::memory_order_relaxed);
    share.context.store(context, std::memory_order_relaxed);
    share.ticket.store(std::uint64_t{job} << 32 | (end - begin), std::memory_order_release);
    begin = end;
  }
}

// Takes tasks of `job`, its own first, then others', until none is left.
void ThreadPool::work(std::uint32_t job, int thread) {
  std::uint32_t n_done = 0;
  const auto own = static_cast<std::size_t>(thread);
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    n_done += take_all(shares_[(own + i) % shares_.size()], job, thread);
  }
  if (n_done > 0) unfinished_.fetch_sub(n_done, std::memory_order_acq_rel);
}

// A worker that comes late finds no tasks left or another job's number in the ticket, or its exchange fails, and takes
// nothing: docs/decisions/0006-thread-pool.md has the argument.
std::uint32_t ThreadPool::take_all(Share& share, std::uint32_t job, int thread) {
  std::uint32_t n_done = 0;
  std::uint64_t ticket = share.ticket.load(std::memory_order_acquire);
  while (static_cast<std::uint32_t>(ticket >> 32) == job) {
    const auto remaining = static_cast<std::uint32_t>(ticket);
    if (remaining == 0) break;
    const Call call = share.call.load(std::memory_order_relaxed);
    void* context = share.context.load(std::memory_order_relaxed);
    const std::uint32_t index = share.end.load(std::memory_order_relaxed) - remaining;
    if (!share.ticket.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel)) continue;
    try {
      call(context, static_cast<int>(index), thread);
    } catch (...) {
      if (!failed_.exchange(true, std::memory_order_relaxed)) failure_ = std::current_exception();
    }
    ++n_done;
    ticket = share.ticket.load(std::memory_order_acquire);
  }
  return n_done;
}

void ThreadPool::worker_loop(int thread) {
  const Share& own = shares_[static_cast<std::size_t>(thread)];
  const auto offered = [&] { return static_cast<std::uint32_t>(own.ticket.load(std::memory_order_acquire) >> 32); };
  for (std::uint32_t seen = 0; !stopping_;) {
    for (int spin = 0; offered() == seen && spin < kSpins; ++spin) pause_briefly();
    if (offered() == seen) {
      sleepers_.fetch_add(1);
      job_.wait(seen);
      sleepers_.fetch_sub(1);
      continue;
    }
    seen = offered();
    work(seen, thread);
  }
}

}  // namespace sotto::base
