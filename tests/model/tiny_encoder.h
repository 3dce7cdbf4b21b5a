// Small random encoders written as GGUF files, and what they compute in plain double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gguf/writer.h"
#include "kernels/half.h"

namespace sotto::model {

struct TinyEncoder {
  int n_layers = 2, model_dim = 96, ffn_dim = 160, n_heads = 3, n_vocab = 71, n_positions = 130, pooling = 1;
  bool causal = false;
  bool quantized = false;    // Q8_0 matrices
  std::string left_out;      // a tensor
  std::string extra_tensor;  // a vector that no family knows
};

// Draws the weights, writes them, and is the reference: plain loops over what the file holds.
class TinyEncoderFile {
 public:
  explicit TinyEncoderFile(const TinyEncoder& tiny) : tiny_(tiny) {}

  Result<void> write(const std::string& path) {
    const int d = tiny_.model_dim;
    set_metadata();
    matrix("token_embd.weight", d, tiny_.n_vocab, 1.0f, false);
    matrix("position_embd.weight", d, tiny_.n_positions, 1.0f, false);
    matrix("token_types.weight", d, 2, 1.0f, false);
    norm("token_embd_norm");
    for (int l = 0; l < tiny_.n_layers; ++l) {
      const std::string block = "blk." + std::to_string(l) + ".";
      for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"}) linear(block + name, d, d);
      norm(block + "attn_output_norm");
      linear(block + "ffn_up", d, tiny_.ffn_dim);
      linear(block + "ffn_down", tiny_.ffn_dim, d);
      norm(block + "layer_output_norm");
    }
    if (!tiny_.extra_tensor.empty()) vector(tiny_.extra_tensor, d, 0);
    return writer_.write(path, [&](std::size_t index, const gguf::Writer::Sink& sink) { return sink(data_[index]); });
  }

  // The pooled vector of a text, of length 1.
  std::vector<double> embed(const std::vector<std::int32_t>& tokens) const {
    const auto d = static_cast<std::size_t>(tiny_.model_dim);
    Rows x;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      std::vector<double> row(d);
      for (std::size_t i = 0; i < d; ++i) {
        row[i] = at("token_embd.weight", static_cast<std::size_t>(tokens[t]) * d + i) +
                 at("position_embd.weight", t * d + i) + at("token_types.weight", i);
      }
      x.push_back(normed(row, "token_embd_norm"));
    }
    for (int l = 0; l < tiny_.n_layers; ++l) layer("blk." + std::to_string(l) + ".", x);
    std::vector<double> out(d, 0.0);
    for (std::size_t t = 0; t < x.size(); ++t) {
      const bool counts = tiny_.pooling == 1 || t == (tiny_.pooling == 2 ? 0 : x.size() - 1);
      for (std::size_t i = 0; i < d && counts; ++i) out[i] += x[t][i];
    }
    double squares = 0;
    for (const double value : out) squares += value * value;
    for (double& value : out) value /= std::sqrt(squares);
    return out;
  }

 private:
  using Rows = std::vector<std::vector<double>>;

  void set_metadata() {
    writer_.set("general.architecture", "bert");
    writer_.set("bert.block_count", std::uint32_t(tiny_.n_layers));
    writer_.set("bert.context_length", std::uint32_t(tiny_.n_positions));
    writer_.set("bert.embedding_length", std::uint32_t(tiny_.model_dim));
    writer_.set("bert.feed_forward_length", std::uint32_t(tiny_.ffn_dim));
    writer_.set("bert.attention.head_count", std::uint32_t(tiny_.n_heads));
    writer_.set("bert.attention.layer_norm_epsilon", 1e-5f);
    writer_.set("bert.attention.causal", tiny_.causal);
    writer_.set("bert.pooling_type", std::uint32_t(tiny_.pooling));
  }

  float normal() { return std::normal_distribution<float>()(engine_); }

  void add(const std::string& name, gguf::TensorType type, std::span<const std::uint64_t> dims,
           std::vector<std::byte> bytes) {
    if (name == tiny_.left_out) return;
    writer_.add_tensor(name, type, dims);
    data_.push_back(std::move(bytes));
  }

  void vector(const std::string& name, int n, float centre) {
    std::vector<float>& values = values_[name];
    for (int i = 0; i < n; ++i) values.push_back(centre + 0.2f * normal());
    const std::uint64_t dims[] = {std::uint64_t(n)};
    const auto bytes = std::as_bytes(std::span(values));
    add(name, gguf::TensorType::kF32, dims, {bytes.begin(), bytes.end()});
  }

  void norm(const std::string& name) {
    vector(name + ".weight", tiny_.model_dim, 1);
    vector(name + ".bias", tiny_.model_dim, 0);
  }

  void linear(const std::string& name, int cols, int rows) {
    matrix(name + ".weight", cols, rows, 1.5f / std::sqrt(static_cast<float>(cols)), tiny_.quantized);
    vector(name + ".bias", rows, 0);
  }

  void matrix(const std::string& name, int cols, int rows, float spread, bool quantized) {
    std::vector<float>& values = values_[name];
    for (int i = 0; i < cols * rows; ++i) values.push_back(spread * normal());
    const std::uint64_t dims[] = {std::uint64_t(cols), std::uint64_t(rows)};
    if (quantized) return add(name, gguf::TensorType::kQ8_0, dims, round_to_q8_0(values));
    const auto bytes = std::as_bytes(std::span(values));
    add(name, gguf::TensorType::kF32, dims, {bytes.begin(), bytes.end()});
  }

  // Blocks of 32: a scale in f16, then int8. `values` become what they stand for.
  static std::vector<std::byte> round_to_q8_0(std::vector<float>& values) {
    std::vector<std::byte> bytes;
    for (std::size_t block = 0; block < values.size(); block += 32) {
      float most = 0;
      for (std::size_t i = block; i < block + 32; ++i) most = std::max(most, std::fabs(values[i]));
      const std::uint16_t half = kernels::float_to_half(most / 127);
      const float scale = kernels::half_to_float(half);
      bytes.push_back(std::byte(half & 255));
      bytes.push_back(std::byte(half >> 8));
      for (std::size_t i = block; i < block + 32; ++i) {
        const auto q = static_cast<std::int8_t>(std::clamp(std::lround(values[i] / scale), -127L, 127L));
        bytes.push_back(static_cast<std::byte>(q));
        values[i] = scale * static_cast<float>(q);
      }
    }
    return bytes;
  }

  double at(const std::string& name, std::size_t index) const { return values_.at(name)[index]; }

  std::vector<double> normed(const std::vector<double>& row, const std::string& name) const {
    double mean = 0, squares = 0;
    for (const double value : row) mean += value / static_cast<double>(row.size());
    for (const double value : row) squares += (value - mean) * (value - mean) / static_cast<double>(row.size());
    std::vector<double> out;
    for (std::size_t i = 0; i < row.size(); ++i) {
      out.push_back((row[i] - mean) / std::sqrt(squares + 1e-5) * at(name + ".weight", i) + at(name + ".bias", i));
    }
    return out;
  }

  std::vector<double> linear(const std::vector<double>& row, const std::string& name) const {
    const std::vector<float>& bias = values_.at(name + ".bias");
    const std::vector<float>& weight = values_.at(name + ".weight");
    std::vector<double> out(bias.begin(), bias.end());
    for (std::size_t r = 0; r < out.size(); ++r) {
      for (std::size_t i = 0; i < row.size(); ++i) out[r] += row[i] * weight[r * row.size() + i];
    }
    return out;
  }

  // Of token t: the others' values, weighted by the softmax of its scores, head by head.
  std::vector<double> attended(const Rows& q, const Rows& k, const Rows& v, std::size_t t) const {
    const auto n_heads = static_cast<std::size_t>(tiny_.n_heads), d = q[0].size() / n_heads;
    std::vector<double> out(q[0].size(), 0.0);
    for (std::size_t h = 0; h < n_heads; ++h) {
      std::vector<double> shares;
      double sum = 0;
      for (const std::vector<double>& key : k) {
        double score = 0;
        for (std::size_t i = h * d; i < (h + 1) * d; ++i) score += q[t][i] * key[i];
        shares.push_back(std::exp(score / std::sqrt(static_cast<double>(d))));
        sum += shares.back();
      }
      for (std::size_t s = 0; s < v.size(); ++s) {
        for (std::size_t i = h * d; i < (h + 1) * d; ++i) out[i] += shares[s] / sum * v[s][i];
      }
    }
    return out;
  }

  void layer(const std::string& block, Rows& x) const {
    Rows q, k, v;
    for (const std::vector<double>& row : x) {
      q.push_back(linear(row, block + "attn_q"));
      k.push_back(linear(row, block + "attn_k"));
      v.push_back(linear(row, block + "attn_v"));
    }
    for (std::size_t t = 0; t < x.size(); ++t) {
      add_and_norm(x[t], linear(attended(q, k, v, t), block + "attn_output"), block + "attn_output_norm");
      std::vector<double> up = linear(x[t], block + "ffn_up");
      for (double& value : up) value *= 0.5 * std::erfc(-value / std::sqrt(2.0));
      add_and_norm(x[t], linear(up, block + "ffn_down"), block + "layer_output_norm");
    }
  }

  void add_and_norm(std::vector<double>& row, const std::vector<double>& more, const std::string& name) const {
    for (std::size_t i = 0; i < row.size(); ++i) row[i] += more[i];
    row = normed(row, name);
  }

  TinyEncoder tiny_;
  std::mt19937 engine_{7};
  gguf::Writer writer_;
  std::vector<std::vector<std::byte>> data_;
  std::map<std::string, std::vector<float>> values_;
};

}  // namespace sotto::model
