// What is timed is the forward pass, token by token; how long it took is nobody's to assert.
#include "model/timing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/kv_cache.h"

namespace sotto::model {
namespace {

// Notes each call: how many tokens stood in the cache, how many came, whether logits were asked for.
class Recorder final : public Model {
 public:
  struct Call {
    int depth, n_tokens;
    bool logits;
    bool operator==(const Call&) const = default;
  };
  std::vector<Call> calls;
  std::vector<std::int32_t> read;  // the first token of each call

  Recorder() {
    spec_.n_layers = 1;
    spec_.n_kv_heads = 1;
    spec_.head_dim = 16;
    spec_.n_vocab = 50;
    spec_.windowed = {false};
  }
  const DecoderSpec& spec() const override { return spec_; }
  int threads() const override { return 1; }
  std::string arithmetic() const override { return ""; }
  std::unique_ptr<KvCache> new_cache(int ctx_tokens) const override {
    return std::make_unique<KvCache>(spec_, KvType::kF16, ctx_tokens, 64);
  }
  std::uint64_t cache_bytes(int) const override { return 0; }
  using Model::forward;
  void forward(std::span<const Part> parts) override {
    const auto& [cache, tokens, which, logits] = parts.front();
    calls.push_back({cache.size(), static_cast<int>(tokens.size()), which != LogitsFor::kNone});
    EXPECT_EQ(logits.size(), which == LogitsFor::kNone   ? logits.size()
                             : which == LogitsFor::kLast ? 50u
                                                         : 50 * tokens.size());
    if (!logits.empty()) {
      std::fill(logits.begin(), logits.end(), 0.0f);
      logits[calls.size() * 7 % 50] = 1;
    }
    read.push_back(tokens.empty() ? -1 : tokens.front());
    for (const std::int32_t token : tokens) EXPECT_TRUE(token >= 0 && token < 50);
    cache.advance(static_cast<int>(tokens.size()));
  }

 private:
  DecoderSpec spec_;
};

using Call = Recorder::Call;

TEST(Timing, APromptGoesThroughInBatches) {
  Recorder model;
  const Elapsed elapsed = time_forward(model, {.n_prompt = 10, .n_batch = 4});
  EXPECT_EQ(model.calls, (std::vector<Call>{{0, 0, false}, {0, 4, false}, {4, 4, false}, {8, 2, true}}));
  EXPECT_GT(elapsed.prompt_ms, 0);
}

TEST(Timing, AnswersGoTokenByTokenAfterPromptAndDepth) {
  Recorder model;
  time_forward(model, {.n_prompt = 3, .n_gen = 2, .n_depth = 20});
  EXPECT_EQ(model.calls, (std::vector<Call>{{0, 20, false}, {20, 3, true}, {23, 1, true}, {24, 1, true}}));
}

TEST(Timing, BatchesFollowEachOtherWithAllLogits) {
  Recorder model;
  EXPECT_GT(time_batch(model, 4, 3), 0);
  EXPECT_EQ(model.calls, (std::vector<Call>{{0, 4, true}, {4, 4, true}, {8, 4, true}}));
}

// The token with the highest logit is read next, and only that is asked for.
TEST(Timing, AnswersAreWrittenGreedily) {
  Recorder model;
  const Elapsed elapsed = time_forward(model, {.n_gen = 4});
  EXPECT_EQ(elapsed.exact_logits, std::vector<std::int64_t>(4, 50)) << "this model computes all";
  for (std::size_t call = 2; call < 5; ++call) EXPECT_EQ(model.read[call], static_cast<std::int32_t>(call * 7));
}

}  // namespace
}  // namespace sotto::model
