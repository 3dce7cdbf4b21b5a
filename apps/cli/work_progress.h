// How far long work on a file is: a bar on a terminal, a line from time to time otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/terminal.h"

namespace sotto::cli {

class WorkProgress {
 public:
  // `doing`: "importing".
  explicit WorkProgress(std::string doing) : doing_(std::move(doing)) {}

  void operator()(std::uint64_t done_bytes, std::uint64_t total_bytes);
  void end() { status_.clear(); }

 private:
  using Clock = std::chrono::steady_clock;
  std::string doing_;
  StatusLine status_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace sotto::cli
