// A whole folder in C++, so that sanitizers see the way of a model; import_test.py holds what is written to other
// libraries.
#include "published/folder.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "gguf/file.h"
#include "published/support.h"

namespace sotto::published {
namespace {

using test::TemporaryFolder;

struct Part {
  std::string name, shape;
  std::size_t n_values;
};

// A llama of one layer, two heads of two, in F16: every value has the same bits.
std::vector<Part> parts() {
  std::vector<Part> all = {{"model.embed_tokens.weight", "[4,4]", 16}, {"model.norm.weight", "[4]", 4}};
  for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
    all.push_back({fmt::format("model.layers.0.self_attn.{}.weight", name), "[4,4]", 16});
  }
  for (const char* name : {"gate_proj", "up_proj", "down_proj"}) {
    all.push_back({fmt::format("model.layers.0.mlp.{}.weight", name), "[4,4]", 16});
  }
  for (const char* name : {"input_layernorm", "post_attention_layernorm"}) {
    all.push_back({fmt::format("model.layers.0.{}.weight", name), "[4]", 4});
  }
  return all;
}

void write_weights(const TemporaryFolder& folder) {
  std::string header = "{";
  std::size_t end = 0;
  for (const Part& part : parts()) {
    header += fmt::format(R"({}"{}":{{"dtype":"F16","shape":{},"data_offsets":[{},{}]}})", end == 0 ? "" : ",",
                          part.name, part.shape, end, end + 2 * part.n_values);
    end += 2 * part.n_values;
  }
  std::string bytes = test::safetensors(header + "}", 0);
  for (std::size_t i = 0; i < end / 2; ++i) {  // 1.0 + i / 1024
    const std::uint16_t half = static_cast<std::uint16_t>(0x3c00 + i % 1024);
    bytes += static_cast<char>(half & 0xff);
    bytes += static_cast<char>(half >> 8);
  }
  folder.write("model.safetensors", bytes);
}

void write_folder(const TemporaryFolder& folder) {
  write_weights(folder);
  folder.write("config.json", R"({"model_type":"llama","hidden_size":4,"intermediate_size":4,"num_attention_heads":2,
      "num_hidden_layers":1,"vocab_size":4,"max_position_embeddings":16,"rms_norm_eps":1e-5,"tie_word_embeddings":true})");
  folder.write("tokenizer.json", R"({"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
      "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}})");
}

TEST(Folder, BecomesAGgufFile) {
  TemporaryFolder folder;
  write_folder(folder);
  const std::string out = folder.file("out.gguf");
  std::uint64_t done = 0, total = 0;
  const auto converted = convert_folder(folder.path(), out, {.on_progress = [&](std::uint64_t d, std::uint64_t t) {
                                          EXPECT_GT(d, done);
                                          done = d, total = t;
                                        }});
  ASSERT_TRUE(converted) << converted.error().message;
  EXPECT_EQ(converted->architecture, "llama");
  EXPECT_EQ(converted->type, "F16");
  EXPECT_EQ(converted->n_tensors, parts().size());
  EXPECT_EQ(done, total);
  EXPECT_GT(total, 0u);
  const auto file = gguf::File::open(out);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(converted->bytes, file->size_bytes());
  // q_proj's values begin at number 20: rows 0, 1, 2, 3, of which two make a head: nothing moves with two rows a head.
  const gguf::Tensor* q = file->tensor("blk.0.attn_q.weight");
  ASSERT_NE(q, nullptr);
  std::uint16_t first = 0;
  std::memcpy(&first, q->data.data(), sizeof first);
  EXPECT_EQ(first, 0x3c00 + 20);
  EXPECT_EQ(file->tensor("output_norm.weight")->type, gguf::TensorType::kF32);
}

TEST(Folder, NothingIsLeftWhenItIsStopped) {
  TemporaryFolder folder;
  write_folder(folder);
  const std::atomic<bool> stop = true;
  const auto converted = convert_folder(folder.path(), folder.file("out.gguf"), {.cancel = &stop});
  ASSERT_FALSE(converted);
  EXPECT_EQ(converted.error().code, ErrorCode::kCancelled);
  std::size_t n_files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++n_files;
  EXPECT_EQ(n_files, 3u);
}

// Every place of the configuration with every kind of value: an import or an error, never a crash.
TEST(Folder, OddConfigurationsNeverCrash) {
  TemporaryFolder folder;
  write_folder(folder);
  const Json whole = *read_object(folder.file("config.json"), 1 << 20);
  const char* fields[] = {"model_type",
                          "hidden_size",
                          "num_attention_heads",
                          "num_key_value_heads",
                          "head_dim",
                          "num_hidden_layers",
                          "vocab_size",
                          "rope_scaling",
                          "rope_parameters",
                          "rope_theta",
                          "text_config",
                          "layer_types",
                          "sliding_window",
                          "tie_word_embeddings",
                          "eos_token_id",
                          "bos_token_id",
                          "partial_rotary_factor",
                          "original_max_position_embeddings"};
  const char* values[] = {"null",
                          "0",
                          "-1",
                          "1.5",
                          "1e300",
                          "18446744073709551615",
                          "\"x\"",
                          "[]",
                          "{}",
                          "[1,[2]]",
                          "{\"rope_type\":3}",
                          "{\"full_attention\":{},\"sliding_attention\":7}",
                          "true"};
  for (const char* type : {"llama", "mistral", "gemma3", "phi3", "qwen3_moe", "smollm3", "stablelm"}) {
    for (const char* name : fields) {
      for (const char* value : values) {
        Json config = whole;
        config["model_type"] = type;
        config[name] = Json::parse(value);
        folder.write("config.json", config.dump());
        const auto converted = convert_folder(folder.path(), folder.file("out.gguf"), {});
        if (!converted) {
          EXPECT_FALSE(converted.error().message.empty()) << name << value;
        }
      }
    }
  }
}

}  // namespace
}  // namespace sotto::published
