// Importance matrices: what a file may say, and what each value of a tensor weighs by it.
#include "quantize/importance.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "gguf/writer.h"
#include "support/temporary_folder.h"

namespace sotto::quantize {
namespace {

struct Entry {
  std::string name;
  std::vector<std::uint64_t> dims;
  std::vector<float> values;
  gguf::TensorType type = gguf::TensorType::kF32;
};

std::vector<Entry> two_matrices() {
  return {{"blk.0.attn_v.weight.in_sum2", {4, 1}, {8, 0, 4, 4}},
          {"blk.0.attn_v.weight.counts", {1, 1}, {2}},
          {"blk.0.ffn_up_exps.weight.in_sum2", {2, 3}, {1, 3, 0, 0, 6, 2}},
          {"blk.0.ffn_up_exps.weight.counts", {1, 3}, {1, 0, 5}}};
}

class ImportanceTest : public testing::Test {
 protected:
  std::string write(const std::vector<Entry>& entries, const char* type = "imatrix") {
    gguf::Writer writer;
    if (type != nullptr) writer.set("general.type", type);
    for (const Entry& entry : entries) writer.add_tensor(entry.name, entry.type, entry.dims);
    const std::string path = folder_.file("i.gguf");
    const auto written = writer.write(path, [&](std::size_t index, const gguf::Writer::Sink& sink) {
      return sink(std::as_bytes(std::span(entries[index].values)));
    });
    EXPECT_TRUE(written) << written.error().message;
    return path;
  }

  void expect_refused(const std::vector<Entry>& entries, const std::string& part, const char* type = "imatrix") {
    const auto read = Importance::open(write(entries, type));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kBadFile);
    EXPECT_NE(read.error().message.find("i.gguf"), std::string::npos) << read.error().message;
    EXPECT_NE(read.error().message.find(part), std::string::npos) << read.error().message;
  }

  support::TemporaryFolder folder_;
};

TEST_F(ImportanceTest, WeightsAreInProportionToTheSumsOfTheirPart) {
  const auto read = Importance::open(write(two_matrices()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->size(), 2u);
  const ColumnWeights* dense = read->find("blk.0.attn_v.weight");
  ASSERT_NE(dense, nullptr);
  EXPECT_EQ(dense->values, (std::vector<float>{2, kLeastShare, 1, 1}));
  const ColumnWeights* experts = read->find("blk.0.ffn_up_exps.weight");
  ASSERT_NE(experts, nullptr);
  EXPECT_EQ(experts->values, (std::vector<float>{0.5f, 1.5f, 1, 1, 1.5f, 0.5f}));  // the second saw nothing
  EXPECT_EQ(read->find("blk.0.attn_v"), nullptr);
}

TEST_F(ImportanceTest, AValueWeighsWhatItsColumnOfItsPartDoes) {
  ColumnWeights weights{3, 2, {1, 2, 3, 10, 20, 30}};
  std::vector<float> out(8);
  weights.fill(4, 2, 8, out.data());  // from the second value of the second row of the first part
  EXPECT_EQ(out, (std::vector<float>{2, 3, 10, 20, 30, 10, 20, 30}));
}

TEST_F(ImportanceTest, WhatIsNoImportanceMatrixIsRefused) {
  expect_refused(two_matrices(), "general.type", nullptr);
  expect_refused(two_matrices(), "\"model\"", "model");
  expect_refused({}, ".in_sum2");
}

TEST_F(ImportanceTest, HostileEntriesAreRefused) {
  using Change = std::function<void(std::vector<Entry>&)>;
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const std::vector<std::pair<const char*, Change>> cases = {
      {"nan", [&](auto& e) { e[0].values[2] = nan; }},
      {"inf", [&](auto& e) { e[2].values[5] = inf; }},
      {"-1", [&](auto& e) { e[0].values[0] = -1; }},
      {"nan", [&](auto& e) { e[1].values[0] = nan; }},
      {"-3", [&](auto& e) { e[3].values[1] = -3; }},
      {"counts", [&](auto& e) { e.erase(e.begin() + 1); }},
      {"3 rows", [&](auto& e) { e[3] = {"blk.0.ffn_up_exps.weight.counts", {1, 2}, {1, 1}}; }},
      {"3 rows", [&](auto& e) { e[3] = {"blk.0.ffn_up_exps.weight.counts", {3}, {1, 1, 1}}; }},
      {"F16", [&](auto& e) { e[0] = {e[0].name, {8, 1}, {0, 0, 0, 0}, gguf::TensorType::kF16}; }},
  };
  for (const auto& [part, change] : cases) {
    std::vector<Entry> entries = two_matrices();
    change(entries);
    expect_refused(entries, part);
  }
}

TEST_F(ImportanceTest, AnotherModelsIsRefused) {
  const auto importance = Importance::open(write(two_matrices()));
  ASSERT_TRUE(importance);
  const auto model_with = [&](const std::vector<Entry>& tensors) {
    gguf::Writer writer;
    for (const Entry& entry : tensors) writer.add_tensor(entry.name, entry.type, entry.dims);
    const std::string path = folder_.file("m.gguf");
    EXPECT_TRUE(writer.write(path, [&](std::size_t index, const gguf::Writer::Sink& sink) {
      return sink(std::as_bytes(std::span(tensors[index].values)));
    }));
    return gguf::File::open(path);
  };
  const Entry dense{"blk.0.attn_v.weight", {4, 2}, std::vector<float>(8)};
  const Entry experts{"blk.0.ffn_up_exps.weight", {2, 5, 3}, std::vector<float>(30)};
  EXPECT_TRUE(importance->check(*model_with({dense, experts})));
  for (const auto& tensors :
       std::vector<std::vector<Entry>>{{dense},
                                       {{"blk.0.attn_v.weight", {8, 1}, std::vector<float>(8)}, experts},
                                       {dense, {"blk.0.ffn_up_exps.weight", {2, 3, 5}, std::vector<float>(30)}}}) {
    const auto fits = importance->check(*model_with(tensors));
    ASSERT_FALSE(fits);
    EXPECT_EQ(fits.error().code, ErrorCode::kBadRequest);
    EXPECT_NE(fits.error().message.find("of this model"), std::string::npos) << fits.error().message;
  }
}

}  // namespace
}  // namespace sotto::quantize
