// A decoder's weights, and the table that binds them to a file's tensors.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "adapter/adapter.h"
#include "base/thread_pool.h"
#include "gguf/file.h"
#include "model/packed/panels.h"
#include "model/spec.h"
#include "ops/matrix.h"
#include "sotto/result.h"

namespace sotto::model {

// Shapes are [rows, cols]: a matrix maps cols values to rows values. What a file does not have stays empty.
struct FeedForward {
  ops::Matrix gate, up;  // [ffn_dim, model_dim]
  ops::Matrix down;      // [model_dim, ffn_dim]
};

struct LayerWeights {
  std::vector<float> attention_norm, attention_norm_bias;  // [model_dim]
  ops::Matrix q;                                           // [n_heads * head_dim, model_dim]
  ops::Matrix k;                                           // [n_kv_heads * head_dim, model_dim]
  ops::Matrix v;                                           // likewise; empty: values are the keys before their norm
  std::vector<float> q_bias, k_bias, v_bias;               // as many as their matrices have rows
  ops::Matrix attention_out;                               // [model_dim, n_heads * head_dim]
  std::vector<float> attention_out_bias;                   // [model_dim]
  std::vector<float> q_norm, k_norm;                       // [head_dim], or of all heads together
  std::vector<float> post_attention_norm;                  // [model_dim]
  std::vector<float> ffn_norm, ffn_norm_bias;              // [model_dim]
  FeedForward ffn;                                         // where there are no experts
  ops::Matrix router;                                      // [experts.count, model_dim]
  std::vector<FeedForward> experts;                        // [experts.count]
  std::vector<float> post_ffn_norm;                        // [model_dim]

  // Of layers without attention: model/short_conv.h and model/gated_delta.h say what is done with them.
  ops::Matrix mix_in;                 // [3 * model_dim, model_dim], or of the delta rule [conv_width, model_dim]
  ops::Matrix mix_out;                // [model_dim, mix_width]
  std::vector<float> conv;            // [conv_tokens, conv_width], the file's transposed
  ops::Matrix mix_gate;               // [mix_width, model_dim]
  ops::Matrix alpha, beta;            // [delta.n_heads, model_dim]
  std::vector<float> decay, dt_bias;  // [delta.n_heads]
  std::vector<float> mix_norm;        // [delta.value_dim]

  // Of layers that are told more of a token than the residual.
  ops::Matrix input_gate;              // [layer_input_dim, model_dim]
  ops::Matrix input_out;               // [model_dim, layer_input_dim]
  std::vector<float> post_input_norm;  // [model_dim]
  std::vector<float> output_scale;     // [1], or empty: multiplies the residual at the layer's end

  const ops::Matrix& values() const { return v.rows() > 0 ? v : k; }
};

struct Weights {
  ops::Matrix embedding;                             // [n_vocab, model_dim]; also the head when that is tied to it
  ops::Matrix untied_head;                           // [n_vocab, model_dim], or empty
  std::vector<float> output_norm, output_norm_bias;  // [model_dim]
  std::vector<float> rope_factors;                   // [rope_dim / 2], or empty
  std::vector<float> short_factors, long_factors;    // of ops::RopeScaling::kLong, likewise
  ops::Matrix layer_embedding;                       // [n_vocab, n_layers * layer_input_dim]
  ops::Matrix layer_projection;                      // [n_layers * layer_input_dim, model_dim]
  std::vector<float> layer_projection_norm;          // [layer_input_dim]
  std::vector<LayerWeights> layers;
  packed::Panels panels;                                     // what the packed matrices point into
  std::vector<std::unique_ptr<const ops::LowRank>> changes;  // of adapters; what the matrices point to

  const ops::Matrix& head() const { return untied_head.rows() > 0 ? untied_head : embedding; }
};

// Calls f(matrix) for each, the head that is tied to the embedding once.
template <class F>
void for_each_matrix(Weights& weights, F&& f) {
  const auto of_ffn = [&](FeedForward& ffn) {
    for (ops::Matrix* matrix : {&ffn.gate, &ffn.up, &ffn.down}) f(*matrix);
  };
  for (ops::Matrix* matrix :
       {&weights.embedding, &weights.untied_head, &weights.layer_embedding, &weights.layer_projection}) {
    f(*matrix);
  }
  for (LayerWeights& layer : weights.layers) {
    for (ops::Matrix* matrix :
         {&layer.q, &layer.k, &layer.v, &layer.attention_out, &layer.mix_in, &layer.mix_gate, &layer.alpha, &layer.beta,
          &layer.mix_out, &layer.router, &layer.input_gate, &layer.input_out}) {
      f(*matrix);
    }
    of_ffn(layer.ffn);
    for (FeedForward& expert : layer.experts) of_ffn(expert);
  }
}

// What a dimension of a tensor must be. Those from kQuery to kKeyHead are 0 in layers without attention, those from
// kMixIn on in layers with it: an entry with a dimension of 0 is no tensor of that layer. kKeyValue and kKeyHead are 0
// in a layer that attends to another's keys and values, too: a tensor that a file has there all the same is not read.
enum class Dim {
  kOne,
  kModel,
  kFfn,
  kExperts,
  kQuery,
  kQueryAndGate,
  kKeyValue,
  kHead,
  kKeyHead,
  kMixIn,
  kMix,
  kConvTokens,
  kConv,
  kDeltaHeads,
  kDeltaValue,
};

// "blk.<layer>.<name>" in the file is this matrix of Part, or these, their rows one after another.
template <class Part>
struct MatrixEntry {
  struct Member {
    ops::Matrix Part::* matrix;
    Dim rows;
  };
  std::string_view name;
  std::vector<Member> members;
  Dim cols;
  bool optional = false;
};

struct VectorEntry {
  std::string_view name;
  std::vector<float> LayerWeights::* member;
  Dim size;
  bool optional = false;
  Dim rows = Dim::kOne;
};

struct WeightTable {
  std::vector<MatrixEntry<LayerWeights>> matrices;
  std::vector<MatrixEntry<FeedForward>> feed_forward;  // with experts: one after another in a third dimension
  std::vector<VectorEntry> vectors;
  bool layer_norm = false;  // the norms before attention, feed-forward and head have a bias
  std::string_view output_norm = "output_norm";
};

// The entries that decoders of the Llama kind share: norms, q, k, v, output, gate, up, down; and biases of attention,
// where the file has them.
WeightTable standard_weight_table();

// Its changes: the norms of queries and keys, of one head or of all; those after attention and feed-forward.
void add_qk_norms(WeightTable& table, Dim q_size, Dim k_size);
void add_post_norms(WeightTable& table);
// The feed-forward of experts and their router in place of the one.
void use_experts(WeightTable& table);

struct BindOptions {
  bool packed = true;                             // false: float32 arithmetic on the file's own bytes
  packed::Options keep;                           // where the packed form is kept
  std::span<const adapter::Change> changes = {};  // of adapters, one a tensor
};

// Errors: kBadFile naming the tensor that is missing or has the wrong shape, with the shape found and expected;
// kUnsupported naming a tensor of the file that nothing uses (a bias, an adapter).
Result<Weights> bind_weights(const gguf::File& file, const DecoderSpec& spec, const WeightTable& table,
                             const BindOptions& options, base::ThreadPool& pool);

}  // namespace sotto::model
