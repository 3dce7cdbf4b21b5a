#include "catalog/download/meter.h"

#include <vector>

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

using Stage = PullProgress::Stage;
using std::chrono::milliseconds;

struct Recorder {
  std::vector<PullProgress> seen;
  Meter meter{[this](const PullProgress& progress) { seen.push_back(progress); }};
  Meter::Clock::time_point start = Meter::Clock::now();
};

TEST(Meter, RateAndTimeLeft) {
  Recorder r;
  r.meter.enter(Stage::kDownloading, "x", r.start);
  // 1,000 bytes every 100 ms.
  for (int i = 0; i <= 20; ++i) {
    r.meter.update(static_cast<std::uint64_t>(i) * 1000, 100'000, r.start + milliseconds(100 * i));
  }
  EXPECT_NEAR(r.seen.back().bytes_per_s, 10'000, 1);
  EXPECT_NEAR(r.seen.back().seconds_left, 8, 0.01);
  EXPECT_EQ(r.seen.back().done_bytes, 20'000u);
}

TEST(Meter, WhatWasThereBeforeIsNoSpeed) {
  Recorder r;
  r.meter.enter(Stage::kDownloading, "", r.start);
  r.meter.update(1'000'000, 2'000'000, r.start);
  r.meter.update(1'001'000, 2'000'000, r.start + milliseconds(1000));
  EXPECT_NEAR(r.seen.back().bytes_per_s, 1000, 1);
}

TEST(Meter, NotMoreThanTenTimesASecond) {
  Recorder r;
  r.meter.enter(Stage::kDownloading, "", r.start);
  for (int i = 1; i < 1000; ++i) {
    r.meter.update(static_cast<std::uint64_t>(i), 1000, r.start + milliseconds(i));
  }
  EXPECT_LE(r.seen.size(), 13u);
  r.meter.update(1000, 1000, r.start + milliseconds(1000));
  EXPECT_EQ(r.seen.back().done_bytes, 1000u);
}

TEST(Meter, FollowsTheRecentRate) {
  Recorder r;
  r.meter.enter(Stage::kDownloading, "", r.start);
  std::uint64_t done = 0;
  for (int i = 0; i < 100; ++i) r.meter.update(done += 100'000, 1 << 30, r.start + milliseconds(100 * i));
  for (int i = 100; i < 200; ++i) r.meter.update(done += 100, 1 << 30, r.start + milliseconds(100 * i));
  EXPECT_NEAR(r.seen.back().bytes_per_s, 1000, 50);
}

TEST(Meter, StagesAreAlwaysReported) {
  Recorder r;
  r.meter.enter(Stage::kWaiting, "someone", r.start);
  r.meter.enter(Stage::kRetrying, "why", r.start);
  ASSERT_EQ(r.seen.size(), 2u);
  EXPECT_EQ(r.seen[1].detail, "why");
  EXPECT_EQ(r.seen[1].seconds_left, -1);
  // Starting again counts down, never as a negative rate.
  r.meter.update(500, 1000, r.start + milliseconds(200));
  r.meter.update(100, 1000, r.start + milliseconds(400));
  EXPECT_GE(r.seen.back().bytes_per_s, 0);
}

}  // namespace
}  // namespace sotto::catalog
