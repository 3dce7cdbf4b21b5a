#include "engine/draft_gate.h"

#include <gtest/gtest.h>
#include <cmath>
#include <functional>

namespace sotto::engine {
namespace {

constexpr int kMost = DraftGate::kMostDrafted;

// A machine on which a pass of n tokens takes price(n) times as long as one of a token, and a text of which a share of
// the guesses is right, evenly spread.
struct World {
  std::function<double(int)> price;
  double right_share;
  int matched = 8;

  // Seconds for `n_tokens` of an answer; one token's pass takes a second.
  double write(DraftGate& gate, int n_tokens) {
    double seconds = 0;
    for (int written = 0; written < n_tokens;) {
      const int n = gate.length(matched, kMost);
      longest = std::max(longest, n);
      const double took = price(1 + n);
      gate.took(n, DraftGate::Duration(took));
      seconds += took;
      bool right = true;
      for (int i = 0; right; ++i, ++written) {
        right = next_is_right();
        gate.observe(matched + i, right, i < n);
        right = right && i < n;
      }
    }
    return seconds;
  }

  bool next_is_right() {
    chance = std::fmod(chance + 0.6180339887, 1.0);
    return chance < right_share;
  }

  double chance = 0;
  int longest = 0;
};

double cheap(int n) { return 1 + 0.1 * (n - 1); }
double dear(int n) { return n; }

TEST(DraftGate, KnowsNothingBeforeTheFirstToken) {
  DraftGate gate;
  EXPECT_EQ(gate.length(32, kMost), 0);
}

TEST(DraftGate, GuessesThatAreRightMakeLongDrafts) {
  DraftGate gate;
  World world{cheap, 1.0};
  EXPECT_LT(world.write(gate, 400), 400 / 4.0);
  EXPECT_EQ(world.longest, kMost);
}

TEST(DraftGate, WrongGuessesCostNextToNothing) {
  for (const double share : {0.0, 0.1, 0.3}) {
    DraftGate gate;
    EXPECT_LE(World({cheap, share}).write(gate, 400), 400 * 1.02) << share;
  }
}

TEST(DraftGate, WhereABatchCostsAsMuchAsItsTokensNothingIsLostOncePricesAreKnown) {
  for (const double share : {0.0, 0.5, 0.9, 1.0}) {
    DraftGate gate;
    World world{dear, share};
    EXPECT_LE(world.write(gate, 400), 400 * 1.05) << share;
    EXPECT_LE(world.write(gate, 400), 400 * 1.02) << share;
  }
}

TEST(DraftGate, LengthFollowsTrust) {
  DraftGate half_trusted;
  World half{cheap, 0.5};
  half.write(half_trusted, 400);
  DraftGate trusted;
  World whole{cheap, 1.0};
  whole.write(trusted, 400);
  EXPECT_LT(half_trusted.length(8, kMost), trusted.length(8, kMost));
}

TEST(DraftGate, AShortMatchDoesNotShareTheBlameOfALongOne) {
  DraftGate gate;
  World(World{cheap, 0.0, 2}).write(gate, 200);
  EXPECT_EQ(gate.length(2, kMost), 0);
  EXPECT_GT(gate.length(16, kMost), 0);
}

TEST(DraftGate, ComesBackWhenGuessesTurnOutRightUnread) {
  DraftGate gate;
  World(World{cheap, 0.0}).write(gate, 400);
  EXPECT_EQ(gate.length(8, kMost), 0);
  World turned{cheap, 1.0};
  EXPECT_LT(turned.write(gate, 400), 400 / 2.0);
}

TEST(DraftGate, APauseOfTheMachineDoesNotTurnItOff) {
  DraftGate gate;
  World world{cheap, 1.0};
  world.write(gate, 200);
  gate.took(kMost, DraftGate::Duration(1000));
  EXPECT_LT(world.write(gate, 400), 400 / 2.0);
}

TEST(DraftGate, NeverMoreThanThereIsRoomFor) {
  DraftGate gate;
  World world{cheap, 1.0};
  world.write(gate, 400);
  EXPECT_EQ(gate.length(8, 0), 0);
  for (int most = 1; most <= kMost; ++most) EXPECT_LE(gate.length(8, most), most);
}

TEST(DraftGate, AFixedLengthDependsOnNothing) {
  DraftGate gate(5);
  EXPECT_EQ(gate.length(1, kMost), 5);
  gate.took(5, DraftGate::Duration(1));
  gate.observe(1, false, true);
  EXPECT_EQ(gate.length(1, kMost), 5);
  EXPECT_EQ(gate.length(1, 3), 3);
}

}  // namespace
}  // namespace sotto::engine
