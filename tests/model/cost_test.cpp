// Counted here one token and one tensor at a time.
#include "model/cost.h"

#include <gtest/gtest.h>

#include "support/python.h"
#include "tiny_models.h"

namespace sotto::model {
namespace {

WeightCost cost_of(const TinyModel& tiny) {
  const support::ScratchFolder folder;
  EXPECT_TRUE(TinyModelWriter(tiny).write(folder.file("tiny.gguf")));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  EXPECT_TRUE(file);
  return file ? weight_cost(*file) : WeightCost{};
}

TEST(WeightCost, CountsEveryMatrixOfALayerAndTheHeadOnce) {
  const WeightCost cost = cost_of(
      {.n_layers = 3, .model_dim = 64, .ffn_dim = 96, .n_heads = 4, .n_kv_heads = 2, .head_dim = 16, .n_vocab = 131});
  const std::uint64_t attention = 64 * 64 * 2 + 64 * 32 * 2, feed_forward = 64 * 96 * 3;
  EXPECT_EQ(cost.block_macs, 3 * (attention + feed_forward));
  EXPECT_EQ(cost.head_macs, 131u * 64);
  EXPECT_EQ(cost.block_bytes, 4 * cost.block_macs);
  EXPECT_EQ(cost.head_bytes, 4 * cost.head_macs);
}

TEST(WeightCost, ATiedHeadIsTheEmbedding) {
  const WeightCost cost = cost_of({.untied_head = false, .type = gguf::TensorType::kQ4_0});
  EXPECT_EQ(cost.head_macs, 131u * 64);
  EXPECT_EQ(cost.head_bytes, 131u * 64 / 32 * 18);
  EXPECT_EQ(cost.block_bytes, cost.block_macs / 32 * 18);
}

TEST(AttentionMacs, HeadsOfWindowLayersMayBeOfAnotherWidth) {
  DecoderSpec spec;
  spec.n_heads = 2;
  spec.head_dim = 32;
  spec.window = 10;
  spec.windowed = {true, false};
  spec.window_head_dim = 16;
  EXPECT_EQ(attention_macs(spec, 1, 99), 2u * 2 * (10 * 16 + 100 * 32));
}

TEST(AttentionMacs, AgreesWithCountingKeyByKey) {
  DecoderSpec spec;
  spec.n_heads = 3;
  spec.head_dim = 8;
  spec.window = 10;
  spec.windowed = {true, false, true};
  for (const int depth : {0, 4, 9, 10, 30}) {
    for (const int n_tokens : {0, 1, 5, 25}) {
      std::uint64_t keys = 0;
      for (const bool windowed : {true, false, true}) {
        for (int key = 0; key < depth + n_tokens; ++key) {
          for (int query = std::max(depth, key); query < depth + n_tokens; ++query) {
            keys += !windowed || query - key < spec.window;
          }
        }
      }
      EXPECT_EQ(attention_macs(spec, n_tokens, depth), 2 * keys * 3 * 8) << n_tokens << " after " << depth;
    }
  }
}

}  // namespace
}  // namespace sotto::model
