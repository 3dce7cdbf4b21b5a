// An encoder's weights, and the table that binds them to a file's tensors.
#pragma once

#include <string_view>
#include <vector>

#include "model/encoder_spec.h"
#include "model/weights.h"

namespace sotto::model {

// Shapes are [rows, cols]: a matrix maps cols values to rows values. What a family does not have stays empty.
struct EncoderLayer {
  ops::Matrix q;                                           // [n_heads * head_dim, model_dim]
  ops::Matrix k, v;                                        // [n_kv_heads * head_dim, model_dim]
  ops::Matrix attention_out;                               // [model_dim, n_heads * head_dim]
  ops::Matrix gate, up;                                    // [ffn_dim, model_dim]
  ops::Matrix down;                                        // [model_dim, ffn_dim]
  std::vector<float> q_bias, k_bias, v_bias;               // as many as their matrices have rows
  std::vector<float> attention_out_bias;                   // [model_dim]
  std::vector<float> up_bias;                              // [ffn_dim]
  std::vector<float> down_bias;                            // [model_dim]
  std::vector<float> pre_attention_norm, pre_ffn_norm;     // [model_dim]; of what goes into a block
  std::vector<float> q_norm, k_norm;                       // [head_dim]
  std::vector<float> post_attention_norm, post_ffn_norm;   // [model_dim]; of what comes out, before the residual
  std::vector<float> attention_norm, attention_norm_bias;  // [model_dim]; of the sum of both
  std::vector<float> ffn_norm, ffn_norm_bias;              // likewise
};

struct EncoderWeights {
  ops::Matrix embedding;                                   // [n_vocab, model_dim]
  ops::Matrix positions;                                   // [ctx_tokens, model_dim]
  ops::Matrix token_types;                                 // [n_token_types, model_dim]
  std::vector<float> embedding_norm, embedding_norm_bias;  // [model_dim]
  std::vector<EncoderLayer> layers;
  std::vector<float> output_norm;  // [model_dim]
  std::vector<ops::Matrix> dense;  // [dense[i], dense[i - 1], at first model_dim]
  packed::Panels panels;           // what the packed matrices point into
};

struct EncoderVectorEntry {
  std::string_view name;
  std::vector<float> EncoderLayer::* member;
  Dim size;
};

struct EncoderWeightTable {
  std::vector<MatrixEntry<EncoderLayer>> matrices;
  std::vector<EncoderVectorEntry> vectors;
  bool embedding_norm = false;  // a layer norm
  bool output_norm = false;     // an RMS norm
};

// The matrices of attention and of a feed-forward without a gate.
EncoderWeightTable standard_encoder_weight_table();

// Its changes: the gate; layer norms of the sums of blocks and residual.
void add_gate(EncoderWeightTable& table);
void add_sum_norms(EncoderWeightTable& table);

// Errors: as bind_weights().
Result<EncoderWeights> bind_encoder_weights(const gguf::File& file, const EncoderSpec& spec,
                                            const EncoderWeightTable& table, const BindOptions& options,
                                            base::ThreadPool& pool);

}  // namespace sotto::model
