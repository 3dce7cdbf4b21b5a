#include "model/decoder.h"

#include <algorithm>
#include <utility>

#include "kernels/table.h"
#include "model/families/registry.h"

namespace sotto::model {

Result<std::unique_ptr<Model>> Model::load(const gguf::File& file, const LoadOptions& options) {
  auto family = find_family(file);
  if (!family) return forward_error(family);
  auto spec = (*family)->read_spec(file);
  if (!spec) return forward_error(spec);
  auto pool = std::make_unique<base::ThreadPool>(options.threads > 0 ? options.threads : base::default_thread_count());
  auto weights = bind_weights(file, *spec, (*family)->weight_table(), !options.exact_activations, *pool);
  if (!weights) return forward_error(weights);
  return std::unique_ptr<Model>(new Decoder(std::move(*spec), std::move(*weights), std::move(pool)));
}

Decoder::Decoder(DecoderSpec spec, Weights weights, std::unique_ptr<base::ThreadPool> pool)
    : spec_(std::move(spec)),
      weights_(std::move(weights)),
      pool_(std::move(pool)),
      shape_{spec_.n_heads, spec_.n_kv_heads, spec_.head_dim, spec_.attention_scale} {}

std::unique_ptr<KvCache> Decoder::new_cache(int ctx_tokens) const {
  return std::make_unique<KvCache>(spec_, ctx_tokens, kBatchTokens);
}

std::uint64_t Decoder::cache_bytes(int ctx_tokens) const { return KvCache::bytes_for(spec_, ctx_tokens, kBatchTokens); }

template <class F>
void Decoder::for_tokens(int n_tokens, F&& f) {
  constexpr int kTokensPerTask = 16;
  pool_->run((n_tokens + kTokensPerTask - 1) / kTokensPerTask, [&](int task, int) {
    const int last = std::min(n_tokens, (task + 1) * kTokensPerTask);
    for (int t = task * kTokensPerTask; t < last; ++t) f(t);
  });
}

void Decoder::forward(KvCache& cache, std::span<const std::int32_t> tokens, LogitsFor which, std::span<float> logits) {
  for (std::size_t done = 0; done < tokens.size(); done += kBatchTokens) {
    const auto batch = tokens.subspan(done, std::min<std::size_t>(kBatchTokens, tokens.size() - done));
    const int n_tokens = static_cast<int>(batch.size());
    forward_batch(cache, batch);
    if (which == LogitsFor::kAll)
      compute_logits(0, n_tokens, logits.data() + done * static_cast<std::size_t>(spec_.n_vocab));
    if (which == LogitsFor::kLast && done + batch.size() == tokens.size())
      compute_logits(n_tokens - 1, 1, logits.data());
  }
}

void Decoder::forward_batch(KvCache& cache, std::span<const std::int32_t> tokens) {
  const int n_tokens = static_cast<int>(tokens.size());
  embed(tokens);
  fill_ropes(cache.size(), n_tokens);
  for (int layer = 0; layer < spec_.n_layers; ++layer) {
    attention_block(cache, layer, n_tokens);
    ffn_block(weights_.layers[static_cast<std::size_t>(layer)], n_tokens);
  }
  cache.advance(n_tokens);
}

void Decoder::embed(std::span<const std::int32_t> tokens) {
  const auto grow = [&](std::vector<float>& buffer, int width) {
    buffer.resize(std::max(buffer.size(), tokens.size() * static_cast<std::size_t>(width)));
  };
  for (auto* buffer : {&residual_, &block_}) grow(*buffer, spec_.model_dim);
  for (auto* buffer : {&q_, &attended_}) grow(*buffer, spec_.n_heads * spec_.head_dim);
  for (auto* buffer : {&k_, &v_}) grow(*buffer, spec_.n_kv_heads * spec_.head_dim);
  for (auto* buffer : {&gate_, &up_}) grow(*buffer, spec_.ffn_dim);
  for_tokens(static_cast<int>(tokens.size()), [&](int t) {
    float* row = residual_.data() + t * spec_.model_dim;
    weights_.embedding.read_row(tokens[static_cast<std::size_t>(t)], row);
    for (int i = 0; i < spec_.model_dim; ++i) row[i] *= spec_.embedding_scale;
  });
}

void Decoder::fill_ropes(int first_position, int n_tokens) {
  rope_.fill(first_position, n_tokens, spec_.rope_dim, spec_.rope.theta, spec_.rope.position_scale,
             weights_.rope_factors);
  if (spec_.window > 0) {
    window_rope_.fill(first_position, n_tokens, spec_.rope_dim, spec_.window_rope.theta,
                      spec_.window_rope.position_scale, {});
  }
}

void Decoder::attention_block(KvCache& cache, int layer, int n_tokens) {
  const LayerWeights& weights = weights_.layers[static_cast<std::size_t>(layer)];
  const bool windowed = spec_.windowed[static_cast<std::size_t>(layer)];
  for_tokens(n_tokens, [&](int t) {
    kernels::table().rms_norm(residual_.data() + t * spec_.model_dim, weights.attention_norm.data(),
                              block_.data() + t * spec_.model_dim, spec_.model_dim, spec_.norm_epsilon);
  });
  activations_.set(block_.data(), n_tokens, spec_.model_dim, ops::Precision::kInt16, *pool_);
  const ops::Product qkv[] = {{&weights.q, q_.data()}, {&weights.k, k_.data()}, {&weights.v, v_.data()}};
  ops::matmul(activations_, qkv, *pool_);

  rotate_heads(weights, windowed, n_tokens);
  ops::store_keys_values(shape_, cache.layer(layer), k_.data(), v_.data(), cache.size(), n_tokens, *pool_);
  attention_.run(shape_, cache.layer(layer), q_.data(), cache.size(), n_tokens, windowed ? spec_.window : 0,
                 attended_.data(), *pool_);

  activations_.set(attended_.data(), n_tokens, std::int64_t{spec_.n_heads} * spec_.head_dim, ops::Precision::kInt8,
                   *pool_);
  const ops::Product out[] = {{&weights.attention_out, block_.data()}};
  ops::matmul(activations_, out, *pool_);
  add_to_residual(weights.post_attention_norm, n_tokens);
}

void Decoder::ffn_block(const LayerWeights& weights, int n_tokens) {
  const auto activate = spec_.activation == Activation::kSilu ? kernels::table().silu_mul : kernels::table().gelu_mul;
  for_tokens(n_tokens, [&](int t) {
    kernels::table().rms_norm(residual_.data() + t * spec_.model_dim, weights.ffn_norm.data(),
                              block_.data() + t * spec_.model_dim, spec_.model_dim, spec_.norm_epsilon);
  });
  activations_.set(block_.data(), n_tokens, spec_.model_dim, ops::Precision::kInt8, *pool_);
  const ops::Product gate_up[] = {{&weights.gate, gate_.data()}, {&weights.up, up_.data()}};
  ops::matmul(activations_, gate_up, *pool_);
  for_tokens(n_tokens,
             [&](int t) { activate(gate_.data() + t * spec_.ffn_dim, up_.data() + t * spec_.ffn_dim, spec_.ffn_dim); });

  activations_.set(gate_.data(), n_tokens, spec_.ffn_dim, ops::Precision::kInt8, *pool_);
  const ops::Product down[] = {{&weights.down, block_.data()}};
  ops::matmul(activations_, down, *pool_);
  add_to_residual(weights.post_ffn_norm, n_tokens);
}

// Norms and rotates each head of q and k.
void Decoder::rotate_heads(const LayerWeights& weights, bool windowed, int n_tokens) {
  const ops::RopeTable& rope = windowed ? window_rope_ : rope_;
  const bool halves = spec_.rope_pairing == RopePairing::kHalves;
  const int d = spec_.head_dim;
  const auto rotate = [&](float* head, const std::vector<float>& norm, int t) {
    if (spec_.qk_norm) kernels::table().rms_norm(head, norm.data(), head, d, spec_.norm_epsilon);
    rope.rotate(head, t, halves);
  };
  for_tokens(n_tokens, [&](int t) {
    for (int h = 0; h < spec_.n_heads; ++h) rotate(q_.data() + (t * spec_.n_heads + h) * d, weights.q_norm, t);
    for (int h = 0; h < spec_.n_kv_heads; ++h) rotate(k_.data() + (t * spec_.n_kv_heads + h) * d, weights.k_norm, t);
  });
}

void Decoder::add_to_residual(const std::vector<float>& post_norm, int n_tokens) {
  for_tokens(n_tokens, [&](int t) {
    float* out = block_.data() + t * spec_.model_dim;
    float* row = residual_.data() + t * spec_.model_dim;
    if (spec_.post_norms) kernels::table().rms_norm(out, post_norm.data(), out, spec_.model_dim, spec_.norm_epsilon);
    for (int i = 0; i < spec_.model_dim; ++i) row[i] += out[i];
  });
}

void Decoder::compute_logits(int first_token, int n_tokens, float* logits) {
  for_tokens(n_tokens, [&](int t) {
    kernels::table().rms_norm(residual_.data() + (first_token + t) * spec_.model_dim, weights_.output_norm.data(),
                              block_.data() + t * spec_.model_dim, spec_.model_dim, spec_.norm_epsilon);
  });
  activations_.set(block_.data(), n_tokens, spec_.model_dim, ops::Precision::kInt16, *pool_);
  const ops::Product product[] = {{&weights_.head(), logits}};
  ops::matmul(activations_, product, *pool_);
}

}  // namespace sotto::model
