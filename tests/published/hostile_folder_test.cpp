// The sound folder of the hostile cases, and ways to change one thing of it.
#include <cstdio>
#include <functional>
#include <numeric>

#include "published/hostile.h"

namespace sotto::published::test {
namespace {

struct SoundTensor {
  const char* name;
  std::vector<std::uint64_t> shape;
};

// Of vocab_size 8, hidden_size 4, two heads, one key head, intermediate_size 6.
const std::vector<SoundTensor>& sound_tensors() {
  static const std::vector<SoundTensor> tensors = {
      {"model.embed_tokens.weight", {8, 4}},
      {"model.norm.weight", {4}},
      {"lm_head.weight", {8, 4}},
      {"model.layers.0.input_layernorm.weight", {4}},
      {"model.layers.0.post_attention_layernorm.weight", {4}},
      {"model.layers.0.self_attn.q_proj.weight", {4, 4}},
      {"model.layers.0.self_attn.k_proj.weight", {2, 4}},
      {"model.layers.0.self_attn.v_proj.weight", {2, 4}},
      {"model.layers.0.self_attn.o_proj.weight", {4, 4}},
      {"model.layers.0.mlp.gate_proj.weight", {6, 4}},
      {"model.layers.0.mlp.up_proj.weight", {6, 4}},
      {"model.layers.0.mlp.down_proj.weight", {4, 6}},
  };
  return tensors;
}

Json sound_config() {
  return Json::parse(R"({"model_type": "llama", "vocab_size": 8, "hidden_size": 4, "intermediate_size": 6,
    "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 32,
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu", "bos_token_id": 6, "eos_token_id": 7})");
}

Json sound_tokenizer() {
  return Json::parse(R"({
    "added_tokens": [{"id": 6, "content": "<s>", "special": true}, {"id": 7, "content": "</s>", "special": true}],
    "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
    "post_processor": null, "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4, "abc": 5},
              "merges": ["a b", "b c", "ab c"]}})");
}

}  // namespace

Json entry_of(const std::string& dtype, const std::vector<std::uint64_t>& shape, std::uint64_t begin,
              std::uint64_t end) {
  return {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {begin, end}}};
}

std::pair<Json, std::size_t> sound_header() {
  Json header = Json::object();
  std::uint64_t at = 0;
  for (const SoundTensor& tensor : sound_tensors()) {
    const auto n = std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::uint64_t{2}, std::multiplies<>());
    header[tensor.name] = entry_of("F16", tensor.shape, at, at + n);
    at += n;
  }
  return {header, at};
}

HostileFolder::HostileFolder() {
  write("config.json", sound_config().dump());
  write("tokenizer.json", sound_tokenizer().dump());
  const auto [header, n_data] = sound_header();
  write(kWeightFile, safetensors(header.dump(), n_data));
}

void HostileFolder::remove(const std::string& name) const { std::remove(file(name).c_str()); }

void HostileFolder::config(const std::string& name, Json value) const {
  Json config = sound_config();
  config[name] = std::move(value);
  write("config.json", config.dump());
}

void HostileFolder::header(const std::function<void(Json&)>& change) const {
  auto [header, n_data] = sound_header();
  change(header);
  write(kWeightFile, safetensors(header.dump(), n_data));
}

void HostileFolder::tensor(const std::string& name, Json entry) const {
  header([&](Json& all) { all[name] = entry; });
}

void HostileFolder::tokenizer(const std::function<void(Json&)>& change) const {
  Json tokenizer = sound_tokenizer();
  change(tokenizer);
  write("tokenizer.json", tokenizer.dump());
}

}  // namespace sotto::published::test
