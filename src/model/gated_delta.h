// Layers of the gated delta rule (Yang, Kautz and Hatamizadeh, 2412.06464). Queries, keys and values go through a
// causal convolution and SiLU; queries and keys are brought to length 1. Then for each head, with its state S [key_dim,
// value_dim]:
//     S_t = decay_t · S_(t-1) + k_t ⊗ β_t (v_t − decay_t · S_(t-1)ᵀ k_t),   o_t = S_tᵀ q_t / sqrt(key_dim)
//     decay_t = exp(a · softplus(alpha_t + dt_bias)),   β_t = sigmoid(beta_t)
// and the layer puts out (rms_norm(o_t) ⊙ silu(gate_t)) · Woutᵀ. alpha, beta and gate are products of the input too.
#pragma once

#include <vector>

#include "model/recurrence.h"

namespace sotto::model {

class GatedDelta final : public Recurrence {
 public:
  explicit GatedDelta(const DecoderSpec& spec);

  void begin(const RecurrentCache::Plan& plan) override;
  void enter(Lane& lane, const LayerWeights& weights, const RecurrentCache::Layer& kept) override;
  void mix(const LayerWeights& weights, const RecurrentCache::Layer& kept, base::ThreadPool& pool) override;
  void leave(Lane& lane, const LayerWeights& weights) override;

 private:
  static constexpr int kTokens = 32;  // of a head that are prepared at a time

  // A thread's, f32.
  struct Scratch {
    std::vector<float> q, k;    // [kTokens, key_dim]
    std::vector<float> v, out;  // [kTokens, value_dim]
    std::vector<float> state;   // of tokens that may be taken back
  };

  void set_steps(Lane& lane, const LayerWeights& weights);
  void run_head(int head, const LayerWeights& weights, const RecurrentCache::Layer& kept, Scratch& scratch);
  void run_tokens(int head, int first, int last, const LayerWeights& weights, float* state, Scratch& scratch);
  void convolve(int first, int last, int channel, int width, const LayerWeights& weights, float* out) const;
  float* step_of(int token) { return steps_.data() + token * 2 * delta_.n_heads; }  // as the plan numbers them

  DeltaRule delta_;
  int conv_tokens_;
  float norm_epsilon_;
  std::size_t head_state_;  // floats
  RecurrentCache::Plan plan_;
  ConvRows rows_;                         // queries of all key heads, then keys, then values
  std::vector<float> steps_;              // [n_all, 2, n_heads]: decay, β
  std::vector<float> gate_, mixed_;       // [n_tokens, n_heads * value_dim]
  std::vector<float> ones_;               // [kTokens * the wider of both head sizes]
  std::vector<float> q_scale_, k_scale_;  // [key_dim]
  std::vector<Scratch> scratch_;          // one for each thread
};

}  // namespace sotto::model
