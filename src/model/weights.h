// A decoder's weights, and the table that binds them to a file's tensors.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "gguf/file.h"
#include "model/packed/panels.h"
#include "model/spec.h"
#include "ops/matrix.h"
#include "sotto/result.h"

namespace sotto::model {

// Shapes are [rows, cols]: a matrix maps cols values to rows values.
struct LayerWeights {
  std::vector<float> attention_norm;       // [model_dim]
  ops::Matrix q;                           // [n_heads * head_dim, model_dim]
  ops::Matrix k, v;                        // [n_kv_heads * head_dim, model_dim]
  ops::Matrix attention_out;               // [model_dim, n_heads * head_dim]
  std::vector<float> q_norm, k_norm;       // [head_dim], when the spec has qk_norm
  std::vector<float> post_attention_norm;  // [model_dim], when the spec has post_norms
  std::vector<float> ffn_norm;             // [model_dim]
  ops::Matrix gate, up;                    // [ffn_dim, model_dim]
  ops::Matrix down;                        // [model_dim, ffn_dim]
  std::vector<float> post_ffn_norm;        // [model_dim], when the spec has post_norms
};

struct Weights {
  ops::Matrix embedding;            // [n_vocab, model_dim]; also the head when that is tied to it
  ops::Matrix untied_head;          // [n_vocab, model_dim], or empty
  std::vector<float> output_norm;   // [model_dim]
  std::vector<float> rope_factors;  // [rope_dim / 2], or empty
  std::vector<LayerWeights> layers;
  packed::Panels panels;  // what the packed matrices point into

  const ops::Matrix& head() const { return untied_head.rows() > 0 ? untied_head : embedding; }
};

// What a dimension of a tensor must be.
enum class Dim { kModel, kQuery, kKeyValue, kHead, kFfn };

// "blk.<layer>.<name>.weight" in the file is this member of a layer.
struct MatrixEntry {
  std::string_view name;
  ops::Matrix LayerWeights::* member;
  Dim rows, cols;
};
struct VectorEntry {
  std::string_view name;
  std::vector<float> LayerWeights::* member;
  Dim size;
};

struct WeightTable {
  std::vector<MatrixEntry> matrices;
  std::vector<VectorEntry> vectors;
};

// The entries that decoders of the Llama kind share: norms, q, k, v, output, gate, up, down.
WeightTable standard_weight_table();

struct BindOptions {
  bool packed = true;    // false: float32 arithmetic on the file's own bytes
  packed::Options keep;  // where the packed form is kept
};

// Errors: kBadFile naming the tensor that is missing or has the wrong shape, with the shape found and expected;
// kUnsupported naming a tensor of the file that nothing uses (a bias, an adapter).
Result<Weights> bind_weights(const gguf::File& file, const DecoderSpec& spec, const WeightTable& table,
                             const BindOptions& options, base::ThreadPool& pool);

}  // namespace sotto::model
