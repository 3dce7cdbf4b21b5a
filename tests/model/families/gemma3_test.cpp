#include <gtest/gtest.h>

#include <cmath>

#include "model/families/registry.h"
#include "spec_file.h"
#include "support/models.h"

namespace sotto::model {
namespace {

TEST(Gemma3, ReadsTheRealFilesSpec) {
  const auto file = gguf::File::open(support::model_path(support::kGemma3));
  ASSERT_TRUE(file) << file.error().message;
  const auto spec = read_spec(*file);
  ASSERT_TRUE(spec) << spec.error().message;
  // As the model's published configuration says: layers 6, 12 and 18 see everything, the others 512 positions.
  EXPECT_EQ(spec->n_layers, 18);
  EXPECT_EQ(spec->n_heads, 4);
  EXPECT_EQ(spec->n_kv_heads, 1);
  EXPECT_EQ(spec->head_dim, 256);
  EXPECT_EQ(spec->model_dim, 640);
  EXPECT_EQ(spec->ffn_dim, 2048);
  EXPECT_EQ(spec->n_vocab, 262144);
  EXPECT_EQ(spec->window, 512);
  for (int l = 0; l < 18; ++l)
    EXPECT_EQ(spec->windowed[static_cast<std::size_t>(l)], l != 5 && l != 11 && l != 17) << l;
  EXPECT_FLOAT_EQ(spec->rope.theta, 1e6f);
  EXPECT_FLOAT_EQ(spec->window_rope.theta, 1e4f);
  EXPECT_FLOAT_EQ(spec->attention_scale, 1 / 16.0f);
  EXPECT_FLOAT_EQ(spec->embedding_scale, std::sqrt(640.0f));
  EXPECT_TRUE(spec->qk_norm == QkNorm::kHead && spec->post_norms);
  EXPECT_EQ(spec->activation, Activation::kGeluTanh);
  EXPECT_EQ(spec->rope_pairing, RopePairing::kHalves);
}

TEST(Gemma3, CapsLogitsWhereTheFileSaysSo) {
  SpecFile file("gemma3");
  EXPECT_EQ(read_spec(file.file())->logit_cap, 0);
  file.set("final_logit_softcapping", 20.0f);
  EXPECT_EQ(read_spec(file.file())->logit_cap, 20);
}

TEST(Gemma3, AddsItsNormsToTheStandardTable) {
  SpecFile file("gemma3");
  const auto family = find_family(file.file());
  ASSERT_TRUE(family) << family.error().message;
  const WeightTable table = (*family)->weight_table();
  EXPECT_EQ(table.vectors.size(), standard_weight_table().vectors.size() + 4);
  EXPECT_EQ(table.matrices.size(), standard_weight_table().matrices.size());
}

}  // namespace
}  // namespace sotto::model
