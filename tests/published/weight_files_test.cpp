#include "published/weight_files.h"

#include <gtest/gtest.h>

#include "published/support.h"

namespace sotto::published {
namespace {

using test::safetensors;
using test::TemporaryFolder;

const std::string kOne = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
const std::string kOther = R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";

std::string error_of(const TemporaryFolder& folder, ErrorCode code) {
  const auto weights = WeightFiles::open(folder.path());
  if (weights) return "no error";
  EXPECT_EQ(weights.error().code, code) << weights.error().message;
  return weights.error().message;
}

void expect_part(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(WeightFiles, OneFile) {
  TemporaryFolder folder;
  folder.write("model.safetensors", safetensors(kOne, 4));
  const auto weights = WeightFiles::open(folder.path());
  ASSERT_TRUE(weights) << weights.error().message;
  EXPECT_EQ(weights->n_tensors(), 1u);
  EXPECT_EQ(weights->at(0).tensor->name, "a");
}

TEST(WeightFiles, SeveralFilesWithAnIndex) {
  TemporaryFolder folder;
  folder.write("model-2.safetensors", safetensors(kOne, 4));
  folder.write("model-1.safetensors", safetensors(kOther, 4));
  folder.write("model.safetensors.index.json",
               R"({"metadata":{},"weight_map":{"a":"model-2.safetensors","b":"model-1.safetensors"}})");
  const auto weights = WeightFiles::open(folder.path());
  ASSERT_TRUE(weights) << weights.error().message;
  ASSERT_EQ(weights->n_tensors(), 2u);
  EXPECT_EQ(weights->at(0).tensor->name, "a");
  EXPECT_EQ(weights->at(1).tensor->name, "b");
  EXPECT_EQ(weights->at(1).file->path(), folder.file("model-1.safetensors"));
}

TEST(WeightFiles, AnIndexNamesFilesOfItsFolderOnly) {
  for (const char* name :
       {"../a.safetensors", "/etc/a.safetensors", "x/a.safetensors", ".a.safetensors", "a.bin", ""}) {
    TemporaryFolder folder;
    folder.write("model.safetensors.index.json", std::string(R"({"weight_map":{"a":")") + name + "\"}}");
    expect_part(error_of(folder, ErrorCode::kBadFile), "expected the name of a .safetensors file");
  }
}

TEST(WeightFiles, AnIndexThatDoesNotFitItsFilesIsRefused) {
  TemporaryFolder folder;
  folder.write("m.safetensors", safetensors(kOne, 4));
  folder.write("n.safetensors", safetensors(kOne, 4));
  const auto with = [&](const std::string& index) { folder.write("model.safetensors.index.json", index); };
  with("{}");
  expect_part(error_of(folder, ErrorCode::kBadFile), "weight_map is missing");
  with(R"({"weight_map":{}})");
  expect_part(error_of(folder, ErrorCode::kBadFile), "weight_map is missing");
  with(R"({"weight_map":{"a":7}})");
  expect_part(error_of(folder, ErrorCode::kBadFile), "has 7 for");
  with(R"({"weight_map":{"c":"m.safetensors"}})");
  expect_part(error_of(folder, ErrorCode::kBadFile), "expected it there");
  with(R"({"weight_map":{"a":"gone.safetensors"}})");
  expect_part(error_of(folder, ErrorCode::kNotFound), "gone.safetensors");
  with(R"({"weight_map":{"a":"m.safetensors","b":"n.safetensors"}})");
  expect_part(error_of(folder, ErrorCode::kBadFile), "expected it there");
}

TEST(WeightFiles, ATensorInTwoFilesIsRefused) {
  TemporaryFolder folder;
  folder.write("m.safetensors", safetensors(kOne, 4));
  folder.write(
      "n.safetensors",
      safetensors(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
          8));
  folder.write("model.safetensors.index.json", R"({"weight_map":{"a":"m.safetensors","b":"n.safetensors"}})");
  expect_part(error_of(folder, ErrorCode::kBadFile), "stands in");
}

TEST(WeightFiles, PicklesAreRefusedWithTheReason) {
  for (const char* name : {"pytorch_model.bin", "consolidated.00.pth", "model.pt", "last.ckpt"}) {
    TemporaryFolder folder;
    folder.write(name, "PK");
    const std::string message = error_of(folder, ErrorCode::kUnsupported);
    expect_part(message, name);
    expect_part(message, "runs code");
    expect_part(message, "safetensors");
  }
}

TEST(WeightFiles, SaysWhatElseIsInTheFolder) {
  TemporaryFolder empty, adapter, gguf;
  expect_part(error_of(empty, ErrorCode::kNotFound), "looked for model.safetensors and model.safetensors.index.json");
  adapter.write("adapter_model.safetensors", "x");
  expect_part(error_of(adapter, ErrorCode::kUnsupported), "is an adapter");
  gguf.write("model.gguf", "GGUF");
  expect_part(error_of(gguf, ErrorCode::kNotFound), "sotto import " + gguf.file("model.gguf"));
}

}  // namespace
}  // namespace sotto::published
