#include "cli/pacer.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

using std::chrono::milliseconds;

TEST(Pacer, OffItNeverWaits) {
  Pacer pacer(0);
  const auto now = Pacer::Clock::now();
  EXPECT_EQ(pacer.next_turn(now), now);
  EXPECT_EQ(pacer.next_turn(now), now);
}

TEST(Pacer, TurnsAreAnIntervalApartHoweverFastTokensCome) {
  Pacer pacer(10);
  const auto start = Pacer::Clock::now();
  EXPECT_EQ(pacer.next_turn(start), start);
  EXPECT_EQ(pacer.next_turn(start + milliseconds(20)), start + milliseconds(100));
  EXPECT_EQ(pacer.next_turn(start + milliseconds(120)), start + milliseconds(200));
}

TEST(Pacer, LostTimeIsNotCaughtUp) {
  Pacer pacer(10);
  const auto start = Pacer::Clock::now();
  pacer.next_turn(start);
  EXPECT_EQ(pacer.next_turn(start + milliseconds(950)), start + milliseconds(950));
  EXPECT_EQ(pacer.next_turn(start + milliseconds(960)), start + milliseconds(1050));
}

}  // namespace
}  // namespace sotto::cli
