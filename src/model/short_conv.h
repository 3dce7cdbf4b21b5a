// Layers that are a gated short convolution (LFM2 technical report, 2511.23404): of three parts b, c and x of the
// input,
//     y_t = (c_t ⊙ conv_t) · Woutᵀ,   conv_t = sum over j of kernel_j ⊙ (b ⊙ x)_(t - conv_tokens + 1 + j)
// with a kernel for each of the model_dim channels. Its state is b ⊙ x of the last conv_tokens - 1 tokens.
#pragma once

#include <vector>

#include "model/recurrence.h"

namespace sotto::model {

class ShortConv final : public Recurrence {
 public:
  explicit ShortConv(const DecoderSpec& spec);

  void begin(const RecurrentCache::Plan& plan) override;
  void enter(Lane& lane, const LayerWeights& weights, const RecurrentCache::Layer& kept) override;
  void mix(const LayerWeights& weights, const RecurrentCache::Layer& kept, base::ThreadPool& pool) override;
  void leave(Lane& lane, const LayerWeights& weights) override;

 private:
  int width_, conv_tokens_;
  RecurrentCache::Plan plan_;
  ConvRows rows_;             // b ⊙ x
  std::vector<float> gated_;  // [n_tokens, model_dim] f32: c, then c ⊙ conv
};

}  // namespace sotto::model
