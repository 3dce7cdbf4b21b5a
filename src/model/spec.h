// DecoderSpec: what a decoder family is, as data. Each field names a term of the literature, never a model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sotto::model {

enum class Activation { kSilu, kGeluTanh };

// Rotary embedding (Su et al., 2104.09864): which of a head's values are paired.
enum class RopePairing {
  kInterleaved,  // (0,1), (2,3), …
  kHalves,       // (0, d/2), (1, d/2+1), …
};

struct Rope {
  float theta = 10000.0f;
  float position_scale = 1.0f;  // linear scaling: positions are multiplied by this
};

struct DecoderSpec {
  std::string architecture;
  int n_layers = 0;
  int n_heads = 0;
  int n_kv_heads = 0;
  int head_dim = 0;
  int model_dim = 0;
  int ffn_dim = 0;
  int n_vocab = 0;
  int train_ctx_tokens = 0;

  float norm_epsilon = 1e-5f;
  Activation activation = Activation::kSilu;
  float attention_scale = 0;     // multiplies q·k
  float embedding_scale = 1.0f;  // multiplies the embedded tokens
  bool qk_norm = false;          // RMS norm of each head's q and k before rope
  bool post_norms = false;       // RMS norm of attention's and feed-forward's output before the residual

  RopePairing rope_pairing = RopePairing::kInterleaved;
  int rope_dim = 0;  // how many of a head's values are rotated
  Rope rope;         // layers that see everything
  Rope window_rope;  // window layers

  int window = 0;              // 0: no window layers
  std::vector<bool> windowed;  // [n_layers]: this layer sees only the last `window` positions, itself included
};

}  // namespace sotto::model
