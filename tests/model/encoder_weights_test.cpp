#include "model/encoder_weights.h"

#include <gtest/gtest.h>

#include "model/families/registry.h"
#include "support/python.h"
#include "tiny_encoder.h"

namespace sotto::model {
namespace {

Result<EncoderWeights> bound(EncoderSpec spec) {
  const support::ScratchFolder folder;
  EXPECT_TRUE(TinyEncoderFile(TinyEncoder{}).write(folder.file("tiny.gguf")));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  EXPECT_TRUE(file);
  base::ThreadPool pool(1);
  const auto family = find_encoder_family(*file);
  EXPECT_TRUE(family);
  return bind_encoder_weights(*file, spec, (*family)->weight_table(), {}, pool);
}

constexpr int kLayers = 2;
EncoderSpec tiny_spec() {
  EncoderSpec spec;
  spec.n_layers = kLayers;
  spec.n_heads = spec.n_kv_heads = 3;
  spec.head_dim = 32;
  spec.model_dim = 96;
  spec.ffn_dim = 160;
  spec.n_vocab = 71;
  spec.n_token_types = 2;
  spec.ctx_tokens = 130;
  spec.learned_positions = true;
  return spec;
}

TEST(EncoderWeights, EveryMemberIsBound) {
  const auto weights = bound(tiny_spec());
  ASSERT_TRUE(weights) << weights.error().message;
  EXPECT_EQ(weights->positions.rows(), 130);
  for (const EncoderLayer& layer : weights->layers) {
    for (const ops::Matrix* matrix : {&layer.q, &layer.k, &layer.v, &layer.attention_out, &layer.up, &layer.down}) {
      EXPECT_GT(matrix->rows(), 0);
    }
    EXPECT_EQ(layer.up_bias.size(), 160u);
    EXPECT_EQ(layer.ffn_norm_bias.size(), 96u);
  }
}

TEST(EncoderWeights, NamesTheFirstThatDoesNotFit) {
  EncoderSpec spec = tiny_spec();
  spec.n_layers = kLayers + 1;
  const auto missing = bound(spec);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("blk.2.attn_q.weight: missing"), std::string::npos) << missing.error().message;
  spec = tiny_spec();
  spec.n_layers = kLayers - 1;
  EXPECT_EQ(bound(spec).error().code, ErrorCode::kUnsupported) << "a layer is left over";
  spec = tiny_spec();
  spec.ctx_tokens = 131;
  EXPECT_NE(bound(spec).error().message.find("position_embd.weight: shape"), std::string::npos);
}

}  // namespace
}  // namespace sotto::model
