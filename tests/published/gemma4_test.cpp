// Configurations whose sizes differ between layers, good and hostile.
#include <gtest/gtest.h>

#include "published/configuration.h"
#include "published/support.h"

namespace sotto::published {
namespace {

constexpr const char* kGemma4 = R"({"model_type":"gemma4_text","hidden_size":32,"intermediate_size":48,
    "num_attention_heads":4,"num_key_value_heads":2,"head_dim":8,"num_hidden_layers":4,"vocab_size":64,
    "hidden_size_per_layer_input":8,"vocab_size_per_layer_input":64,"max_position_embeddings":128)";
constexpr const char* kKinds =
    R"(,"layer_types":["sliding_attention","full_attention","sliding_attention","full_attention"])";

Result<Configuration> read_gemma4(const std::string& more) {
  test::TemporaryFolder folder;
  folder.write("config.json", std::string(kGemma4) + more + "}");
  gguf::Writer writer;
  return read_configuration(folder.path(), writer);
}

TEST(PublishedGemma4, SizesOfLayersInBothSpellings) {
  for (const char* spelling : {R"(,"global_head_dim":16,"num_global_key_value_heads":1)",
                               R"(,"per_layer_config":{"1":{"head_dim":16,"num_key_value_heads":1},
                                                       "3":{"head_dim":16,"num_key_value_heads":1}})"}) {
    const auto configuration = read_gemma4(std::string(kKinds) + spelling +
                                           R"(,"attention_k_eq_v":true,"num_kv_shared_layers":2,
                                               "use_double_wide_mlp":true)");
    ASSERT_TRUE(configuration) << configuration.error().message;
    EXPECT_EQ(configuration->sizes.head_dim, 16u);
    const Sizes &window = configuration->of_layer(0), &wide = configuration->of_layer(1);
    EXPECT_TRUE(window.head_dim == 8 && window.kv_heads == 2 && window.values && window.keys && window.ffn == 48);
    EXPECT_TRUE(wide.head_dim == 16 && wide.kv_heads == 1 && !wide.values && wide.keys && wide.ffn == 48);
    EXPECT_FALSE(configuration->of_layer(2).keys);
    EXPECT_EQ(configuration->of_layer(3).ffn, 96u);
  }
}

TEST(PublishedGemma4, AQuarterOfThePairsTurns) {
  const auto configuration = read_gemma4(std::string(kKinds) + R"(,"global_head_dim":16)");
  ASSERT_TRUE(configuration) << configuration.error().message;
  ASSERT_EQ(configuration->tensors.size(), 1u);
  EXPECT_EQ(configuration->tensors[0].name, "rope_freqs.weight");
  EXPECT_EQ(configuration->tensors[0].values, (std::vector<float>{1, 1, 1e30f, 1e30f, 1e30f, 1e30f, 1e30f, 1e30f}));
}

void expect_gemma4_refused(const std::string& more, const char* said) {
  const auto configuration = read_gemma4(more);
  ASSERT_FALSE(configuration) << more;
  EXPECT_NE(configuration.error().message.find(said), std::string::npos) << configuration.error().message;
}

TEST(PublishedGemma4, SaysWhatItCannotImport) {
  const std::string kinds = kKinds;
  expect_gemma4_refused("", "layer_types");
  expect_gemma4_refused(kinds + R"(,"enable_moe_block":true)", "enable_moe_block");
  expect_gemma4_refused(kinds + R"(,"vocab_size_per_layer_input":32)", "twice");
  expect_gemma4_refused(kinds + R"(,"num_kv_shared_layers":4)", "num_kv_shared_layers");
  expect_gemma4_refused(kinds + R"(,"per_layer_config":{"4":{}})", "per_layer_config");
  expect_gemma4_refused(kinds + R"(,"per_layer_config":{"x":{}})", "per_layer_config");
  expect_gemma4_refused(kinds + R"(,"per_layer_config":{"1":7})", "per_layer_config");
  expect_gemma4_refused(kinds + R"(,"per_layer_config":{"1":{"head_dim":24}})", "layer 3 has heads of 512");
  expect_gemma4_refused(kinds + R"(,"per_layer_config":{"1":{"hidden_size":24}})", "hidden_size");
  expect_gemma4_refused(kinds + R"(,"use_bidirectional_attention":"all")", "use_bidirectional_attention");
  expect_gemma4_refused(kinds + R"(,"rope_parameters":{"full_attention":{"rope_type":"proportional",
      "partial_rotary_factor":2,"rope_theta":1e6},"sliding_attention":{"rope_theta":1e4}})",
                        "partial_rotary_factor");
  expect_gemma4_refused(kinds + R"(,"rope_parameters":{"full_attention":{"rope_theta":1e6},"sliding_attention":{
      "rope_theta":1e4,"partial_rotary_factor":0.5}})",
                        "partial_rotary_factor");
}

}  // namespace
}  // namespace sotto::published
