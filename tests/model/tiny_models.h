// Small random decoders written as GGUF files, with awkward dimensions, for tests of the forward pass.
#pragma once

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "gguf/writer.h"
#include "kernels/half.h"
#include "support/random_blocks.h"

namespace sotto::model {

struct TinyModel {
  std::string architecture = "llama";
  int n_layers = 3, model_dim = 64, ffn_dim = 96, n_heads = 4, n_kv_heads = 2, head_dim = 16, n_vocab = 131;
  int window = 0;  // gemma3's
  bool untied_head = true;
  bool rope_factors = true;
  std::string rope_scaling;                        // rope.scaling.type, when not empty
  std::string extra_tensor;                        // a vector that no family knows
  gguf::TensorType type = gguf::TensorType::kF32;  // of the matrices, whose rows are whole blocks
  unsigned seed = 1;
  int attention_every = 2;  // of lfm2 and qwen35: every such layer has it
  int conv_tokens = 4;
  int delta_key_heads = 2, delta_heads = 4, delta_key_dim = 32, delta_value_dim = 48;

  bool short_conv() const { return architecture == "lfm2"; }
  bool delta_rule() const { return architecture == "qwen35"; }
  bool attends(int layer) const { return !(short_conv() || delta_rule()) || (layer + 1) % attention_every == 0; }
};

// Writes tensors one by one with random values of about `spread / sqrt(cols)`.
class TinyModelWriter {
 public:
  explicit TinyModelWriter(const TinyModel& model) : model_(model), engine_(model.seed) {}

  Result<void> write(const std::string& path) {
    set_metadata();
    add_tensors();
    return writer_.write(path, [&](std::size_t index, const gguf::Writer::Sink& sink) { return sink(data_[index]); });
  }

 private:
  void set_metadata() {
    const auto key = [&](const char* name) { return model_.architecture + "." + name; };
    writer_.set("general.architecture", std::string_view(model_.architecture));
    writer_.set(key("block_count"), std::uint32_t(model_.n_layers));
    writer_.set(key("context_length"), std::uint32_t(2048));
    writer_.set(key("embedding_length"), std::uint32_t(model_.model_dim));
    writer_.set(key("feed_forward_length"), std::uint32_t(model_.ffn_dim));
    writer_.set(key("attention.head_count"), std::uint32_t(model_.n_heads));
    writer_.set(key("attention.head_count_kv"), std::uint32_t(model_.n_kv_heads));
    writer_.set(key("attention.key_length"), std::uint32_t(model_.head_dim));
    writer_.set(key("attention.value_length"), std::uint32_t(model_.head_dim));
    writer_.set(key("attention.layer_norm_rms_epsilon"), 1e-5f);
    writer_.set(key("rope.freq_base"), 50000.0f);
    writer_.set(key("rope.dimension_count"), std::uint32_t(model_.head_dim));
    if (!model_.rope_scaling.empty()) writer_.set(key("rope.scaling.type"), std::string_view(model_.rope_scaling));
    if (model_.rope_scaling == "linear") writer_.set(key("rope.scaling.factor"), 8.0f);
    set_recurrent_metadata();
    if (model_.window > 0) writer_.set(key("attention.sliding_window"), std::uint32_t(model_.window));
  }

  void set_recurrent_metadata() {
    const auto key = [&](const char* name) { return model_.architecture + "." + name; };
    const auto set = [&](const char* name, int value) { writer_.set(key(name), std::uint32_t(value)); };
    if (model_.short_conv()) {
      std::vector<std::uint32_t> kv_heads;
      for (int l = 0; l < model_.n_layers; ++l) kv_heads.push_back(model_.attends(l) ? unsigned(model_.n_kv_heads) : 0);
      writer_.set_array(key("attention.head_count_kv"), std::span<const std::uint32_t>(kv_heads));
      set("shortconv.l_cache", model_.conv_tokens);
    }
    if (!model_.delta_rule()) return;
    set("full_attention_interval", model_.attention_every);
    set("ssm.conv_kernel", model_.conv_tokens);
    set("ssm.group_count", model_.delta_key_heads);
    set("ssm.time_step_rank", model_.delta_heads);
    set("ssm.state_size", model_.delta_key_dim);
    set("ssm.inner_size", model_.delta_heads * model_.delta_value_dim);
  }

  void add_short_conv(const std::string& block) {
    const int d = model_.model_dim;
    matrix(block + "shortconv.in_proj.weight", d, 3 * d);
    floats(block + "shortconv.conv.weight", model_.conv_tokens, d);
    matrix(block + "shortconv.out_proj.weight", d, d);
  }

  void add_delta_rule(const std::string& block) {
    const int d = model_.model_dim, values = model_.delta_heads * model_.delta_value_dim;
    const int channels = 2 * model_.delta_key_heads * model_.delta_key_dim + values;
    matrix(block + "attn_qkv.weight", d, channels);
    matrix(block + "attn_gate.weight", d, values);
    matrix(block + "ssm_alpha.weight", d, model_.delta_heads);
    matrix(block + "ssm_beta.weight", d, model_.delta_heads);
    floats(block + "ssm_conv1d.weight", model_.conv_tokens, channels);
    vector(block + "ssm_a", model_.delta_heads, -0.3f);
    vector(block + "ssm_dt.bias", model_.delta_heads, 0.2f);
    vector(block + "ssm_norm.weight", model_.delta_value_dim, 1.0f);
    matrix(block + "ssm_out.weight", values, d);
  }

  // Layers of which some have a state in place of attention.
  void add_recurrent_layer(const std::string& block, int layer) {
    const int d = model_.model_dim, q = model_.n_heads * model_.head_dim, kv = model_.n_kv_heads * model_.head_dim;
    if (model_.attends(layer)) {
      matrix(block + "attn_q.weight", d, model_.delta_rule() ? 2 * q : q);
      matrix(block + "attn_k.weight", d, kv);
      matrix(block + "attn_v.weight", d, kv);
      matrix(block + "attn_output.weight", q, d);
      vector(block + "attn_q_norm.weight", model_.head_dim, 1.0f);
      vector(block + "attn_k_norm.weight", model_.head_dim, 1.0f);
    } else if (model_.short_conv()) {
      add_short_conv(block);
    } else {
      add_delta_rule(block);
    }
  }

  void add_tensors() {
    const int d = model_.model_dim, q = model_.n_heads * model_.head_dim, kv = model_.n_kv_heads * model_.head_dim;
    const bool gemma = model_.architecture == "gemma3";
    matrix("token_embd.weight", d, model_.n_vocab);
    if (model_.untied_head) matrix("output.weight", d, model_.n_vocab);
    vector(model_.short_conv() ? "token_embd_norm.weight" : "output_norm.weight", d, 1.0f);
    if (!model_.extra_tensor.empty()) vector(model_.extra_tensor, d, 1.0f);
    if (model_.rope_factors) vector("rope_freqs.weight", model_.head_dim / 2, 4.0f);
    for (int l = 0; l < model_.n_layers; ++l) {
      const std::string block = "blk." + std::to_string(l) + ".";
      vector(block + "attn_norm.weight", d, 1.0f);
      if (model_.short_conv() || model_.delta_rule()) {
        add_recurrent_layer(block, l);
      } else {
        matrix(block + "attn_q.weight", d, q);
        matrix(block + "attn_k.weight", d, kv);
        matrix(block + "attn_v.weight", d, kv);
        matrix(block + "attn_output.weight", q, d);
      }
      vector(block + (model_.delta_rule() ? "post_attention_norm.weight" : "ffn_norm.weight"), d, 1.0f);
      matrix(block + "ffn_gate.weight", d, model_.ffn_dim);
      matrix(block + "ffn_up.weight", d, model_.ffn_dim);
      matrix(block + "ffn_down.weight", model_.ffn_dim, d);
      if (!gemma) continue;
      vector(block + "attn_q_norm.weight", model_.head_dim, 1.0f);
      vector(block + "attn_k_norm.weight", model_.head_dim, 1.0f);
      vector(block + "post_attention_norm.weight", d, 1.0f);
      vector(block + "post_ffw_norm.weight", d, 1.0f);
    }
  }

  float normal() { return std::normal_distribution<float>()(engine_); }

  void vector(const std::string& name, int n, float centre) {
    const std::uint64_t dims[] = {std::uint64_t(n)};
    writer_.add_tensor(name, gguf::TensorType::kF32, dims);
    std::vector<std::byte> bytes(static_cast<std::size_t>(n) * 4);
    for (int i = 0; i < n; ++i) {
      const float value = centre * (1 + 0.2f * std::fabs(normal()));
      std::memcpy(bytes.data() + 4 * i, &value, 4);
    }
    data_.push_back(std::move(bytes));
  }

  // Float types hold normal values; of quantized ones the integers are random bits and the scales fit the width.
  void matrix(const std::string& name, int cols, int rows) { matrix(name, cols, rows, model_.type); }
  void floats(const std::string& name, int cols, int rows) { matrix(name, cols, rows, gguf::TensorType::kF32); }
  void matrix(const std::string& name, int cols, int rows, gguf::TensorType type) {
    const std::uint64_t dims[] = {std::uint64_t(cols), std::uint64_t(rows)};
    const gguf::TypeInfo info = *gguf::type_info(type);
    writer_.add_tensor(name, type, dims);
    const std::size_t n_blocks = static_cast<std::size_t>(cols) * static_cast<std::size_t>(rows) / info.block_values;
    std::vector<std::byte> bytes(n_blocks * info.block_bytes);
    const float spread = 1.0f / std::sqrt(static_cast<float>(cols));
    for (std::size_t b = 0; b < n_blocks; ++b) write_block(bytes.data() + b * info.block_bytes, spread, type);
    data_.push_back(std::move(bytes));
  }

  void write_block(std::byte* block, float spread, gguf::TensorType type) {
    const float value = normal() * spread;
    std::uint32_t bits;
    std::memcpy(&bits, &value, 4);
    const auto half = kernels::float_to_half(value);
    const auto bf16 = static_cast<std::uint16_t>(bits >> 16);
    switch (type) {
      case gguf::TensorType::kF32: std::memcpy(block, &value, 4); return;
      case gguf::TensorType::kF16: std::memcpy(block, &half, 2); return;
      case gguf::TensorType::kBF16: std::memcpy(block, &bf16, 2); return;
      default: break;
    }
    support::fill_random_block(type, spread, engine_, block);
  }

  TinyModel model_;
  std::mt19937 engine_;
  gguf::Writer writer_;
  std::vector<std::vector<std::byte>> data_;
};

}  // namespace sotto::model
