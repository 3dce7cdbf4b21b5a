// DecoderSpec: what a decoder family is, as data. Each field names a term of the literature, never a model.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/rope.h"

namespace sotto::model {

enum class Activation { kSilu, kGeluTanh };

// RMS norm of queries and keys, before they are rotated (Dehghani et al., 2302.05442).
enum class QkNorm {
  kNone,
  kHead,  // of each head
  kAll,   // of all heads together
};

// Which of a head's values are rotated together.
enum class RopePairing {
  kInterleaved,  // (0,1), (2,3), …
  kHalves,       // (0, d/2), (1, d/2+1), …
};

// Feed-forward blocks of which each token takes some (Shazeer et al., 1701.06538; Fedus et al., 2101.03961).
struct Experts {
  int count = 0;          // 0: one block for all tokens
  int used = 0;           // by a token: those with the greatest share of a softmax over all
  bool sum_to_1 = false;  // the shares of those used are scaled so that they do
};

// What of a layer mixes the tokens of a text. What is not attention keeps a state of fixed size in place of keys and
// values; a model has one kind of it.
enum class Mixer : std::uint8_t {
  kAttention,
  kShortConv,   // model/short_conv.h
  kGatedDelta,  // model/gated_delta.h
};

// Sizes of the gated delta rule. Head h of the values has the keys and queries of head h % n_key_heads.
struct DeltaRule {
  int n_key_heads = 0, n_heads = 0;
  int key_dim = 0, value_dim = 0;  // of a head

  int n_keys() const { return n_key_heads * key_dim; }
  int n_values() const { return n_heads * value_dim; }
};

struct DecoderSpec {
  std::string architecture;
  int n_layers = 0;
  int n_heads = 0;
  int n_kv_heads = 0;
  std::vector<int> layer_kv_heads;  // [n_layers], where they differ; empty: n_kv_heads in all
  int head_dim = 0;
  int model_dim = 0;
  int ffn_dim = 0;                 // of one expert where there are experts
  std::vector<int> layer_ffn_dim;  // [n_layers], where they differ; empty: ffn_dim in all
  int n_vocab = 0;
  int train_ctx_tokens = 0;

  float norm_epsilon = 1e-5f;
  Activation activation = Activation::kSilu;
  float attention_scale = 0;  // multiplies q·k
  // Queries are multiplied by 1 + query_growth · ln(1 + floor(position / query_growth_tokens)) (after 2501.19399).
  float query_growth = 0;
  int query_growth_tokens = 1;
  float embedding_scale = 1.0f;  // multiplies the embedded tokens
  float residual_scale = 1.0f;   // multiplies what attention and feed-forward add to the residual
  float logit_scale = 1.0f;      // multiplies the logits
  float score_cap = 0;           // q·k becomes cap * tanh(q·k / cap); 0: it stays
  float logit_cap = 0;           // so do the logits
  QkNorm qk_norm = QkNorm::kNone;
  bool output_gate = false;  // each head of attention's output is multiplied by the sigmoid of a gate (2505.06708)
  bool value_norm = false;   // RMS norm of each head of values, without weights
  bool pre_norms = true;     // norm of what goes into attention and feed-forward
  bool post_norms = false;   // norm of what comes out of them, before the residual
  Experts experts;

  RopePairing rope_pairing = RopePairing::kInterleaved;
  int rope_dim = 0;             // how many of a head's values are rotated
  ops::Rope rope;               // layers that see everything
  ops::Rope window_rope;        // window layers
  std::vector<bool> unrotated;  // [n_layers]: this layer's queries and keys are not; empty: all are

  int window = 0;              // 0: no window layers
  std::vector<bool> windowed;  // [n_layers]: this layer sees only the last `window` positions, itself included
  int window_head_dim = 0;     // of window layers, where their heads differ from the others'; 0: they do not
  int window_rope_dim = 0;     // likewise

  // So many of the last layers have no keys and values of their own and attend to those of the last layer before them
  // that sees as far (Brandon et al., 2405.12981).
  int n_layers_sharing_kv = 0;

  // Values of a token that each layer is told besides the residual: of an embedding of its own and of the token's
  // (per-layer embeddings). 0: nothing.
  int layer_input_dim = 0;

  float query_scale(int position) const {
    return 1.0f + query_growth * std::log1p(static_cast<float>(position / query_growth_tokens));
  }
  int head_dim_in_windows() const { return window_head_dim > 0 ? window_head_dim : head_dim; }
  int rope_dim_in_windows() const { return window_rope_dim > 0 ? window_rope_dim : rope_dim; }
  int head_dim_of(int layer) const { return sees_window(layer) ? head_dim_in_windows() : head_dim; }
  int widest_head() const { return std::max(head_dim, window_head_dim); }
  int kv_heads_of(int layer) const {
    return layer_kv_heads.empty() ? n_kv_heads : layer_kv_heads[static_cast<std::size_t>(layer)];
  }
  int ffn_dim_of(int layer) const {
    return layer_ffn_dim.empty() ? ffn_dim : layer_ffn_dim[static_cast<std::size_t>(layer)];
  }
  // The layer whose keys and values `layer` attends to; -1 where n_layers_sharing_kv leaves none.
  int kv_layer(int layer) const {
    const int n_own = n_layers - n_layers_sharing_kv;
    if (layer < n_own) return layer;
    int from = n_own - 1;
    while (from >= 0 && (!attends(from) || sees_window(from) != sees_window(layer))) --from;
    return from;
  }
  bool has_own_kv(int layer) const { return attends(layer) && layer < n_layers - n_layers_sharing_kv; }
  bool shares_kv(int layer) const { return attends(layer) && !has_own_kv(layer); }

  std::vector<Mixer> mixers;  // [n_layers]; empty: attention in all
  int conv_tokens = 0;        // that the causal convolution of a layer without attention sees, the last included
  DeltaRule delta;
  int n_unused_layers = 0;  // behind those of the model, in its file: heads that guess further tokens (2404.19737)

  Mixer mixer(int layer) const { return mixers.empty() ? Mixer::kAttention : mixers[static_cast<std::size_t>(layer)]; }
  bool attends(int layer) const { return mixer(layer) == Mixer::kAttention; }
  int mix_width() const { return delta.n_heads > 0 ? delta.n_values() : model_dim; }  // what such a layer puts out
  int conv_width() const { return delta.n_heads > 0 ? 2 * delta.n_keys() + delta.n_values() : model_dim; }

  bool sees_window(int layer) const { return window > 0 && windowed[static_cast<std::size_t>(layer)]; }
  bool rotates(int layer) const { return unrotated.empty() || !unrotated[static_cast<std::size_t>(layer)]; }
};

}  // namespace sotto::model
