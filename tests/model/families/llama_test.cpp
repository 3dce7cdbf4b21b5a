#include <gtest/gtest.h>

#include <algorithm>

#include <cmath>

#include "../tiny_models.h"
#include "spec_file.h"
#include "support/models.h"
#include "support/python.h"

namespace sotto::model {
namespace {

TEST(Llama, ReadsTheRealFilesSpec) {
  const auto file = gguf::File::open(support::model_path(support::kSmolLm2));
  ASSERT_TRUE(file) << file.error().message;
  const auto spec = read_spec(*file);
  ASSERT_TRUE(spec) << spec.error().message;
  // As the model's published configuration says.
  EXPECT_EQ(spec->n_layers, 30);
  EXPECT_EQ(spec->n_heads, 9);
  EXPECT_EQ(spec->n_kv_heads, 3);
  EXPECT_EQ(spec->head_dim, 64);
  EXPECT_EQ(spec->model_dim, 576);
  EXPECT_EQ(spec->ffn_dim, 1536);
  EXPECT_EQ(spec->n_vocab, 49152);
  EXPECT_EQ(spec->train_ctx_tokens, 8192);
  EXPECT_FLOAT_EQ(spec->rope.theta, 100000.0f);
  EXPECT_FLOAT_EQ(spec->norm_epsilon, 1e-5f);
  EXPECT_FLOAT_EQ(spec->attention_scale, 0.125f);
  EXPECT_EQ(spec->window, 0);
  EXPECT_TRUE(spec->qk_norm == QkNorm::kNone && !spec->post_norms);
  EXPECT_EQ(spec->rope_pairing, RopePairing::kInterleaved);
}

TEST(Llama, BindsTheTensorsOfTheStandardTable) {
  const WeightTable table = standard_weight_table();
  EXPECT_EQ(table.matrices.size(), 4u);
  EXPECT_EQ(table.feed_forward.size(), 3u);
  EXPECT_EQ(std::ranges::count(table.vectors, false, &VectorEntry::optional), 2);
}

}  // namespace
}  // namespace sotto::model
