#include "model/families/registry.h"
#include "model/families/spec_file.h"

namespace sotto::model {
namespace {

TEST(NomicBert, TurnsWholeHeads) {
  SpecFile file("nomic-bert", "attention.layer_norm_epsilon");
  file.set("rope.freq_base", 1000.0f);
  file.set("pooling_type", 2u);
  file.tensor("token_types.weight", 64, 2);
  const auto spec = read_encoder_spec(file.file());
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->rope_dim, 16);
  EXPECT_FLOAT_EQ(spec->rope.theta, 1000.0f);
  EXPECT_EQ(spec->n_token_types, 2);
  EXPECT_EQ(spec->pooling, Pooling::kFirst);
  EXPECT_FALSE(spec->learned_positions);
}

TEST(NomicBert, NeedsItsTokenTypes) {
  SpecFile file("nomic-bert", "attention.layer_norm_epsilon");
  expect_spec_refused(file, read_encoder_spec, {"token_types.weight", "missing"});
}

TEST(NomicBert, HasNoMatrixTwice) {
  SpecFile file("nomic-bert", "attention.layer_norm_epsilon");
  const auto family = find_encoder_family(file.file());
  ASSERT_TRUE(family) << family.error().message;
  const EncoderWeightTable table = (*family)->weight_table();
  std::size_t n_members = 0;
  for (const auto& entry : table.matrices) n_members += entry.members.size();
  EXPECT_EQ(n_members, 7u) << "q, k, v, output, gate, up, down";
}

}  // namespace
}  // namespace sotto::model
