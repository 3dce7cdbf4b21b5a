#include "model/encoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/table.h"
#include "model/families/registry.h"
#include "model/lane.h"
#include "ops/norm.h"

namespace sotto::model {

Result<std::unique_ptr<Encoder>> Encoder::load(const gguf::File& file, const LoadOptions& options) {
  auto family = find_encoder_family(file);
  if (!family) return forward_error(family);
  auto spec = (*family)->read_spec(file);
  if (!spec) return forward_error(spec);
  auto pool = std::make_unique<base::ThreadPool>(options.threads > 0 ? options.threads : base::default_thread_count());
  auto weights = bind_encoder_weights(file, *spec, (*family)->weight_table(),
                                      {.packed = !options.exact_activations, .keep = options.keep}, *pool);
  if (!weights) return forward_error(weights);
  return std::make_unique<Encoder>(std::move(*spec), std::move(*weights), std::move(pool));
}

Encoder::Encoder(EncoderSpec spec, EncoderWeights weights, std::unique_ptr<base::ThreadPool> pool)
    : spec_(std::move(spec)),
      weights_(std::move(weights)),
      pool_(std::move(pool)),
      shape_{spec_.n_heads, spec_.n_heads, spec_.head_dim, 1.0f / std::sqrt(static_cast<float>(spec_.head_dim))},
      token_type_(static_cast<std::size_t>(spec_.model_dim)),
      attention_(static_cast<std::size_t>(pool_->size())) {
  weights_.token_types.read_row(0, token_type_.data());
}

void Encoder::embed(std::span<const Text> texts, float* out) {
  while (!texts.empty()) {
    std::size_t count = 1, n_tokens = texts.front().size();
    while (count < texts.size() && n_tokens + texts[count].size() <= kBatchTokens) n_tokens += texts[count++].size();
    n_tokens_ = static_cast<int>(n_tokens);
    embed_batch(texts.first(count), out);
    texts = texts.subspan(count);
    out += count * static_cast<std::size_t>(spec_.model_dim);
  }
}

void Encoder::embed_batch(std::span<const Text> texts, float* out) {
  look_up(texts);
  for (const EncoderLayer& layer : weights_.layers) {
    attend(texts, layer);
    feed_forward(layer);
  }
  pool_rows(texts, out);
}

template <class F>
void Encoder::for_tiles(F&& f) {
  constexpr int kTile = kernels::kTileTokens;
  pool_->run((n_tokens_ + kTile - 1) / kTile,
             [&](int tile, int) { f(tile * kTile, std::min((tile + 1) * kTile, n_tokens_)); });
}

void Encoder::look_up(std::span<const Text> texts) {
  const auto d = static_cast<std::size_t>(spec_.model_dim);
  grow(residual_, n_tokens_, spec_.model_dim);
  std::vector<float> sum(d), row(d);
  float* out = residual_.data();
  for (const Text& text : texts) {
    for (std::size_t t = 0; t < text.size(); ++t, out += d) {
      weights_.embedding.read_row(text[t], sum.data());
      weights_.positions.read_row(static_cast<std::int64_t>(t), row.data());
      for (std::size_t i = 0; i < d; ++i) sum[i] += row[i] + token_type_[i];
      ops::normalize(sum.data(), weights_.embedding_norm, weights_.embedding_norm_bias, spec_.norm_epsilon,
                     spec_.model_dim, out);
    }
  }
}

void Encoder::read(const std::vector<float>& rows, int width, ops::Precision precision) {
  x_.begin(rows.data(), n_tokens_, width, precision);
  if (weights_.panels.empty()) return;
  for_tiles([&](int first, int) { x_.set_tile(first / kernels::kTileTokens); });
}

void Encoder::multiply(const ops::Matrix& matrix, const std::vector<float>& bias, std::vector<float>& out) {
  const auto width = static_cast<std::size_t>(matrix.rows());
  grow(out, n_tokens_, static_cast<int>(matrix.rows()));
  ops::multiply(x_, matrix, out.data(), *pool_);
  for_tiles([&](int first, int last) {
    for (int t = first; t < last; ++t) {
      float* row = out.data() + static_cast<std::size_t>(t) * width;
      for (std::size_t i = 0; i < width; ++i) row[i] += bias[i];
    }
  });
}

void Encoder::add_and_norm(const std::vector<float>& norm, const std::vector<float>& bias) {
  const auto d = static_cast<std::size_t>(spec_.model_dim);
  for_tiles([&](int first, int last) {
    for (int t = first; t < last; ++t) {
      float* row = residual_.data() + static_cast<std::size_t>(t) * d;
      const float* block = block_.data() + static_cast<std::size_t>(t) * d;
      for (std::size_t i = 0; i < d; ++i) row[i] += block[i];
      ops::normalize(row, norm, bias, spec_.norm_epsilon, spec_.model_dim, row);
    }
  });
}

// A task is a head of a text.
void Encoder::attend(std::span<const Text> texts, const EncoderLayer& weights) {
  const auto d = static_cast<std::size_t>(spec_.model_dim);
  read(residual_, spec_.model_dim, ops::Precision::kRefined);
  multiply(weights.q, weights.q_bias, q_);
  multiply(weights.k, weights.k_bias, k_);
  multiply(weights.v, weights.v_bias, v_);
  grow(block_, n_tokens_, spec_.model_dim);
  std::vector<std::size_t> firsts;  // tokens
  for (std::size_t first = 0; const Text& text : texts) {
    firsts.push_back(first);
    first += text.size();
  }
  pool_->run(static_cast<int>(texts.size()) * spec_.n_heads, [&](int task, int thread) {
    const auto text = static_cast<std::size_t>(task / spec_.n_heads);
    const std::size_t at = firsts[text] * d;
    attention_[static_cast<std::size_t>(thread)].run(shape_, task % spec_.n_heads, static_cast<int>(texts[text].size()),
                                                     q_.data() + at, k_.data() + at, v_.data() + at,
                                                     block_.data() + at);
  });
  std::swap(block_, q_);
  read(q_, spec_.model_dim, ops::Precision::kInt8);
  multiply(weights.attention_out, weights.attention_out_bias, block_);
  add_and_norm(weights.attention_norm, weights.attention_norm_bias);
}

void Encoder::feed_forward(const EncoderLayer& weights) {
  const auto width = static_cast<std::size_t>(spec_.ffn_dim);
  read(residual_, spec_.model_dim, ops::Precision::kRefined);
  multiply(weights.up, weights.up_bias, up_);
  for_tiles([&](int first, int last) {
    kernels::table().gelu(up_.data() + static_cast<std::size_t>(first) * width,
                          static_cast<std::int64_t>(last - first) * spec_.ffn_dim);
  });
  read(up_, spec_.ffn_dim, ops::Precision::kInt8);
  multiply(weights.down, weights.down_bias, block_);
  add_and_norm(weights.ffn_norm, weights.ffn_norm_bias);
}

void Encoder::pool_rows(std::span<const Text> texts, float* out) {
  const auto d = static_cast<std::size_t>(spec_.model_dim);
  const float* rows = residual_.data();
  for (const Text& text : texts) {
    const bool mean = spec_.pooling == Pooling::kMean;
    const std::size_t first = spec_.pooling == Pooling::kLast ? text.size() - 1 : 0;
    std::vector<double> sum(d, 0.0);
    for (std::size_t t = first; t < (mean ? text.size() : first + 1); ++t) {
      for (std::size_t i = 0; i < d; ++i) sum[i] += rows[t * d + i];
    }
    double squares = 0;
    for (const double value : sum) squares += value * value;
    const double factor = 1.0 / std::max(std::sqrt(squares), 1e-12);
    for (std::size_t i = 0; i < d; ++i) out[i] = static_cast<float>(sum[i] * factor);
    rows += text.size() * d;
    out += d;
  }
}

}  // namespace sotto::model
