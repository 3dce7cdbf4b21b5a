#include <gtest/gtest.h>

#include "../tiny_models.h"
#include "spec_file.h"
#include "support/python.h"

namespace sotto::model {
namespace {

Result<DecoderSpec> qwen35_spec_of(const TinyModel& tiny) {
  const support::ScratchFolder folder;
  EXPECT_TRUE(TinyModelWriter(tiny).write(folder.file("tiny.gguf")));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  EXPECT_TRUE(file);
  return read_spec(*file);
}

TinyModel tiny_qwen35(int key_heads, int heads, int key_dim, int value_dim) {
  return {.architecture = "qwen35",
          .n_layers = 5,
          .rope_factors = false,
          .attention_every = 4,
          .delta_key_heads = key_heads,
          .delta_heads = heads,
          .delta_key_dim = key_dim,
          .delta_value_dim = value_dim};
}

TEST(Qwen35, EveryFourthLayerHasAttention) {
  const auto spec = qwen35_spec_of(tiny_qwen35(2, 6, 32, 48));
  ASSERT_TRUE(spec) << spec.error().message;
  for (int l = 0; l < 5; ++l) EXPECT_EQ(spec->attends(l), l == 3) << l;
  EXPECT_EQ(spec->delta.n_key_heads, 2);
  EXPECT_EQ(spec->delta.n_heads, 6);
  EXPECT_EQ(spec->delta.key_dim, 32);
  EXPECT_EQ(spec->delta.value_dim, 48);
  EXPECT_EQ(spec->conv_width(), 2 * 2 * 32 + 6 * 48);
  EXPECT_EQ(spec->mix_width(), 6 * 48);
  EXPECT_TRUE(spec->output_gate);
}

TEST(Qwen35, RefusesSizesThatNoModelHas) {
  for (const auto& [tiny, said] : {std::pair{tiny_qwen35(2, 3, 32, 32), "ssm.group_count: 2, expected a divisor"},
                                   {tiny_qwen35(2, 4, 20, 32), "ssm.state_size: 20, expected a multiple of 16"},
                                   {tiny_qwen35(2, 4, 32, 24), "ssm.inner_size: 96"},
                                   {tiny_qwen35(2, 4, 2048, 32), "ssm.state_size: 2048, expected 1"}}) {
    const auto spec = qwen35_spec_of(tiny);
    ASSERT_FALSE(spec);
    EXPECT_EQ(spec.error().code, ErrorCode::kBadFile);
    EXPECT_NE(spec.error().message.find(said), std::string::npos) << spec.error().message;
  }
}

}  // namespace
}  // namespace sotto::model
