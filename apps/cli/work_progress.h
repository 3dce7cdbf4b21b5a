// How far long work on a file is: a bar on a terminal, a line from time to time otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/terminal.h"

namespace sotto::cli {

class WorkProgress {
 public:
  enum class Unit { kBytes, kTokens };

  // `doing`: "importing".
  explicit WorkProgress(std::string doing, Unit unit = Unit::kBytes) : doing_(std::move(doing)), unit_(unit) {}

  void operator()(std::uint64_t done, std::uint64_t total);
  void end() { status_.clear(); }

 private:
  using Clock = std::chrono::steady_clock;
  std::string doing_;
  Unit unit_;
  StatusLine status_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace sotto::cli
