#include "model/families/metadata.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <map>
#include <string>

#include "gguf/writer.h"
#include "support/python.h"

namespace sotto::model {
namespace {

// The spec of a file that has the required keys and `changes`, and an embedding of one row.
Result<DecoderSpec> spec_with(const std::map<std::string, std::uint32_t>& changes) {
  std::map<std::string, std::uint32_t> keys{{"block_count", 2},          {"embedding_length", 64},
                                            {"feed_forward_length", 96}, {"attention.head_count", 4},
                                            {"context_length", 128},     {"attention.key_length", 16}};
  for (const auto& [key, value] : changes) keys[key] = value;
  gguf::Writer writer;
  writer.set("general.architecture", std::string_view("tiny"));
  writer.set("tiny.attention.layer_norm_rms_epsilon", 1e-5f);
  for (const auto& [key, value] : keys) writer.set("tiny." + key, value);
  const std::uint64_t dims[] = {64, 1};
  writer.add_tensor("token_embd.weight", gguf::TensorType::kF32, dims);
  const support::ScratchFolder folder;
  const std::array<std::byte, 256> data{};
  EXPECT_TRUE(
      writer.write(folder.file("tiny.gguf"), [&](std::size_t, const gguf::Writer::Sink& sink) { return sink(data); }));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  EXPECT_TRUE(file);
  Metadata metadata(*file, "tiny");
  return metadata.finish(metadata.decoder_spec());
}

void expect_refused(const std::map<std::string, std::uint32_t>& changes, const std::string& key) {
  const auto spec = spec_with(changes);
  ASSERT_FALSE(spec) << key;
  EXPECT_EQ(spec.error().code, ErrorCode::kBadFile);
  EXPECT_NE(spec.error().message.find("tiny." + key + ":"), std::string::npos) << spec.error().message;
  EXPECT_NE(spec.error().message.find("1048576"), std::string::npos) << spec.error().message;
}

TEST(Metadata, ReadsTheSizes) {
  const auto spec = spec_with({});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->model_dim, 64);
  EXPECT_EQ(spec->ffn_dim, 96);
  EXPECT_EQ(spec->n_kv_heads, 4) << "as many as heads where the file does not say";
}

TEST(Metadata, BoundsTheWidthsOfActivations) {
  constexpr std::uint32_t kMost = 1 << 20;
  EXPECT_TRUE(spec_with({{"embedding_length", kMost}, {"feed_forward_length", kMost}}));
  EXPECT_TRUE(spec_with({{"attention.head_count", 4096}, {"attention.key_length", 256}}));
  expect_refused({{"embedding_length", kMost + 1}}, "embedding_length");
  expect_refused({{"feed_forward_length", kMost + 1}}, "feed_forward_length");
  expect_refused({{"attention.head_count", 4096}, {"attention.key_length", 272}}, "attention.head_count");
  expect_refused({{"attention.head_count", 4096}, {"attention.head_count_kv", 1}, {"attention.key_length", 4096}},
                 "attention.head_count");
}

}  // namespace
}  // namespace sotto::model
