// Hostile adapters: a sound folder of PEFT's and a sound GGUF file, and what one case does to their bytes. Each ends in
// an error that names the file, what was found and what was expected.
#include <fmt/format.h>

#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "adapter/adapter.h"
#include "adapter/support.h"

namespace sotto::adapter {
namespace {

using Json = nlohmann::ordered_json;
using test::tensor;

constexpr const char* kConfig = "adapter_config.json";
constexpr const char* kWeights = "adapter_model.safetensors";
constexpr const char* kGguf = "adapter.gguf";
constexpr std::size_t kDataBytes = 2 * 3 * 8 * sizeof(float);
const std::string kA = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
const std::string kB = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight";

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string bytes(sizeof length, '\0');
  for (std::size_t i = 0; i < sizeof length; ++i) bytes[i] = static_cast<char>(length >> (8 * i));
  return bytes + rest;
}

std::string safetensors(const std::string& head, std::size_t data_bytes = kDataBytes) {
  return with_length(head.size(), head + std::string(data_bytes, '\0'));
}

Json entry(const std::string& dtype, std::vector<std::uint64_t> shape, std::uint64_t begin, std::uint64_t end) {
  return {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {begin, end}}};
}

// The header of the sound folder, with another entry for lora_B.
std::string weights(const Json& b) { return safetensors(Json{{kA, entry("F32", {3, 8}, 0, 96)}, {kB, b}}.dump()); }

std::string config(const char* field, const Json& value) {
  Json fields = {{"peft_type", "LORA"}, {"r", 3}, {"lora_alpha", 6}, {"target_modules", {"q_proj"}}};
  fields[field] = value;
  return fields.dump();
}

// Changes the sound GGUF file's bytes; the number of tensors stands at 8, that of metadata at 16.
using Damage = std::function<void(std::string&)>;

Damage number(std::size_t at, std::uint64_t value) {
  return [=](std::string& bytes) { bytes.replace(at, 8, with_length(value, "")); };
}

struct HostileAdapter {
  const char* name;
  const char* file;   // that is damaged
  std::string bytes;  // of a file of a PEFT folder
  Damage damage;      // of the GGUF file
  std::string said;
};

void PrintTo(const HostileAdapter& hostile, std::ostream* out) { *out << hostile.name; }

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::vector<HostileAdapter> hostile_adapters() {
  const std::uint64_t huge = 1ull << 40;
  return {
      {"weights_empty", kWeights, "", {}, "0 bytes long"},
      {"weights_shorter_than_a_length", kWeights, "\x01\x02", {}, "2 bytes long"},
      {"weights_header_longer_than_the_file", kWeights, with_length(1000, "{}"), {}, "the header's length is 1000"},
      {"weights_header_of_most_bytes",
       kWeights,
       with_length(~0ull, "{}"),
       {},
       "header's length is 18446744073709551615"},
      {"weights_header_is_no_json", kWeights, safetensors("{\"a\": "), {}, "no valid JSON at byte 7"},
      {"weights_header_is_nested",
       kWeights,
       safetensors(nested(100000)),
       {},
       "nested 100000 levels deep, expected at most 64"},
      {"weights_header_is_a_list", kWeights, safetensors("[]"), {}, "expected a JSON object"},
      {"weights_behind_the_end", kWeights, weights(entry("F32", {8, 3}, 96, 100000)), {}, "data_offsets end at 100000"},
      {"weights_end_before_they_begin", kWeights, weights(entry("F32", {8, 3}, 192, 96)), {}, "numbers that ascend"},
      {"weights_overlap", kWeights, weights(entry("F32", {8, 3}, 48, 144)), {}, "tensors overlap"},
      {"weights_of_another_shape", kWeights, weights(entry("F32", {8, 4}, 96, 192)), {}, "do not go together"},
      {"weights_shape_overflows", kWeights, weights(entry("F32", {huge, huge}, 96, 192)), {}, "do not go together"},
      {"weights_shape_is_no_list", kWeights, weights({{"dtype", "F32"}, {"shape", 8}}), {}, "shape is 8"},
      {"weights_of_an_unknown_type", kWeights, weights(entry("F7", {8, 3}, 96, 192)), {}, "dtype is \"F7\""},
      {"weights_of_whole_numbers", kWeights, weights(entry("I32", {8, 3}, 96, 192)), {}, "type is I32"},
      {"config_empty", kConfig, "", {}, "no valid JSON"},
      {"config_is_no_json", kConfig, "{\"r\": 3", {}, "no valid JSON at byte 8"},
      {"config_is_nested", kConfig, nested(100000), {}, "nested 100000 levels deep, expected at most 64"},
      {"config_is_a_list", kConfig, "[3]", {}, "found array [3], expected a JSON object"},
      {"config_rank_is_a_text", kConfig, config("r", "three"), {}, "r: found \"three\", expected a whole number"},
      {"config_rank_overflows", kConfig, config("r", 1ull << 63), {}, "r: found 9223372036854775808"},
      {"config_alpha_is_a_list", kConfig, config("lora_alpha", {6}), {}, "lora_alpha: found [6], expected a number"},
      {"gguf_empty", kGguf, "", [](std::string& bytes) { bytes.clear(); }, "found 0 bytes before the end"},
      {"gguf_cut_in_the_metadata", kGguf, "", [](std::string& bytes) { bytes.resize(60); },
       "number of metadata keys: found 4"},
      {"gguf_cut_in_the_weights", kGguf, "", [](std::string& bytes) { bytes.resize(bytes.size() - 64); }, "lora_b"},
      {"gguf_of_most_tensors", kGguf, "", number(8, ~0ull), "18446744073709551615"},
      {"gguf_of_most_metadata", kGguf, "", number(16, ~0ull), "18446744073709551615"},
      {"gguf_key_longer_than_the_file", kGguf, "", number(24, huge), "length of the name: found 1099511627776"},
  };
}

class HostileAdapters : public test::AdapterFiles {
 protected:
  void write_sound_folder() const {
    write_text(kConfig, config("r", 3));
    write_text(kWeights, weights(entry("F32", {8, 3}, 96, 192)));
  }
  std::string sound_gguf() const {
    gguf::Writer writer;
    writer.set("general.architecture", "llama");
    writer.set("general.type", "adapter");
    writer.set("adapter.type", "lora");
    writer.set("adapter.lora.alpha", 6.0f);
    test::write_gguf(file(kGguf), writer,
                     {tensor("blk.0.attn_q.weight.lora_a", {8, 3}), tensor("blk.0.attn_q.weight.lora_b", {3, 8})});
    std::ifstream sound(file(kGguf), std::ios::binary);
    return {std::istreambuf_iterator<char>(sound), {}};
  }
};

TEST_F(HostileAdapters, TheSoundOnesAreRead) {
  write_sound_folder();
  sound_gguf();
  for (const std::string& path : {folder_, file(kGguf)}) {
    const auto adapter = read_adapter(path, 1, *model_);
    EXPECT_TRUE(adapter) << adapter.error().message;
  }
}

class HostileAdapterCase : public HostileAdapters, public ::testing::WithParamInterface<HostileAdapter> {};

TEST_P(HostileAdapterCase, EndsInAnErrorThatSaysWhatAndWhere) {
  const HostileAdapter& hostile = GetParam();
  write_sound_folder();
  std::string bytes = hostile.damage ? sound_gguf() : hostile.bytes;
  if (hostile.damage) hostile.damage(bytes);
  write_text(hostile.file, bytes);
  const auto adapter = read_adapter(hostile.damage ? file(kGguf) : folder_, 1, *model_);
  ASSERT_FALSE(adapter);
  const std::string& said = adapter.error().message;
  EXPECT_TRUE(adapter.error().code == ErrorCode::kBadFile || adapter.error().code == ErrorCode::kUnsupported) << said;
  EXPECT_TRUE(said.starts_with(file(hostile.file) + ": ")) << said;
  EXPECT_NE(said.find(hostile.said), std::string::npos) << said;
  EXPECT_LT(said.size(), 1000u) << said;
}

INSTANTIATE_TEST_SUITE_P(All, HostileAdapterCase, ::testing::ValuesIn(hostile_adapters()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace sotto::adapter
