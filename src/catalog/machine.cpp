#include "catalog/machine.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>
#include <vector>

#include "catalog/files.h"

namespace sotto::catalog {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMinBufferBytes = 64 << 20;
constexpr std::size_t kMaxBufferBytes = 192 << 20;
constexpr std::size_t kFillBlockValues = (2 << 20) / sizeof(std::uint64_t);
constexpr auto kFillTime = std::chrono::milliseconds(40);
// Several short runs with pauses between them: a moment in which others are busy spoils one of them, not all.
constexpr int kReadRuns = 4;
constexpr auto kReadTime = std::chrono::milliseconds(10);
constexpr auto kPause = std::chrono::milliseconds(8);
constexpr int kMaxThreads = 64;

int usable_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

// The number after `key` in a file of /proc; 0 when it is not there.
std::uint64_t kilobytes_after(std::string_view text, std::string_view key) {
  std::size_t at = text.find(key);
  if (at == std::string_view::npos) return 0;
  return std::strtoull(text.data() + at + key.size(), nullptr, 10) * 1024;
}

// A whole number in a small file; `otherwise` for "max" and when there is none.
std::uint64_t number_in(const std::string& path, std::uint64_t otherwise) {
  auto text = read_small_file(path, 4096);
  if (!text || text->empty() || text->front() < '0' || text->front() > '9') return otherwise;
  return std::strtoull(text->c_str(), nullptr, 10);
}

void read_memory(Machine& machine) {
  auto info = read_small_file("/proc/meminfo", 64 * 1024);
  std::string text = info ? *info : "";
  machine.memory_bytes = kilobytes_after(text, "MemTotal:");
  machine.memory_available_bytes = kilobytes_after(text, "MemAvailable:");
  // A container's limit (control groups, version 2), as seen from inside it.
  std::uint64_t limit = number_in("/sys/fs/cgroup/memory.max", UINT64_MAX);
  if (limit >= machine.memory_bytes) return;
  std::uint64_t used = number_in("/sys/fs/cgroup/memory.current", 0);
  machine.memory_bytes = limit;
  machine.memory_available_bytes = std::min(machine.memory_available_bytes, limit > used ? limit - used : 0);
}

std::size_t buffer_bytes(std::uint64_t memory_available) {
  long cache = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
  std::size_t wanted = 2 * static_cast<std::size_t>(std::max(0L, cache));
  wanted = std::clamp(wanted, kMinBufferBytes, kMaxBufferBytes);
  return std::min<std::size_t>(wanted, memory_available / 4) & ~std::size_t{4095};
}

// Several sums, so that the additions do not wait for each other.
std::uint64_t sum(const std::uint64_t* values, std::size_t count) {
  std::uint64_t sums[8] = {};
  for (std::size_t i = 0; i + 8 <= count; i += 8) {
    for (int lane = 0; lane < 8; ++lane) sums[lane] += values[i + static_cast<std::size_t>(lane)];
  }
  return sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7];
}

// Writes to `part` block by block until the time is up; returns how many values are there. A busy
// machine that gives pages slowly gets a smaller buffer, not a longer wait.
std::size_t fill(std::uint64_t* part, std::size_t values, Clock::time_point end) {
  std::size_t done = 0;
  while (done < values && (done == 0 || Clock::now() < end)) {
    std::size_t count = std::min(kFillBlockValues, values - done);
    std::fill_n(part + done, count, 1);
    done += count;
  }
  return done;
}

// The passes of all threads over their parts of the buffer, timed from barrier to barrier, in kReadRuns runs.
class ReadTimer {
 public:
  // Runs on one thread while all others wait: no lock is needed.
  void tick() {
    const auto now = Clock::now();
    if (last_ == Clock::time_point()) {
      run_begin_ = now;
    } else {
      best_s_ = std::min(best_s_, std::chrono::duration<double>(now - last_).count());
      if (now - run_begin_ >= kReadTime) end_run();
    }
    last_ = Clock::now();
  }
  bool more() const { return runs_ < kReadRuns; }
  double best_s() const { return best_s_; }

 private:
  void end_run() {
    ++runs_;
    if (more()) std::this_thread::sleep_for(kPause);
    run_begin_ = Clock::now();
  }

  Clock::time_point run_begin_, last_;
  double best_s_ = 1e9;
  int runs_ = 0;
};

// Bytes a second that `threads` threads read together from `buffer`: the fastest pass of all runs.
double read_speed(std::uint64_t* buffer, std::size_t bytes, int threads) {
  std::size_t values = bytes / sizeof(std::uint64_t) / static_cast<std::size_t>(threads);
  std::atomic<std::uint64_t> sink = 0, filled = 0;
  ReadTimer timer;
  auto fill_end = Clock::now() + kFillTime;
  std::barrier barrier(threads, [&]() noexcept { timer.tick(); });
  auto work = [&](int index) {
    std::uint64_t* part = buffer + values * static_cast<std::size_t>(index);
    std::size_t mine = fill(part, values, fill_end);
    filled += mine;
    barrier.arrive_and_wait();
    while (timer.more()) {
      sink += sum(part, mine);
      barrier.arrive_and_wait();
    }
  };
  std::vector<std::thread> workers;
  for (int i = 1; i < threads; ++i) workers.emplace_back(work, i);
  work(0);
  for (std::thread& worker : workers) worker.join();
  return static_cast<double>(filled * sizeof(std::uint64_t)) / timer.best_s();
}

double measure_read_speed(int threads, std::uint64_t memory_available) {
  std::size_t bytes = buffer_bytes(memory_available);
  if (bytes == 0) return 0;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) return 0;
  ::madvise(memory, bytes, MADV_HUGEPAGE);
  double speed = read_speed(static_cast<std::uint64_t*>(memory), bytes, std::min(threads, kMaxThreads));
  ::munmap(memory, bytes);
  return speed;
}

}  // namespace

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

Machine measure_machine() {
  Machine machine;
  machine.threads = usable_threads();
  read_memory(machine);
  machine.read_bytes_per_s = measure_read_speed(machine.threads, machine.memory_available_bytes);
  return machine;
}

}  // namespace sotto::catalog
