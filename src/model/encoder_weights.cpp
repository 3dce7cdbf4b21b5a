#include "model/encoder_weights.h"

#include <fmt/format.h>

#include "model/binder.h"

namespace sotto::model {
namespace {

std::int64_t encoder_size(Dim dim, const EncoderSpec& spec) {
  switch (dim) {
    case Dim::kQuery: return std::int64_t{spec.n_heads} * spec.head_dim;
    case Dim::kKeyValue: return std::int64_t{spec.n_kv_heads} * spec.head_dim;
    case Dim::kHead: return spec.head_dim;
    case Dim::kFfn: return spec.ffn_dim;
    default: return spec.model_dim;
  }
}

// Rows of embeddings are looked up, never multiplied.
void bind_encoder_ends(Binder& binder, const EncoderSpec& spec, const EncoderWeightTable& table,
                       EncoderWeights& weights) {
  const int d = spec.model_dim;
  binder.matrix("token_embd.weight", spec.n_vocab, d, weights.embedding, ops::Layout::kFile);
  if (spec.learned_positions)
    binder.matrix("position_embd.weight", spec.ctx_tokens, d, weights.positions, ops::Layout::kFile);
  if (spec.n_token_types > 0)
    binder.matrix("token_types.weight", spec.n_token_types, d, weights.token_types, ops::Layout::kFile);
  if (table.embedding_norm) {
    binder.vector("token_embd_norm.weight", d, weights.embedding_norm);
    binder.vector("token_embd_norm.bias", d, weights.embedding_norm_bias);
  }
  if (table.output_norm) binder.vector("output_norm.weight", d, weights.output_norm);
  weights.dense.resize(spec.dense.size());
  for (std::size_t i = 0; i < spec.dense.size(); ++i) {
    binder.matrix(fmt::format("dense_{}.weight", i + 2), spec.dense[i], i == 0 ? d : spec.dense[i - 1],
                  weights.dense[i]);
  }
}

void bind_encoder_layer(Binder& binder, const std::string& prefix, const EncoderSpec& spec,
                        const EncoderWeightTable& table, EncoderLayer& layer) {
  for (const auto& entry : table.matrices) {
    std::int64_t rows = 0, first = 0;
    for (const auto& member : entry.members) rows += encoder_size(member.rows, spec);
    const auto* tensor = binder.find(prefix + std::string(entry.name), encoder_size(entry.cols, spec), rows);
    if (tensor == nullptr) return;
    for (const auto& member : entry.members) {
      const std::int64_t count = encoder_size(member.rows, spec);
      binder.take(*tensor, {first, count}, layer.*member.matrix, ops::Layout::kPanels);
      first += count;
    }
  }
  for (const EncoderVectorEntry& entry : table.vectors) {
    binder.vector(prefix + std::string(entry.name), encoder_size(entry.size, spec), layer.*entry.member);
  }
}

}  // namespace

EncoderWeightTable standard_encoder_weight_table() {
  using L = EncoderLayer;
  return {.matrices = {{"attn_q.weight", {{&L::q, Dim::kQuery}}, Dim::kModel},
                       {"attn_k.weight", {{&L::k, Dim::kKeyValue}}, Dim::kModel},
                       {"attn_v.weight", {{&L::v, Dim::kKeyValue}}, Dim::kModel},
                       {"attn_output.weight", {{&L::attention_out, Dim::kModel}}, Dim::kQuery},
                       {"ffn_up.weight", {{&L::up, Dim::kFfn}}, Dim::kModel},
                       {"ffn_down.weight", {{&L::down, Dim::kModel}}, Dim::kFfn}}};
}

void add_gate(EncoderWeightTable& table) {
  table.matrices.push_back({"ffn_gate.weight", {{&EncoderLayer::gate, Dim::kFfn}}, Dim::kModel});
}

void add_sum_norms(EncoderWeightTable& table) {
  using L = EncoderLayer;
  for (const EncoderVectorEntry& entry :
       {EncoderVectorEntry{"attn_output_norm.weight", &L::attention_norm, Dim::kModel},
        {"attn_output_norm.bias", &L::attention_norm_bias, Dim::kModel},
        {"layer_output_norm.weight", &L::ffn_norm, Dim::kModel},
        {"layer_output_norm.bias", &L::ffn_norm_bias, Dim::kModel}}) {
    table.vectors.push_back(entry);
  }
}

Result<EncoderWeights> bind_encoder_weights(const gguf::File& file, const EncoderSpec& spec,
                                            const EncoderWeightTable& table, const BindOptions& options,
                                            base::ThreadPool& pool) {
  Binder binder(file, options.packed);
  EncoderWeights weights;
  bind_encoder_ends(binder, spec, table, weights);
  weights.layers.resize(static_cast<std::size_t>(spec.n_layers));
  for (int l = 0; l < spec.n_layers && !binder.failed(); ++l) {
    bind_encoder_layer(binder, fmt::format("blk.{}.", l), spec, table, weights.layers[static_cast<std::size_t>(l)]);
  }
  binder.refuse_leftovers();
  if (binder.failed()) return Unexpected(binder.take_error());
  auto panels = binder.pack(options.keep, pool);
  if (!panels) return forward_error(panels);
  weights.panels = std::move(*panels);
  return weights;
}

}  // namespace sotto::model
