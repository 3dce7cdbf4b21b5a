#include "published/configuration.h"

#include "published/recurrent_families.h"

#include <gtest/gtest.h>

#include "published/support.h"

namespace sotto::published {
namespace {

constexpr const char* kLlama = R"({"model_type":"llama","hidden_size":32,"intermediate_size":48,"num_attention_heads":4,
    "num_hidden_layers":2,"vocab_size":64,"max_position_embeddings":128)";

Result<Configuration> read(const std::string& more) {
  test::TemporaryFolder folder;
  folder.write("config.json", std::string(kLlama) + more + "}");
  gguf::Writer writer;
  return read_configuration(folder.path(), writer);
}

TEST(Configuration, SilenceMeansWhatTheFamilyMeans) {
  const auto configuration = read("");
  ASSERT_TRUE(configuration) << configuration.error().message;
  EXPECT_EQ(configuration->sizes.kv_heads, 4u);
  EXPECT_EQ(configuration->sizes.head_dim, 8u);
  EXPECT_FALSE(configuration->tied);
  EXPECT_TRUE(configuration->unread.empty());
}

TEST(Configuration, FieldsThatNothingKnowsAreListed) {
  const auto configuration = read(R"(,"new_thing":1,"use_cache":true,"nothing":null,"_private":2)");
  ASSERT_TRUE(configuration) << configuration.error().message;
  EXPECT_EQ(configuration->unread, (std::vector<std::string>{"new_thing"}));
}

TEST(Configuration, Llama3FactorsComeFromItsFormula) {
  const auto configuration = read(R"(,"head_dim":8,"rope_theta":10000,"rope_scaling":{"rope_type":"llama3","factor":8,
      "low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":100})");
  ASSERT_TRUE(configuration) << configuration.error().message;
  ASSERT_EQ(configuration->tensors.size(), 1u);
  // Wavelengths 6.28, 62.8, 628, 6283 beside 100 / 4 and 100 / 1.
  const auto& values = configuration->tensors[0].values;
  ASSERT_EQ(values.size(), 4u);
  EXPECT_EQ(values[0], 1.0f);
  const double smooth = (100 / 62.83185307179586 - 1) / 3;
  EXPECT_NEAR(values[1], 1 / ((1 - smooth) / 8 + smooth), 1e-5);
  EXPECT_EQ(values[2], 8.0f);
  EXPECT_EQ(values[3], 8.0f);
}

TEST(Configuration, TheFirstProblemIsTold) {
  const auto configuration = read(R"(,"head_dim":7,"num_key_value_heads":3)");
  ASSERT_FALSE(configuration);
  EXPECT_NE(configuration.error().message.find("head_dim: found 7, expected an even number"), std::string::npos)
      << configuration.error().message;
}

TEST(Configuration, EveryFamilyHasNames) {
  const std::string names = family_names();
  for (const std::span<const Family> all : {families(), recurrent_families()}) {
    for (const Family& family : all) {
      const std::string type(family.model_type);
      EXPECT_EQ(find_family(type, family.bidirectional), &family) << type;
      EXPECT_NE((", " + names + ",").find(", " + type + ","), std::string::npos) << type;
      EXPECT_FALSE(family.architecture.empty() || family.tensors.empty()) << type;
    }
  }
  EXPECT_EQ(find_family("bart"), nullptr);
  EXPECT_EQ(find_family(""), nullptr);
}

}  // namespace
}  // namespace sotto::published
