// An encoder's weights, and the table that binds them to a file's tensors.
#pragma once

#include <string_view>
#include <vector>

#include "model/encoder_spec.h"
#include "model/weights.h"

namespace sotto::model {

// Shapes are [rows, cols]: a matrix maps cols values to rows values.
struct EncoderLayer {
  ops::Matrix q, k, v;                                     // [model_dim, model_dim]
  ops::Matrix attention_out;                               // [model_dim, model_dim]
  ops::Matrix up;                                          // [ffn_dim, model_dim]
  ops::Matrix down;                                        // [model_dim, ffn_dim]
  std::vector<float> q_bias, k_bias, v_bias;               // [model_dim]
  std::vector<float> attention_out_bias;                   // [model_dim]
  std::vector<float> attention_norm, attention_norm_bias;  // [model_dim]; behind attention
  std::vector<float> up_bias;                              // [ffn_dim]
  std::vector<float> down_bias;                            // [model_dim]
  std::vector<float> ffn_norm, ffn_norm_bias;              // [model_dim]; behind the feed-forward
};

struct EncoderWeights {
  ops::Matrix embedding;                                   // [n_vocab, model_dim]
  ops::Matrix positions;                                   // [ctx_tokens, model_dim]
  ops::Matrix token_types;                                 // [n_token_types, model_dim]
  std::vector<float> embedding_norm, embedding_norm_bias;  // [model_dim]
  std::vector<EncoderLayer> layers;
  packed::Panels panels;  // what the packed matrices point into
};

// "blk.<layer>.<name>" in the file is this member, of this shape.
struct EncoderMatrixEntry {
  std::string_view name;
  ops::Matrix EncoderLayer::* member;
  Dim rows, cols;
};

struct EncoderVectorEntry {
  std::string_view name;
  std::vector<float> EncoderLayer::* member;
  Dim size;
};

struct EncoderWeightTable {
  std::vector<EncoderMatrixEntry> matrices;
  std::vector<EncoderVectorEntry> vectors;
};

// Errors: as bind_weights().
Result<EncoderWeights> bind_encoder_weights(const gguf::File& file, const EncoderSpec& spec,
                                            const EncoderWeightTable& table, const BindOptions& options,
                                            base::ThreadPool& pool);

}  // namespace sotto::model
