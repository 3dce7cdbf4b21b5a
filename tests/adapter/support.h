// Small models and adapters as files, for tests of reading and merging.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gguf/file.h"
#include "gguf/writer.h"

namespace sotto::adapter::test {

struct Tensor {
  std::string name;
  std::vector<std::uint64_t> dims;  // a row's length first
  std::vector<float> values;
};

// Exact, so that the same call gives the same bits wherever it is compiled.
inline std::vector<float> numbers(std::size_t n, float first = 0.25f) {
  std::vector<float> values(n);
  const auto start = static_cast<std::size_t>(first * 4);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>((start + i) * 37 % 101) / 64 - 0.75f;
  return values;
}

inline Tensor tensor(std::string name, std::vector<std::uint64_t> dims, float first = 0.25f) {
  std::size_t n = 1;
  for (const std::uint64_t dim : dims) n *= dim;
  return {std::move(name), std::move(dims), numbers(n, first)};
}

inline void write_gguf(const std::string& path, gguf::Writer writer, const std::vector<Tensor>& tensors) {
  for (const Tensor& one : tensors) writer.add_tensor(one.name, gguf::TensorType::kF32, one.dims);
  const auto written = writer.write(path, [&](std::size_t index, const gguf::Writer::Sink& sink) {
    return sink(std::as_bytes(std::span(tensors[index].values)));
  });
  ASSERT_TRUE(written) << written.error().message;
}

// A folder of its own, and in it a model of 2 heads with 4 rows each.
class AdapterFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ranges::replace(name, '/', '_');  // of a case
    folder_ = ::testing::TempDir() + "adapter_" + name;
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    gguf::Writer writer;
    writer.set("general.architecture", "llama");
    writer.set("llama.embedding_length", std::uint32_t(8));
    writer.set("llama.attention.head_count", std::uint32_t(2));
    write_gguf(file("model.gguf"), writer,
               {tensor("token_embd.weight", {8, 20}), tensor("blk.0.attn_norm.weight", {8}),
                tensor("blk.0.attn_q.weight", {8, 8}, 1), tensor("blk.0.attn_v.weight", {8, 4}, 2),
                tensor("blk.0.ffn_gate_exps.weight", {8, 6, 3})});
    auto opened = gguf::File::open(file("model.gguf"));
    ASSERT_TRUE(opened) << opened.error().message;
    model_.emplace(std::move(*opened));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  void write_text(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
  }

  std::string folder_;
  std::optional<gguf::File> model_;
};

}  // namespace sotto::adapter::test
