#include "engine/batcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>

#include "engine/fake_model.h"
#include "engine/sequence.h"

namespace sotto::engine {
namespace {

struct BatcherTest : testing::Test {
  // Runs `first` in a pass that ends only when all of `others` wait.
  template <class... F>
  void run_behind(Sequence& first, F... others) {
    std::vector<std::thread> threads;
    model.during_forward = [&] {
      if (model.calls.size() > 1) return;
      (threads.emplace_back(others), ...);
      while (batcher.n_waiting() < 1 + sizeof...(others)) std::this_thread::yield();
    };
    append(first, 1);
    for (std::thread& thread : threads) thread.join();
  }

  static void append(Sequence& sequence, std::size_t n_tokens, model::LogitsFor which = model::LogitsFor::kNone) {
    std::vector<float> logits(which == model::LogitsFor::kNone ? 0 : kFakeVocab + 5);
    sequence.append(std::vector<Token>(n_tokens, 'a'), which, logits);
  }

  FakeModel model{answers("")};
  Batcher batcher{model};
  Sequence a{model, batcher, 2000}, b{model, batcher, 2000}, c{model, batcher, 2000};
};

TEST_F(BatcherTest, AloneAPromptIsReadWhole) {
  append(a, 500);
  EXPECT_EQ(model.calls, std::vector<std::size_t>{500});
  EXPECT_EQ(a.cache().size(), 500);
  EXPECT_EQ(batcher.n_waiting(), 0u);
  EXPECT_FALSE(batcher.crowded());
}

// So that who comes meanwhile does not wait for all of it.
TEST_F(BatcherTest, WhereReadingIsSlowAlsoOneThatIsAloneIsReadInPieces) {
  model.during_forward = [] { std::this_thread::sleep_for(std::chrono::milliseconds(60)); };
  append(a, 100);
  append(b, 600);
  ASSERT_GT(model.calls.size(), 2u);
  EXPECT_EQ(model.calls[0], 100u);
  EXPECT_GE(model.calls[1], 64u);
  EXPECT_LE(model.calls[1], 250u);
  EXPECT_EQ(b.cache().size(), 600);
}

TEST_F(BatcherTest, ThoseThatWaitAreReadTogether) {
  run_behind(a, [&] { append(b, 1); }, [&] { append(c, 3, model::LogitsFor::kLast); });
  EXPECT_EQ(model.calls, (std::vector<std::size_t>{1, 4}));
  EXPECT_TRUE(batcher.crowded());
  EXPECT_EQ(b.cache().size(), 1);
  EXPECT_EQ(c.cache().size(), 3);
}

// A short text is not kept waiting by a long one, which goes on in the passes after.
TEST_F(BatcherTest, LongPromptsAreReadInPiecesWhereOthersWait) {
  run_behind(a, [&] { append(b, 400, model::LogitsFor::kLast); }, [&] { append(c, 2); });
  const std::size_t size_of_long = model.calls[1] - 2;
  EXPECT_LT(size_of_long, 400u);
  EXPECT_GE(size_of_long, 16u);
  EXPECT_EQ(b.cache().size(), 400);
}

TEST_F(BatcherTest, WhatAPassThrowsReachesAllInIt) {
  std::atomic<int> caught = 0;
  const auto expect_error = [&](Sequence& sequence) {
    try {
      append(sequence, 1);
    } catch (const std::runtime_error&) {
      ++caught;
    }
  };
  std::vector<std::thread> threads;
  model.during_forward = [&] {
    if (model.calls.size() == 1) {
      threads.emplace_back([&] { expect_error(b); });
      threads.emplace_back([&] { expect_error(c); });
      while (batcher.n_waiting() < 3) std::this_thread::yield();
    }
    if (model.calls.size() == 2) throw std::runtime_error("no memory");
  };
  append(a, 1);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(caught, 2);
  EXPECT_EQ(b.size(), 0);
  append(b, 1);
  EXPECT_EQ(b.size(), 1);
}

// A member that stays away is waited for once, and one that has gone not at all.
TEST_F(BatcherTest, NobodyWaitsForThoseWhoDoNotCome) {
  {
    Batcher::Member stays_away(batcher), works(batcher);
    a.append(std::vector<Token>{1}, model::LogitsFor::kNone, {}, &stays_away);
    for (int i = 0; i < 50; ++i) b.append(std::vector<Token>{1}, model::LogitsFor::kNone, {}, &works);
  }
  for (int i = 0; i < 50; ++i) append(c, 1);
  EXPECT_EQ(model.calls.size(), 101u);
}

TEST_F(BatcherTest, ManyGenerationsShareTheirPasses) {
  constexpr int kTokens = 40;
  model.during_forward = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      Sequence own(model, batcher, 100);
      Batcher::Member member(batcher);
      for (int n = 0; n < kTokens; ++n) own.append(std::vector<Token>{5}, model::LogitsFor::kNone, {}, &member);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(model.calls.size(), 6u * kTokens / 2);
  EXPECT_EQ(*std::max_element(model.calls.begin(), model.calls.end()), 6u);
}

}  // namespace
}  // namespace sotto::engine
