// EncoderSpec: what an encoder family is, as data. Each field names a term of the literature, never a model.
#pragma once

#include <string>
#include <vector>

#include "model/spec.h"
#include "ops/rope.h"

namespace sotto::model {

// How the vectors of a text's tokens become one.
enum class Pooling { kMean, kFirst, kLast };

struct EncoderSpec {
  std::string architecture;
  int n_layers = 0;
  int n_heads = 0;
  int n_kv_heads = 0;
  int head_dim = 0;
  int model_dim = 0;
  int ffn_dim = 0;
  int n_vocab = 0;
  int n_token_types = 0;  // 0: tokens have none
  int ctx_tokens = 0;     // the longest text
  float norm_epsilon = 1e-12f;
  float embedding_scale = 1.0f;               // multiplies the embedded tokens
  float attention_scale = 0;                  // multiplies q·k
  Activation activation = Activation::kSilu;  // of a gated feed-forward; GELU in its exact form where there is no gate
  Pooling pooling = Pooling::kMean;

  bool learned_positions = false;  // an embedding of them is added to that of the tokens
  int rope_dim = 0;                // how many of a head's values are rotated, in halves; 0: none
  ops::Rope rope;                  // layers that see everything
  ops::Rope window_rope;           // window layers
  int window = 0;                  // 0: no window layers
  std::vector<bool> windowed;  // [n_layers]: tokens of this layer see those at most window / 2 before and behind them

  std::vector<int> dense;  // widths of the matrices behind the pooling, the last that of the vectors; may be empty

  int reach(int layer) const { return window > 0 && windowed[static_cast<std::size_t>(layer)] ? window / 2 : 0; }
  int embedding_dim() const { return dense.empty() ? model_dim : dense.back(); }
};

}  // namespace sotto::model
