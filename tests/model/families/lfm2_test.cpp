#include <gtest/gtest.h>

#include "../tiny_models.h"
#include "spec_file.h"
#include "support/python.h"

namespace sotto::model {
namespace {

Result<DecoderSpec> lfm2_spec_of(const TinyModel& tiny) {
  const support::ScratchFolder folder;
  EXPECT_TRUE(TinyModelWriter(tiny).write(folder.file("tiny.gguf")));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  EXPECT_TRUE(file);
  return read_spec(*file);
}

TinyModel tiny_lfm2(int attention_every = 3, int conv_tokens = 3) {
  return {.architecture = "lfm2",
          .n_layers = 7,
          .rope_factors = false,
          .attention_every = attention_every,
          .conv_tokens = conv_tokens};
}

TEST(Lfm2, LayersWithoutKeyHeadsAreConvolutions) {
  const auto spec = lfm2_spec_of(tiny_lfm2());
  ASSERT_TRUE(spec) << spec.error().message;
  for (int l = 0; l < 7; ++l) EXPECT_EQ(spec->mixer(l), l == 2 || l == 5 ? Mixer::kAttention : Mixer::kShortConv) << l;
  EXPECT_EQ(spec->n_kv_heads, 2);
  EXPECT_EQ(spec->conv_tokens, 3);
  EXPECT_EQ(spec->conv_width(), 64);
  EXPECT_EQ(spec->mix_width(), 64);
  EXPECT_EQ(spec->qk_norm, QkNorm::kHead);
}

TEST(Lfm2, RefusesWhatNoModelHas) {
  for (const auto& [tiny, said] : {std::pair{tiny_lfm2(8), "expected one with attention"},
                                   {tiny_lfm2(3, 1), "shortconv.l_cache: 1, expected 2"},
                                   {tiny_lfm2(3, 65), "65, expected"}}) {
    const auto spec = lfm2_spec_of(tiny);
    ASSERT_FALSE(spec);
    EXPECT_EQ(spec.error().code, ErrorCode::kBadFile);
    EXPECT_NE(spec.error().message.find(said), std::string::npos) << spec.error().message;
  }
}

}  // namespace
}  // namespace sotto::model
