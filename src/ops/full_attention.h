// Attention of texts that are there as a whole: a token sees those before and behind it. Keeps no keys and values;
// knows nothing of how they were made.
#pragma once

#include <vector>

#include "ops/attention.h"

namespace sotto::ops {

// One thread's scratch.
class FullAttention {
 public:
  // One head of softmax attention (Vaswani et al., 1706.03762) within a text, on this thread. q, out: [n_tokens,
  // n_heads, head_dim] f32, k and v: [n_tokens, n_kv_heads, head_dim], all row-major; of out only this head is written.
  // A token sees those at most `reach` before and behind it (0: all). shape: without a cap. A result does not depend on
  // what else is computed.
  void run(const AttentionShape& shape, int head, int n_tokens, int reach, const float* q, const float* k,
           const float* v, float* out);

 private:
  std::vector<float> keys_;    // [head_dim, n_tokens in whole chunks], times the scale
  std::vector<float> scores_;  // [some tokens, n_tokens in whole chunks]
};

}  // namespace sotto::ops
