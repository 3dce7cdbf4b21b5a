#include "cli/pacer.h"

#include <algorithm>
#include <thread>

namespace sotto::cli {

Pacer::Clock::time_point Pacer::next_turn(Clock::time_point now) {
  if (tokens_per_s_ <= 0) return now;
  const auto interval = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / tokens_per_s_));
  turn_ = std::max(turn_ + interval, now);
  return turn_;
}

void Pacer::wait() {
  if (tokens_per_s_ > 0) std::this_thread::sleep_until(next_turn(Clock::now()));
}

}  // namespace sotto::cli
