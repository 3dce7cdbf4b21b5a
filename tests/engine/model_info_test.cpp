#include "engine/model_info.h"

#include <gtest/gtest.h>

#include "gguf/writer.h"
#include "support/python.h"

namespace sotto::engine {
namespace {

ModelInfo describe_file(const gguf::Writer& writer) {
  const support::ScratchFolder folder;
  const std::string path = folder.file("a-model.gguf");
  const auto zeros = [](std::size_t, const gguf::Writer::Sink& sink) {
    return sink(std::vector<std::byte>(64 * 32 * 4));
  };
  const auto written = writer.write(path, zeros);
  EXPECT_TRUE(written) << written.error().message;
  auto file = gguf::File::open(path);
  EXPECT_TRUE(file) << file.error().message;
  return describe(*file);
}

TEST(ModelInfo, SaysWhatTheFileSays) {
  gguf::Writer writer;
  writer.set("general.name", "A Model");
  writer.set("general.architecture", "llama");
  writer.set("general.file_type", 15u);
  writer.set("llama.block_count", 7u);
  writer.set("llama.context_length", 2048u);
  writer.add_tensor("x", gguf::TensorType::kF32, std::vector<std::uint64_t>{64, 32});
  const ModelInfo info = describe_file(writer);
  EXPECT_EQ(info.name, "A Model");
  EXPECT_EQ(info.architecture, "llama");
  EXPECT_EQ(info.quantization, "Q4_K_M");
  EXPECT_EQ(info.n_params, 64u * 32u);
  EXPECT_GT(info.file_bytes, 64u * 32u * 4u);
  EXPECT_EQ(info.n_layers, 7);
  EXPECT_EQ(info.train_ctx_tokens, 2048);
}

TEST(ModelInfo, WhatIsAbsentOrOddIsLeftOutOrInferred) {
  gguf::Writer writer;
  writer.set("general.name", 5u);
  writer.set("general.architecture", "llama");
  writer.set("llama.block_count", -3);
  writer.set("llama.context_length", std::uint64_t{1} << 40);
  writer.set("general.file_type", 9999u);
  writer.add_tensor("x", gguf::TensorType::kF32, std::vector<std::uint64_t>{64, 32});
  const ModelInfo info = describe_file(writer);
  EXPECT_EQ(info.name, "a-model");
  EXPECT_EQ(info.quantization, "F32");
  EXPECT_EQ(info.n_layers, 0);
  EXPECT_EQ(info.train_ctx_tokens, 0);
}

}  // namespace
}  // namespace sotto::engine
