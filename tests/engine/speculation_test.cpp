#include "engine/speculation.h"

#include <gtest/gtest.h>
#include <vector>

namespace sotto::engine {
namespace {

const std::vector<Token> kPrompt{1, 2, 3, 4, 5, 6, 7, 8, 9};

std::vector<Token> draft_of(Speculation& speculation, std::size_t most) {
  const auto draft = speculation.draft(most);
  return {draft.begin(), draft.end()};
}

TEST(Speculation, WhatTheDraftHoldsHasBeenRead) {
  DraftGate gate(3);
  Speculation speculation(gate, kPrompt, 64);
  EXPECT_FALSE(speculation.chosen(1));
  EXPECT_FALSE(speculation.chosen(2));
  EXPECT_EQ(draft_of(speculation, 10), (std::vector<Token>{3, 4, 5}));
  EXPECT_TRUE(speculation.chosen(3));
  EXPECT_TRUE(speculation.chosen(4));
  EXPECT_TRUE(speculation.chosen(5));
  EXPECT_FALSE(speculation.chosen(6)) << "guessed, but not read";
  EXPECT_EQ(draft_of(speculation, 2), (std::vector<Token>{7, 8})) << "no more than there is room for";
}

TEST(Speculation, AfterAWrongGuessTheRestCountsNoMore) {
  DraftGate gate(3);
  Speculation speculation(gate, kPrompt, 64);
  speculation.chosen(1);
  speculation.chosen(2);
  EXPECT_EQ(draft_of(speculation, 10), (std::vector<Token>{3, 4, 5}));
  EXPECT_TRUE(speculation.chosen(3));
  EXPECT_FALSE(speculation.chosen(9));
  EXPECT_FALSE(speculation.chosen(5)) << "it stood in the draft, after a token that was not chosen";
}

TEST(Speculation, NoRoomOrNoGuessIsNoDraft) {
  DraftGate gate(3);
  Speculation speculation(gate, kPrompt, 64);
  EXPECT_TRUE(draft_of(speculation, 10).empty());
  speculation.chosen(1);
  speculation.chosen(2);
  EXPECT_TRUE(draft_of(speculation, 0).empty());
  EXPECT_FALSE(speculation.chosen(3));
}

// Guesses that are compared without having been read teach the gate, which then reads some.
TEST(Speculation, LearnsFromGuessesThatWereNotRead) {
  DraftGate gate;
  const std::vector<Token> prompt(40, 1);
  Speculation speculation(gate, prompt, 64);
  for (int i = 0; i < 60; ++i) {
    gate.observe(DraftGate::kMostDrafted, false, false);
    gate.observe(32, false, false);
  }
  speculation.chosen(1);
  EXPECT_TRUE(draft_of(speculation, 10).empty());
  for (int i = 0; i < 60; ++i) {
    if (const auto draft = speculation.draft(10); !draft.empty()) return;
    speculation.took(DraftGate::Duration(1));
    EXPECT_FALSE(speculation.chosen(1));
  }
  FAIL() << "60 right guesses, and none was read";
}

}  // namespace
}  // namespace sotto::engine
