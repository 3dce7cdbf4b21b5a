#include "catalog/download/meter.h"

namespace sotto::catalog {
namespace {
constexpr auto kReportEvery = std::chrono::milliseconds(100);
constexpr auto kRateWindow = std::chrono::seconds(4);
}  // namespace

void Meter::enter(PullProgress::Stage stage, std::string detail, Clock::time_point now) {
  samples_.clear();
  PullProgress fresh{.stage = stage};
  // A wait or a new try does not take back what was reached.
  fresh.done_bytes = progress_.done_bytes;
  fresh.total_bytes = progress_.total_bytes;
  fresh.detail = std::move(detail);
  progress_ = std::move(fresh);
  last_report_ = now;
  if (sink_) sink_(progress_);
}

double Meter::rate() const {
  if (samples_.size() < 2) return 0;
  std::chrono::duration<double> span = samples_.back().first - samples_.front().first;
  auto bytes = static_cast<double>(samples_.back().second - samples_.front().second);
  return span.count() > 0 ? bytes / span.count() : 0;
}

void Meter::update(std::uint64_t done_bytes, std::uint64_t total_bytes, Clock::time_point now) {
  bool went_back = !samples_.empty() && done_bytes < samples_.back().second;
  if (went_back) samples_.clear();
  progress_.done_bytes = done_bytes;
  progress_.total_bytes = total_bytes;
  bool complete = done_bytes == total_bytes;
  if (!complete && !samples_.empty() && now - last_report_ < kReportEvery) return;
  samples_.emplace_back(now, done_bytes);
  while (samples_.size() > 2 && now - samples_.front().first > kRateWindow) samples_.pop_front();
  progress_.bytes_per_s = rate();
  progress_.seconds_left = -1;
  if (progress_.bytes_per_s > 0 && total_bytes >= done_bytes) {
    progress_.seconds_left = static_cast<double>(total_bytes - done_bytes) / progress_.bytes_per_s;
  }
  last_report_ = now;
  if (sink_) sink_(progress_);
}

}  // namespace sotto::catalog
