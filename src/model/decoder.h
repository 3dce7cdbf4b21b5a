// THE forward pass of every decoder family, driven by its DecoderSpec.
#pragma once

#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "model/kv_cache.h"
#include "model/model.h"
#include "model/weights.h"
#include "ops/attention.h"
#include "ops/matmul.h"
#include "ops/rope.h"

namespace sotto::model {

class Decoder final : public Model {
 public:
  static constexpr int kBatchTokens = 256;  // the most that go through the layers at a time

  // `pool` has bound `weights`; both become the decoder's.
  Decoder(DecoderSpec spec, Weights weights, std::unique_ptr<base::ThreadPool> pool);

  const DecoderSpec& spec() const override { return spec_; }
  int threads() const override { return pool_->size(); }
  std::unique_ptr<KvCache> new_cache(int ctx_tokens) const override;
  std::uint64_t cache_bytes(int ctx_tokens) const override;
  void forward(KvCache& cache, std::span<const std::int32_t> tokens, LogitsFor which, std::span<float> logits) override;

 private:
  void forward_batch(KvCache& cache, std::span<const std::int32_t> tokens);
  void embed(std::span<const std::int32_t> tokens);
  void fill_ropes(int first_position, int n_tokens);
  void attention_block(KvCache& cache, int layer, int n_tokens);
  void ffn_block(const LayerWeights& weights, int n_tokens);
  void rotate_heads(const LayerWeights& weights, bool windowed, int n_tokens);
  void add_to_residual(const std::vector<float>& post_norm, int n_tokens);
  void compute_logits(int first_token, int n_tokens, float* logits);

  // Calls f(token) for every token, split over threads.
  template <class F>
  void for_tokens(int n_tokens, F&& f);

  DecoderSpec spec_;
  Weights weights_;
  std::unique_ptr<base::ThreadPool> pool_;
  ops::AttentionShape shape_;
  ops::Attention attention_;
  ops::RopeTable rope_, window_rope_;
  ops::Activations activations_;

  // Scratch, [n_tokens, …] f32, row-major; grown to the largest batch seen.
  std::vector<float> residual_;      // model_dim
  std::vector<float> block_;         // model_dim: what goes into a block, then what comes out of it
  std::vector<float> q_, attended_;  // n_heads * head_dim
  std::vector<float> k_, v_;         // n_kv_heads * head_dim
  std::vector<float> gate_, up_;     // ffn_dim
};

}  // namespace sotto::model
