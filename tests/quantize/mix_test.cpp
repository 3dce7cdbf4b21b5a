// Which tensor gets which type: held to files that llama.cpp made, and to its documented mixes.
#include "quantize/mix.h"

#include <gtest/gtest.h>

#include <set>

#include "gguf/file.h"
#include "support/models.h"

namespace sotto::quantize {
namespace {

using gguf::TensorType;

gguf::Tensor matrix(std::string_view name, std::uint64_t row = 4096, std::uint64_t n_rows = 64) {
  return {name, TensorType::kF16, 2, {row, n_rows, 1, 1}, {}};
}

std::optional<TensorType> type_in(const char* file_type, std::string_view name, ModelShape shape = {32, 4, false}) {
  return choose_type(*find_file_type(file_type), shape, matrix(name));
}

void expect_types_of(const char* model, const char* file_type, ModelShape shape) {
  const std::string path = support::model_path(model);
  ASSERT_FALSE(path.empty()) << model << " is missing: tools/fetch_test_data.py fetches it";
  const auto file = gguf::File::open(path);
  ASSERT_TRUE(file);
  for (const gguf::Tensor& tensor : file->tensors()) {
    const auto type = choose_type(*find_file_type(file_type), shape, tensor);
    EXPECT_EQ(type.value_or(TensorType::kF32), tensor.type) << tensor.name;
  }
}

TEST(Mix, IsThatOfFilesOfOthers) {
  expect_types_of(support::kGemma3, "Q4_K_M", {18, 4, true});
  expect_types_of(support::kSmolLm2, "Q4_1", {30, 3, true});
}

TEST(Mix, TheVocabularyHeadGetsMoreBits) {
  for (const FileType& type : file_types()) {
    if (!type.quantized()) continue;
    const TensorType head = type.base == TensorType::kQ8_0 ? TensorType::kQ8_0 : TensorType::kQ6_K;
    EXPECT_EQ(choose_type(type, {32, 1, false}, matrix("output.weight")), head) << type.name;
    EXPECT_EQ(choose_type(type, {32, 1, true}, matrix("token_embd.weight")), head) << type.name;
    EXPECT_EQ(choose_type(type, {32, 1, false}, matrix("token_embd.weight")), type.base) << type.name;
  }
}

TEST(Mix, OuterLayersAndEveryThirdGetMoreBits) {
  std::set<int> larger;
  for (int layer = 0; layer < 32; ++layer) {
    const std::string name = "blk." + std::to_string(layer) + ".ffn_down.weight";
    if (type_in("Q4_K_M", name) == TensorType::kQ6_K) larger.insert(layer);
  }
  EXPECT_EQ(larger, (std::set<int>{0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31}));
}

TEST(Mix, RulesAreOfRolesAndLayers) {
  EXPECT_EQ(type_in("Q4_K_S", "blk.3.attn_v.weight"), TensorType::kQ5_K);
  EXPECT_EQ(type_in("Q4_K_S", "blk.4.attn_v.weight"), TensorType::kQ4_K);
  EXPECT_EQ(type_in("Q3_K_M", "blk.1.ffn_down.weight"), TensorType::kQ5_K);
  EXPECT_EQ(type_in("Q3_K_M", "blk.2.ffn_down.weight"), TensorType::kQ4_K);
  EXPECT_EQ(type_in("Q3_K_M", "blk.2.ffn_up.weight"), TensorType::kQ3_K);
  EXPECT_EQ(type_in("IQ4_XS", "blk.9.attn_v.weight"), TensorType::kQ5_K);
  EXPECT_EQ(type_in("IQ4_XS", "blk.9.attn_v.weight", {32, 2, false}), TensorType::kIQ4_XS);
  EXPECT_EQ(type_in("Q4_K_M", "blk.x.attn_v.weight"), TensorType::kQ4_K);
  EXPECT_EQ(type_in("Q4_K_M", "blk.0.ffn_down_exps.weight"), TensorType::kQ6_K);
}

TEST(Mix, RowsThatAreNoWholeBlocksGetSmallerOnes) {
  const auto type = [](const char* file_type, std::uint64_t row) {
    return choose_type(*find_file_type(file_type), {}, matrix("blk.0.ffn_up.weight", row));
  };
  EXPECT_EQ(type("Q3_K_S", 288), TensorType::kIQ4_NL);
  EXPECT_EQ(type("IQ4_XS", 288), TensorType::kIQ4_NL);
  EXPECT_EQ(type("Q4_K_S", 288), TensorType::kQ5_0);
  EXPECT_EQ(type("Q5_K_S", 288), TensorType::kQ5_1);
  EXPECT_EQ(type("Q6_K", 288), TensorType::kQ8_0);
  EXPECT_EQ(type("Q6_K", 100), TensorType::kF16);
  EXPECT_EQ(type("Q4_0", 100), TensorType::kF16);
  EXPECT_EQ(type("BF16", 100), TensorType::kBF16);
}

TEST(Mix, WhatModelsAreSensitiveToStays) {
  for (const char* name : {"blk.0.ffn_gate_inp.weight", "blk.0.attn_norm.weight", "blk.0.attn_q_norm.weight",
                           "blk.0.attn_q.bias", "position_embd.weight", "rope_freqs.weight"}) {
    EXPECT_EQ(type_in("Q4_0", name), std::nullopt) << name;
  }
  EXPECT_EQ(choose_type(*find_file_type("Q4_0"), {}, matrix("blk.0.attn_q.weight", 4096, 1)), std::nullopt);
}

TEST(Mix, NamesInAnyCase) {
  EXPECT_EQ(find_file_type("q4_k_m"), find_file_type("Q4_K_M"));
  EXPECT_EQ(find_file_type("Q4_K_M")->number, 15u);
  EXPECT_EQ(find_file_type("Q2"), nullptr);
  EXPECT_NE(file_type_names().find("Q8_0, Q6_K, "), std::string::npos);
}

}  // namespace
}  // namespace sotto::quantize
