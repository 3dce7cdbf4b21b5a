#include <cmath>

#include "model/families/registry.h"
#include "model/families/spec_file.h"

namespace sotto::model {
namespace {

SpecFile gemma4_file() {
  SpecFile file("gemma4");
  file.set("attention.key_length", 32u);
  file.set("attention.value_length", 32u);
  file.set("attention.key_length_swa", 16u);
  file.set("attention.value_length_swa", 16u);
  file.set("rope.dimension_count", 32u);
  file.set("rope.dimension_count_swa", 16u);
  file.set("attention.sliding_window", 24u);
  file.set_list("attention.sliding_window_pattern", {1, 0, 1, 0});
  file.set("attention.shared_kv_layers", 2u);
  file.set_list("attention.head_count_kv", {2, 1, 2, 1});
  file.set_list("feed_forward_length", {96, 96, 192, 192});
  file.set("embedding_length_per_layer_input", 8u);
  return file;
}

TEST(Gemma4, ReadsWhatDiffersBetweenLayers) {
  SpecFile file = gemma4_file();
  const auto spec = read_spec(file.file());
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->head_dim_of(0), 16);
  EXPECT_EQ(spec->head_dim_of(1), 32);
  EXPECT_EQ(spec->rope_dim_in_windows(), 16);
  EXPECT_EQ(spec->kv_heads_of(1), 1);
  EXPECT_EQ(spec->ffn_dim_of(3), 192);
  EXPECT_EQ(spec->kv_layer(2), 0);
  EXPECT_EQ(spec->kv_layer(3), 1);
  EXPECT_TRUE(spec->has_own_kv(1) && !spec->has_own_kv(2));
  EXPECT_EQ(spec->layer_input_dim, 8);
  EXPECT_FLOAT_EQ(spec->attention_scale, 1.0f);
  EXPECT_FLOAT_EQ(spec->embedding_scale, 8.0f);
  EXPECT_FLOAT_EQ(spec->logit_cap, 30.0f) << "silence means the cap that most of these models have";
  EXPECT_TRUE(spec->value_norm && spec->post_norms && spec->qk_norm == QkNorm::kHead);
}

TEST(Gemma4, ACapOf0IsNone) {
  SpecFile file = gemma4_file();
  file.set("final_logit_softcapping", 0.0f);
  EXPECT_EQ(read_spec(file.file())->logit_cap, 0);
}

TEST(Gemma4, RefusesLayersWithNoneToShareWith) {
  SpecFile none = gemma4_file();
  none.set("attention.shared_kv_layers", 3u);  // the first layer sees a window, the second would need one that does not
  expect_spec_refused(none, read_spec, {"attention.shared_kv_layers", "layer 1"});
  SpecFile others = gemma4_file();
  others.set_list("attention.head_count_kv", {2, 1, 4, 1});
  expect_spec_refused(others, read_spec, {"attention.shared_kv_layers", "layer 2"});
  SpecFile all = gemma4_file();
  all.set("attention.shared_kv_layers", 4u);
  expect_spec_refused(all, read_spec, {"attention.shared_kv_layers", "expected 0…3"});
}

TEST(Gemma4, RefusesListsOfAnotherLength) {
  SpecFile file = gemma4_file();
  file.set_list("feed_forward_length", {96, 96});
  expect_spec_refused(file, read_spec, {"feed_forward_length", "2 elements", "4 layers"});
  SpecFile great = gemma4_file();
  great.set_list("attention.head_count_kv", {2, 1, 2, 4'000'000'000u});
  expect_spec_refused(great, read_spec, {"attention.head_count_kv", "4000000000"});
}

TEST(Gemma4, RefusesHeadsThatKernelsCannotTake) {
  SpecFile narrow = gemma4_file();
  narrow.set("attention.key_length_swa", 24u);
  expect_spec_refused(narrow, read_spec, {"attention.key_length_swa", "24", "multiple of 16"});
  SpecFile values = gemma4_file();
  values.set("attention.value_length_swa", 32u);
  expect_spec_refused(values, read_spec, {"attention.value_length_swa", "32"});
  SpecFile inputs = gemma4_file();
  inputs.set("embedding_length_per_layer_input", 1u << 19);
  expect_spec_refused(inputs, read_spec, {"embedding_length_per_layer_input"});
}

}  // namespace
}  // namespace sotto::model
