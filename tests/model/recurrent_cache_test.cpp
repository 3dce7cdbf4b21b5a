#include "model/recurrent_cache.h"

#include <gtest/gtest.h>

#include "model/kv_cache.h"

namespace sotto::model {
namespace {

// Four layers of which the last has attention: states of 2 heads of 16 by 32, 96 channels.
DecoderSpec spec_of_states() {
  DecoderSpec spec;
  spec.n_layers = 4;
  spec.n_kv_heads = 1;
  spec.head_dim = 16;
  spec.model_dim = 64;
  spec.windowed.assign(4, false);
  spec.mixers = {Mixer::kGatedDelta, Mixer::kGatedDelta, Mixer::kGatedDelta, Mixer::kAttention};
  spec.conv_tokens = 4;
  spec.delta = {.n_key_heads = 1, .n_heads = 2, .key_dim = 16, .value_dim = 32};
  return spec;
}

void step(KvCache& cache, int n_tokens, bool may_return) {
  const auto plan = cache.recurrent().plan(cache.size(), n_tokens, may_return);
  cache.recurrent().finish(plan);
  cache.advance(n_tokens);
}

TEST(RecurrentCache, CountsStatesCopiesAndPendingTokens) {
  constexpr std::uint64_t kState = 2 * 16 * 32, kRow = 2 * 16 + 64, kStep = 4;
  constexpr std::uint64_t kLayer = 4 * (kState + 3 * kRow) + 16 * (kRow + kStep);
  EXPECT_EQ(RecurrentCache::bytes_for(spec_of_states()), 3 * 4 * kLayer);
  DecoderSpec attention = spec_of_states();
  attention.mixers.clear();
  EXPECT_EQ(RecurrentCache::bytes_for(attention), 0u);
  // Keys and values are those of one layer.
  const std::uint64_t all = KvCache::bytes_for(attention, KvType::kF16, 640, 64);
  EXPECT_EQ(KvCache::bytes_for(spec_of_states(), KvType::kF16, 640, 64), all / 4 + 3 * 4 * kLayer);
}

TEST(RecurrentCache, PendingTokensCanBeTakenBackOthersCannot) {
  KvCache cache(spec_of_states(), KvType::kF16, 640, 64);
  step(cache, 5, true);
  EXPECT_EQ(cache.reachable(2), 2);
  step(cache, 1, true);
  EXPECT_EQ(cache.reachable(2), 0) << "they became part of the state";
  EXPECT_FALSE(cache.truncate(2));
  EXPECT_EQ(cache.size(), 6);
  EXPECT_TRUE(cache.truncate(0));
  step(cache, 17, true);
  EXPECT_EQ(cache.reachable(16), 0) << "more than can be kept";
}

TEST(RecurrentCache, KeepsTheLastCopiesOfTextsThatWereRead) {
  KvCache cache(spec_of_states(), KvType::kF16, 640, 64);
  for (int i = 0; i < 5; ++i) step(cache, 50, false);
  for (const auto& [wanted, found] : {std::pair{249, 242}, {242, 242}, {241, 192}, {191, 142}, {141, 0}})
    EXPECT_EQ(cache.reachable(wanted), found) << wanted;
  for (int i = 0; i < 30; ++i) step(cache, 1, true);
  EXPECT_EQ(cache.reachable(270), 242) << "an answer pushes none out";
  EXPECT_TRUE(cache.truncate(192));
  EXPECT_EQ(cache.reachable(191), 142);
  step(cache, 4, false);
  EXPECT_EQ(cache.reachable(195), 192) << "a copy of a short text is of before it";
}

TEST(RecurrentCache, ACopyComesBackAsItWas) {
  KvCache cache(spec_of_states(), KvType::kF16, 640, 64);
  RecurrentCache& states = cache.recurrent();
  const auto plan = states.plan(0, 20, false);
  ASSERT_EQ(plan.copied, 12);
  const auto& layer = states.layer(1);
  std::fill_n(layer.copies[static_cast<std::size_t>(plan.copy)], states.shape().state + 3 * states.shape().row, 5.0f);
  std::fill_n(layer.state, states.shape().state, 7.0f);
  states.finish(plan);
  cache.advance(20);
  EXPECT_TRUE(cache.truncate(12));
  EXPECT_EQ(layer.state[0], 5.0f);
  EXPECT_EQ(layer.rows[3 * states.shape().row - 1], 5.0f);
  EXPECT_TRUE(cache.truncate(0));
  EXPECT_EQ(layer.state[0], 0.0f);
}

TEST(RecurrentCache, ABatchThatFailedIsForgotten) {
  KvCache cache(spec_of_states(), KvType::kF16, 640, 64);
  cache.recurrent().plan(0, 20, false);
  cache.recurrent().layer(0).state[3] = 1.0f;
  cache.clear();
  EXPECT_EQ(cache.recurrent().layer(0).state[3], 0.0f);
  EXPECT_EQ(cache.recurrent().fill(), RecurrentCache::Fill{});
}

TEST(RecurrentCache, TakesOnlyAFillThatItCouldHaveReached) {
  KvCache cache(spec_of_states(), KvType::kF16, 640, 64);
  using Fill = RecurrentCache::Fill;
  for (const Fill& bad : {Fill{-1, {}}, Fill{83, {}}, Fill{101, {}}, Fill{90, {91, 0, 0}}, Fill{90, {0, -5, 0}}})
    EXPECT_FALSE(cache.set_fill({100, 100, 0, bad})) << bad.settled;
  EXPECT_TRUE(cache.set_fill({100, 100, 0, {90, {50, 0, 82}}}));
  EXPECT_EQ(cache.reachable(95), 95);
  EXPECT_EQ(cache.reachable(89), 82);
  EXPECT_EQ(cache.held(0).size(), 5u) << "the state, rows and steps, two copies";
  EXPECT_EQ(cache.held(3).size(), 1u);
}

TEST(RecurrentCache, OfAttentionAloneIsEmpty) {
  DecoderSpec spec = spec_of_states();
  spec.mixers.clear();
  KvCache cache(spec, KvType::kF16, 640, 64);
  step(cache, 20, false);
  EXPECT_TRUE(cache.truncate(3));
  EXPECT_EQ(cache.fill(), (KvCache::Fill{3, 20, 0, {}}));
  EXPECT_FALSE(cache.set_fill({100, 100, 0, {90, {}}}));
}

}  // namespace
}  // namespace sotto::model
