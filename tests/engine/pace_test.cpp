#include "engine/pace.h"

#include <gtest/gtest.h>

namespace sotto::engine {
namespace {

using std::chrono::milliseconds;

TEST(Pace, AFastModelTakesAllItMay) {
  Pace pace(512);
  EXPECT_EQ(pace.tokens(), 64u) << "nothing is known of the model's speed";
  pace.took(64, milliseconds(8));
  EXPECT_EQ(pace.tokens(), 512u);
}

TEST(Pace, ASlowModelTakesHalfASecondAtATime) {
  Pace pace(512);
  pace.took(128, milliseconds(1000));
  EXPECT_EQ(pace.tokens(), 64u);
  pace.took(64, milliseconds(500));
  EXPECT_EQ(pace.tokens(), 64u);
}

TEST(Pace, KeepsItsBounds) {
  Pace pace(512);
  pace.took(1, milliseconds(100000));
  EXPECT_EQ(pace.tokens(), 16u);
  pace.took(1, Pace::Clock::duration::zero());
  EXPECT_EQ(pace.tokens(), 512u);
  Pace narrow(4);
  EXPECT_EQ(narrow.tokens(), 4u);
  narrow.took(4, milliseconds(100000));
  EXPECT_EQ(narrow.tokens(), 4u);
}

}  // namespace
}  // namespace sotto::engine
