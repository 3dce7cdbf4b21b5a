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
      shape_{spec_.n_heads, spec_.n_kv_heads, spec_.head_dim, spec_.attention_scale},
      token_type_(static_cast<std::size_t>(spec_.model_dim)),
      attention_(static_cast<std::size_t>(pool_->size())),
      rope_frequencies_(ops::rope_frequencies(spec_.rope, spec_.rope_dim, spec_.ctx_tokens, {})),
      window_rope_frequencies_(ops::rope_frequencies(spec_.window_rope, spec_.rope_dim, spec_.ctx_tokens, {})) {
  if (spec_.n_token_types > 0) weights_.token_types.read_row(0, token_type_.data());
}

void Encoder::embed(std::span<const Text> texts, float* out) {
  while (!texts.empty()) {
    std::size_t count = 1, n_tokens = texts.front().size();
    while (count < texts.size() && n_tokens + texts[count].size() <= kBatchTokens) n_tokens += texts[count++].size();
    n_tokens_ = static_cast<int>(n_tokens);
    embed_batch(texts.first(count), out);
    texts = texts.subspan(count);
    out += count * static_cast<std::size_t>(spec_.embedding_dim());
  }
}

void Encoder::embed_batch(std::span<const Text> texts, float* out) {
  look_up(texts);
  for (int layer = 0; layer < spec_.n_layers; ++layer) {
    attend(texts, layer);
    feed_forward(weights_.layers[static_cast<std::size_t>(layer)]);
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
  positions_.clear();
  std::vector<float> sum(d), row(d, 0.0f);
  float* out = residual_.data();
  int longest = 0;
  for (const Text& text : texts) {
    longest = std::max(longest, static_cast<int>(text.size()));
    for (std::size_t t = 0; t < text.size(); ++t, out += d) {
      positions_.push_back(static_cast<int>(t));
      weights_.embedding.read_row(text[t], sum.data());
      if (spec_.learned_positions) weights_.positions.read_row(static_cast<std::int64_t>(t), row.data());
      for (std::size_t i = 0; i < d; ++i) sum[i] = sum[i] * spec_.embedding_scale + row[i] + token_type_[i];
      ops::normalize(sum.data(), weights_.embedding_norm, weights_.embedding_norm_bias, spec_.norm_epsilon,
                     spec_.model_dim, out);
    }
  }
  if (longest <= n_turned_ || spec_.rope_dim == 0) return;
  n_turned_ = longest;
  rope_.resize(longest, spec_.rope_dim / 2);
  rope_.fill(0, longest, 0, rope_frequencies_);
  window_rope_.resize(longest, spec_.rope_dim / 2);
  window_rope_.fill(0, longest, 0, window_rope_frequencies_);
}

void Encoder::read(const std::vector<float>& rows, int width, ops::Precision precision) {
  x_.begin(rows.data(), n_tokens_, width, precision);
  if (weights_.panels.empty()) return;
  for_tiles([&](int first, int) { x_.set_tile(first / kernels::kTileTokens); });
}

void Encoder::read_residual(const std::vector<float>& norm) {
  if (norm.empty()) return read(residual_, spec_.model_dim, ops::Precision::kRefined);
  const std::int64_t d = spec_.model_dim;
  grow(normed_, n_tokens_, spec_.model_dim);
  for_tiles([&](int first, int last) {
    for (int t = first; t < last; ++t)
      ops::normalize(residual_.data() + t * d, norm, {}, spec_.norm_epsilon, spec_.model_dim, normed_.data() + t * d);
  });
  read(normed_, spec_.model_dim, ops::Precision::kRefined);
}

void Encoder::multiply(const ops::Matrix& matrix, const std::vector<float>& bias, std::vector<float>& out) {
  const auto width = static_cast<std::size_t>(matrix.rows());
  grow(out, n_tokens_, static_cast<int>(matrix.rows()));
  ops::multiply(x_, matrix, out.data(), *pool_);
  if (bias.empty()) return;
  for_tiles([&](int first, int last) {
    for (int t = first; t < last; ++t) {
      float* row = out.data() + static_cast<std::size_t>(t) * width;
      for (std::size_t i = 0; i < width; ++i) row[i] += bias[i];
    }
  });
}

void Encoder::turn(std::vector<float>& rows, int n_heads, const std::vector<float>& norm, bool windowed) {
  if (norm.empty() && spec_.rope_dim == 0) return;
  const ops::RopeTable& rope = windowed ? window_rope_ : rope_;
  for_tiles([&](int first, int last) {
    for (std::int64_t i = std::int64_t{first} * n_heads; i < std::int64_t{last} * n_heads; ++i) {
      float* head = rows.data() + i * spec_.head_dim;
      if (!norm.empty()) kernels::table().rms_norm(head, norm.data(), head, spec_.head_dim, spec_.norm_epsilon);
      if (spec_.rope_dim > 0) rope.rotate(head, positions_[static_cast<std::size_t>(i / n_heads)], true);
    }
  });
}

void Encoder::add_block(const std::vector<float>& block_norm, const std::vector<float>& norm,
                        const std::vector<float>& bias) {
  const std::int64_t d = spec_.model_dim;
  for_tiles([&](int first, int last) {
    for (int t = first; t < last; ++t) {
      float* row = residual_.data() + t * d;
      float* block = block_.data() + t * d;
      if (!block_norm.empty()) kernels::table().rms_norm(block, block_norm.data(), block, d, spec_.norm_epsilon);
      for (std::int64_t i = 0; i < d; ++i) row[i] += block[i];
      if (!norm.empty()) ops::normalize(row, norm, bias, spec_.norm_epsilon, spec_.model_dim, row);
    }
  });
}

// A task is a head of a text.
void Encoder::attend(std::span<const Text> texts, int layer) {
  const EncoderLayer& weights = weights_.layers[static_cast<std::size_t>(layer)];
  const int reach = spec_.reach(layer);
  const std::size_t width = static_cast<std::size_t>(shape_.n_heads * shape_.head_dim),
                    kv_width = static_cast<std::size_t>(shape_.n_kv_heads * shape_.head_dim);
  read_residual(weights.pre_attention_norm);
  multiply(weights.q, weights.q_bias, q_);
  multiply(weights.k, weights.k_bias, k_);
  multiply(weights.v, weights.v_bias, v_);
  turn(q_, shape_.n_heads, weights.q_norm, reach > 0);
  turn(k_, shape_.n_kv_heads, weights.k_norm, reach > 0);
  grow(attended_, n_tokens_, static_cast<int>(width));
  std::vector<std::size_t> firsts;  // tokens
  for (std::size_t first = 0; const Text& text : texts) {
    firsts.push_back(first);
    first += text.size();
  }
  pool_->run(static_cast<int>(texts.size()) * shape_.n_heads, [&](int task, int thread) {
    const auto text = static_cast<std::size_t>(task / shape_.n_heads);
    const std::size_t at = firsts[text] * width, kv_at = firsts[text] * kv_width;
    attention_[static_cast<std::size_t>(thread)].run(shape_, task % shape_.n_heads,
                                                     static_cast<int>(texts[text].size()), reach, q_.data() + at,
                                                     k_.data() + kv_at, v_.data() + kv_at, attended_.data() + at);
  });
  read(attended_, static_cast<int>(width), ops::Precision::kInt8);
  multiply(weights.attention_out, weights.attention_out_bias, block_);
  add_block(weights.post_attention_norm, weights.attention_norm, weights.attention_norm_bias);
}

void Encoder::feed_forward(const EncoderLayer& weights) {
  const kernels::Table& table = kernels::table();
  const bool gated = weights.gate.rows() > 0;
  const auto gate = spec_.activation == Activation::kSilu ? table.silu_mul : table.gelu_mul;
  read_residual(weights.pre_ffn_norm);
  multiply(weights.up, weights.up_bias, up_);
  if (gated) multiply(weights.gate, {}, gate_);
  for_tiles([&](int first, int last) {
    const std::int64_t at = std::int64_t{first} * spec_.ffn_dim, n = std::int64_t{last - first} * spec_.ffn_dim;
    gated ? gate(gate_.data() + at, up_.data() + at, n) : table.gelu(up_.data() + at, n);
  });
  read(gated ? gate_ : up_, spec_.ffn_dim, ops::Precision::kInt8);
  multiply(weights.down, weights.down_bias, block_);
  add_block(weights.post_ffn_norm, weights.ffn_norm, weights.ffn_norm_bias);
}

void Encoder::pool_rows(std::span<const Text> texts, float* out) {
  const auto d = static_cast<std::size_t>(spec_.model_dim);
  const float* rows = residual_.data();
  std::vector<float> row(d), pooled(d);
  for (const Text& text : texts) {
    const bool mean = spec_.pooling == Pooling::kMean;
    const std::size_t first = spec_.pooling == Pooling::kLast ? text.size() - 1 : 0;
    const std::size_t n = mean ? text.size() : 1;
    std::vector<double> sum(d, 0.0);
    for (std::size_t t = first; t < first + n; ++t) {
      ops::normalize(rows + t * d, weights_.output_norm, {}, spec_.norm_epsilon, spec_.model_dim, row.data());
      for (std::size_t i = 0; i < d; ++i) sum[i] += row[i];
    }
    for (std::size_t i = 0; i < d; ++i) pooled[i] = static_cast<float>(sum[i] / static_cast<double>(n));
    finish_vector(pooled, out);
    pooled.resize(d);
    rows += text.size() * d;
    out += spec_.embedding_dim();
  }
}

void Encoder::finish_vector(std::vector<float>& pooled, float* out) {
  for (const ops::Matrix& matrix : weights_.dense) {
    ops::Activations x;
    x.set(pooled.data(), 1, matrix.cols(), ops::Precision::kRefined);
    std::vector<float> next(static_cast<std::size_t>(matrix.rows()));
    ops::multiply(x, matrix, next.data(), *pool_);
    pooled = std::move(next);
  }
  double squares = 0;
  for (const float value : pooled) squares += double{value} * value;
  const double factor = 1.0 / std::max(std::sqrt(squares), 1e-12);
  for (std::size_t i = 0; i < pooled.size(); ++i) out[i] = static_cast<float>(pooled[i] * factor);
}

}  // namespace sotto::model
