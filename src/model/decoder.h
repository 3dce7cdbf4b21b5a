// THE forward pass of every decoder family, driven by its DecoderSpec.
#pragma once

#include <atomic>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/table.h"
#include "model/batch.h"
#include "model/kv_cache.h"
#include "model/lane.h"
#include "model/model.h"
#include "model/recurrence.h"
#include "model/weights.h"
#include "ops/attention.h"
#include "ops/rope.h"

namespace sotto::model {

class Decoder final : public Model {
 public:
  static constexpr int kBatchTokens = 512;  // the most that go through the layers at a time

  // `pool` has bound `weights`; both become the decoder's.
  Decoder(DecoderSpec spec, Weights weights, KvType kv, std::unique_ptr<base::ThreadPool> pool);

  const DecoderSpec& spec() const override { return spec_; }
  int threads() const override { return pool_->size(); }
  std::string arithmetic() const override;
  std::unique_ptr<KvCache> new_cache(int ctx_tokens) const override;
  std::uint64_t cache_bytes(int ctx_tokens) const override;
  using Model::forward;
  void forward(std::span<const Part> parts) override;
  bool observe(Observer observer) override {
    observer_ = std::move(observer);
    return true;
  }
  bool substitute(std::string_view tensor, gguf::TensorType type, std::span<const std::byte> data) override;
  std::int64_t n_exact_logits() const override { return shared_lane_.head.n_exact(); }

  // What the head multiplied for the last n_tokens of the last forward(), for measurements: [n_tokens, model_dim] f32,
  // row-major. n_tokens: those it was asked logits for; two threads at least, and fewer than 12 tokens for each.
  std::span<const float> head_input(int n_tokens) const {
    return {shared_lane_.block.data(), static_cast<std::size_t>(n_tokens * spec_.model_dim)};
  }

 private:
  bool may_mix(std::span<const Part> parts) const;
  void forward_batch();
  void make_room(int n_tokens);
  void embed(Lane& lane);
  void project(Lane& lane, int layer);
  void finish_layer(Lane& lane, int layer);
  void enter_recurrence(Lane& lane, const LayerWeights& weights, int layer);
  void multiply_gated_query(Lane& lane, const ops::Matrix& matrix, int h, float* q);
  void turn(float* head, const std::vector<float>& norm, int layer, int token) const;
  void grow_query(float* query, int head_dim, int position) const;
  void attend(Lane& lane, int layer);
  void norm_all_heads(Lane& lane, const LayerWeights& weights, float* q, int q_width, int k_width) const;
  void weigh_values(Lane& lane, int layer);
  void open_gates(Lane& lane) const;
  void feed_forward(Lane& lane, const LayerWeights& weights);
  void gated(Lane& lane, int n_tokens, const FeedForward& weights, float* out);
  void ask_experts(Lane& lane, const LayerWeights& weights);
  void make_layer_inputs(Lane& lane);
  void add_layer_input(Lane& lane, int layer);
  // The lane's queries: [lane.n_tokens, n_heads * head_dim].
  float* queries(const Lane& lane, int layer) {
    std::vector<float>& q = spec_.window_head_dim > 0 && spec_.sees_window(layer) ? window_q_ : q_;
    return q.data() + lane.first * spec_.n_heads * spec_.head_dim_of(layer);
  }
  // gate [n] becomes activation(gate) · up [n].
  auto activation() const {
    return spec_.activation == Activation::kSilu ? kernels::table().silu_mul : kernels::table().gelu_mul;
  }
  void add_to_residual(Lane& lane, const std::vector<float>& post_norm);
  int gather_wanted();
  ops::Best best_for_all();
  void compute_logits();
  void compute_logits(Lane& lane, const ops::Best& best, float* logits);
  void read_head_input(Lane& lane);
  void show(const Lane& lane, std::initializer_list<const ops::Matrix*> matrices) const;
  void adjust_logits(std::span<float> logits) const;

  // lane.x becomes the lane's residual rows, normed (an empty norm leaves them as they are) and quantized.
  void read_residual(Lane& lane, const std::vector<float>& norm, const std::vector<float>& bias,
                     ops::Precision precision);
  void set_rope(int ctx_tokens);
  ops::AttentionShape shape_of(int layer) const {
    return {spec_.n_heads, spec_.kv_heads_of(layer), spec_.head_dim_of(layer), spec_.attention_scale, spec_.score_cap};
  }

  // Calls f(lane) for lanes that hold `n_tokens` from `first_token` on of the batch, in any order.
  void for_lanes(int first_token, int n_tokens, const std::function<void(Lane&)>& f);

  DecoderSpec spec_;
  Weights weights_;
  KvType kv_;
  std::unique_ptr<base::ThreadPool> pool_;
  std::size_t layer_bytes_;  // what multiplying with a layer's matrices reads
  ops::RopeFrequencies rope_frequencies_, window_rope_frequencies_;
  int rope_ctx_tokens_ = -1;  // the context that the frequencies are for
  Observer observer_;
  base::ThreadPool alone_{1};
  Lane shared_lane_;
  std::vector<Lane> own_lanes_;  // one for each thread
  Batch batch_;
  std::vector<float> residual_;           // [n_tokens, model_dim] f32, of the batch
  std::vector<float> shared_logits_;      // [n_wanted, n_vocab], where several pieces want some
  std::vector<std::int64_t> first_rows_;  // of each piece there
  std::vector<std::int32_t> exact_rows_;  // of the head, that some piece asks for
  // [n_tokens, n_heads * head_dim]. Window layers whose heads have another width have their own: one lane may be a
  // layer ahead of another, and their rows would overlap.
  std::vector<float> q_, window_q_;
  std::vector<float> gated_q_;  // [n_tokens, n_heads, 2, head_dim], with output gates: q and the gate
  std::unique_ptr<Recurrence> recurrence_;
  // Rows of the embedding that were read token by token and may stay resident, some neighbours each.
  static constexpr unsigned kSingleRowsKept = 16;
  std::atomic<unsigned> n_single_rows_ = 0;
  std::vector<float> layer_inputs_;  // [n_tokens, n_layers, layer_input_dim]
  std::vector<float> ones_;          // [widest head]: the weights of a norm without any
  ops::RopeTable rope_, window_rope_;
};

}  // namespace sotto::model
