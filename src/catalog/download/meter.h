// Turns counts of bytes into the progress that people see: rate, time left, not more often than ten
// times a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "catalog/download/pull.h"

namespace sotto::catalog {

// Used by one thread. Time is a parameter so that tests need no waiting.
class Meter {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Meter(PullSink sink) : sink_(std::move(sink)) {}

  // A new stage is always reported; it forgets the rate.
  void enter(PullProgress::Stage stage, std::string detail = {}, Clock::time_point now = Clock::now());
  // The counts so far, reported when it is time.
  void update(std::uint64_t done_bytes, std::uint64_t total_bytes, Clock::time_point now = Clock::now());

 private:
  double rate() const;

  PullSink sink_;
  PullProgress progress_{};
  Clock::time_point last_report_{};
  std::deque<std::pair<Clock::time_point, std::uint64_t>> samples_;  // of the last seconds
};

}  // namespace sotto::catalog
