#include "model/families/registry.h"
#include "model/families/spec_file.h"

namespace sotto::model {
namespace {

SpecFile gemma_embedding_file() {
  SpecFile file("gemma-embedding");
  file.set("attention.key_length", 32u);
  file.set("attention.head_count_kv", 2u);
  file.set("attention.sliding_window", 20u);
  return file;
}

TEST(GemmaEmbedding, SeesTensBothWaysInWindows) {
  SpecFile file = gemma_embedding_file();
  const auto spec = read_encoder_spec(file.file());
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->reach(0), 10);
  EXPECT_EQ(spec->head_dim, 32) << "wider than embedding_length / head_count";
  EXPECT_EQ(spec->n_kv_heads, 2);
  EXPECT_EQ(spec->embedding_dim(), 64);
  EXPECT_FALSE(spec->learned_positions);
}

TEST(GemmaEmbedding, TheLastMatrixDecidesHowManyValuesAVectorHas) {
  SpecFile file = gemma_embedding_file();
  file.tensor("dense_2.weight", 64, 112);
  file.tensor("dense_3.weight", 112, 48);
  const auto spec = read_encoder_spec(file.file());
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->dense, (std::vector<int>{112, 48}));
  EXPECT_EQ(spec->embedding_dim(), 48);
}

TEST(GemmaEmbedding, RefusesKeyHeadsThatDoNotDivide) {
  SpecFile file = gemma_embedding_file();
  file.set("attention.head_count_kv", 3u);
  expect_spec_refused(file, read_encoder_spec, {"attention.head_count_kv", "3", "divisor of head_count 4"});
}

}  // namespace
}  // namespace sotto::model
