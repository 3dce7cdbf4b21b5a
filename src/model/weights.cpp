#include "model/weights.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/binder.h"

namespace sotto::model {
namespace {

std::int64_t attention_size(Dim dim, const DecoderSpec& spec, int layer) {
  const std::int64_t d = spec.head_dim_of(layer);
  switch (dim) {
    case Dim::kQuery: return spec.n_heads * d;
    case Dim::kQueryAndGate: return 2 * spec.n_heads * d;
    case Dim::kKeyValue: return spec.has_own_kv(layer) ? spec.kv_heads_of(layer) * d : 0;
    case Dim::kHead: return d;
    case Dim::kKeyHead: return spec.has_own_kv(layer) ? d : 0;
    default: return 0;
  }
}

std::int64_t mixer_size(Dim dim, const DecoderSpec& spec, Mixer mixer) {
  switch (dim) {
    case Dim::kMixIn: return mixer == Mixer::kShortConv ? 3 * std::int64_t{spec.model_dim} : spec.conv_width();
    case Dim::kMix: return spec.mix_width();
    case Dim::kConvTokens: return spec.conv_tokens;
    case Dim::kConv: return spec.conv_width();
    case Dim::kDeltaHeads: return spec.delta.n_heads;
    case Dim::kDeltaValue: return spec.delta.value_dim;
    default: return 0;
  }
}

std::int64_t size_of(Dim dim, const DecoderSpec& spec, int layer) {
  switch (dim) {
    case Dim::kOne: return 1;
    case Dim::kModel: return spec.model_dim;
    case Dim::kFfn: return spec.ffn_dim_of(layer);
    case Dim::kExperts: return spec.experts.count;
    default: break;
  }
  const Mixer mixer = spec.mixer(layer);
  return mixer == Mixer::kAttention ? attention_size(dim, spec, layer) : mixer_size(dim, spec, mixer);
}

std::string name_of(int layer, std::string_view entry) { return fmt::format("blk.{}.{}", layer, entry); }

// An entry that is no tensor of the layer.
void leave_out(Binder& binder, const DecoderSpec& spec, int layer, const std::string& name) {
  if (spec.shares_kv(layer)) binder.ignore(name);
}

// `n_parts` times the entry's matrices, all in one tensor; part_at(i) gives the i-th to bind.
template <class Part, class PartAt>
void bind_stacked(Binder& binder, int layer, const MatrixEntry<Part>& entry, const DecoderSpec& spec, int n_parts,
                  PartAt&& part_at) {
  const std::string name = name_of(layer, entry.name);
  std::int64_t rows = 0;
  for (const auto& member : entry.members) rows += size_of(member.rows, spec, layer);
  const std::int64_t cols = size_of(entry.cols, spec, layer);
  if (rows == 0 || cols == 0) return leave_out(binder, spec, layer, name);
  const gguf::Tensor* tensor = binder.find(name, cols, n_parts * rows, entry.optional);
  std::int64_t first = 0;
  for (int i = 0; i < n_parts && tensor != nullptr; ++i) {
    for (const auto& member : entry.members) {
      const std::int64_t count = size_of(member.rows, spec, layer);
      binder.take(*tensor, {first, count}, part_at(i).*member.matrix, ops::Layout::kPanels);
      first += count;
    }
  }
}

}  // namespace

WeightTable standard_weight_table() {
  using L = LayerWeights;
  using F = FeedForward;
  return {
      .matrices = {{"attn_q.weight", {{&L::q, Dim::kQuery}}, Dim::kModel},
                   {"attn_k.weight", {{&L::k, Dim::kKeyValue}}, Dim::kModel},
                   {"attn_v.weight", {{&L::v, Dim::kKeyValue}}, Dim::kModel},
                   {"attn_output.weight", {{&L::attention_out, Dim::kModel}}, Dim::kQuery}},
      .feed_forward = {{"ffn_gate.weight", {{&F::gate, Dim::kFfn}}, Dim::kModel},
                       {"ffn_up.weight", {{&F::up, Dim::kFfn}}, Dim::kModel},
                       {"ffn_down.weight", {{&F::down, Dim::kModel}}, Dim::kFfn}},
      .vectors = {{"attn_norm.weight", &L::attention_norm, Dim::kModel},
                  {"ffn_norm.weight", &L::ffn_norm, Dim::kModel},
                  {"attn_q.bias", &L::q_bias, Dim::kQuery, true},
                  {"attn_k.bias", &L::k_bias, Dim::kKeyValue, true},
                  {"attn_v.bias", &L::v_bias, Dim::kKeyValue, true},
                  {"attn_output.bias", &L::attention_out_bias, Dim::kModel, true}},
  };
}

void add_qk_norms(WeightTable& table, Dim q_size, Dim k_size) {
  table.vectors.push_back({"attn_q_norm.weight", &LayerWeights::q_norm, q_size});
  table.vectors.push_back({"attn_k_norm.weight", &LayerWeights::k_norm, k_size});
}

void add_post_norms(WeightTable& table) {
  table.vectors.push_back({"post_attention_norm.weight", &LayerWeights::post_attention_norm, Dim::kModel});
  table.vectors.push_back({"post_ffw_norm.weight", &LayerWeights::post_ffn_norm, Dim::kModel});
}

void use_experts(WeightTable& table) {
  using F = FeedForward;
  table.matrices.push_back({"ffn_gate_inp.weight", {{&LayerWeights::router, Dim::kExperts}}, Dim::kModel});
  table.feed_forward = {{"ffn_gate_exps.weight", {{&F::gate, Dim::kFfn}}, Dim::kModel},
                        {"ffn_up_exps.weight", {{&F::up, Dim::kFfn}}, Dim::kModel},
                        {"ffn_down_exps.weight", {{&F::down, Dim::kModel}}, Dim::kFfn}};
}

namespace {

void bind_ends(Binder& binder, const gguf::File& file, const DecoderSpec& spec, const WeightTable& table,
               Weights& weights) {
  const bool tied = file.tensor("output.weight") == nullptr;
  binder.matrix("token_embd.weight", spec.n_vocab, spec.model_dim, weights.embedding,
                tied ? ops::Layout::kTwoPlanes : ops::Layout::kFile);
  const std::string norm(table.output_norm);
  binder.vector(norm + ".weight", spec.model_dim, weights.output_norm);
  if (table.layer_norm) binder.vector(norm + ".bias", spec.model_dim, weights.output_norm_bias);
  if (!tied) {
    binder.matrix("output.weight", spec.n_vocab, spec.model_dim, weights.untied_head, ops::Layout::kTwoPlanes);
  }
  const bool by_context = spec.rope.scaling == ops::RopeScaling::kLong;
  binder.vector("rope_freqs.weight", spec.rope_dim / 2, weights.rope_factors, true);
  binder.vector("rope_factors_short.weight", spec.rope_dim / 2, weights.short_factors, !by_context);
  binder.vector("rope_factors_long.weight", spec.rope_dim / 2, weights.long_factors, !by_context);
}

// [rows, cols] becomes [cols, rows].
void transpose(std::vector<float>& values, std::size_t rows) {
  const std::size_t cols = rows > 0 ? values.size() / rows : 0;
  std::vector<float> turned(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) turned[i % cols * rows + i / cols] = values[i];
  values = std::move(turned);
}

// Rows of the embedding are looked up, never multiplied.
void bind_layer_inputs(Binder& binder, const DecoderSpec& spec, Weights& weights) {
  const std::int64_t d = spec.layer_input_dim, all_layers = spec.n_layers * d;
  binder.matrix("per_layer_token_embd.weight", spec.n_vocab, all_layers, weights.layer_embedding, ops::Layout::kFile);
  binder.matrix("per_layer_model_proj.weight", all_layers, spec.model_dim, weights.layer_projection);
  binder.vector("per_layer_proj_norm.weight", d, weights.layer_projection_norm);
  for (int l = 0; l < spec.n_layers; ++l) {
    LayerWeights& layer = weights.layers[static_cast<std::size_t>(l)];
    binder.matrix(name_of(l, "inp_gate.weight"), d, spec.model_dim, layer.input_gate);
    binder.matrix(name_of(l, "proj.weight"), spec.model_dim, d, layer.input_out);
    binder.vector(name_of(l, "post_norm.weight"), spec.model_dim, layer.post_input_norm);
  }
}

void bind_layer(Binder& binder, int index, const DecoderSpec& spec, const WeightTable& table, LayerWeights& layer) {
  for (const auto& entry : table.matrices) {
    bind_stacked(binder, index, entry, spec, 1, [&](int) -> LayerWeights& { return layer; });
  }
  layer.experts.resize(static_cast<std::size_t>(spec.experts.count));
  for (const auto& entry : table.feed_forward) {
    bind_stacked(binder, index, entry, spec, std::max(1, spec.experts.count), [&](int i) -> FeedForward& {
      return spec.experts.count > 0 ? layer.experts[static_cast<std::size_t>(i)] : layer.ffn;
    });
  }
  for (const VectorEntry& entry : table.vectors) {
    const std::int64_t size = size_of(entry.size, spec, index), rows = size_of(entry.rows, spec, index);
    const std::string name = name_of(index, entry.name);
    if (size == 0 || rows == 0) {
      leave_out(binder, spec, index, name);
    } else {
      binder.vector(name, size, layer.*entry.member, entry.optional, rows);
    }
  }
  transpose(layer.conv, static_cast<std::size_t>(spec.conv_width()));
}

}  // namespace

Result<Weights> bind_weights(const gguf::File& file, const DecoderSpec& spec, const WeightTable& table,
                             const BindOptions& options, base::ThreadPool& pool) {
  Binder binder(file, options.packed);
  binder.set_changes(options.changes);
  Weights weights;
  bind_ends(binder, file, spec, table, weights);
  weights.layers.resize(static_cast<std::size_t>(spec.n_layers));
  for (int l = 0; l < spec.n_layers && !binder.failed(); ++l) {
    bind_layer(binder, l, spec, table, weights.layers[static_cast<std::size_t>(l)]);
  }
  for (int l = 0; l < spec.n_unused_layers; ++l) binder.ignore_all(name_of(spec.n_layers + l, ""));
  if (spec.layer_input_dim > 0) bind_layer_inputs(binder, spec, weights);
  binder.refuse_leftovers();
  binder.refuse_left_changes();
  if (binder.failed()) return Unexpected(binder.take_error());
  auto panels = binder.pack(options.keep, pool);
  if (!panels) return forward_error(panels);
  weights.panels = std::move(*panels);
  weights.changes = binder.take_changes();
  return weights;
}

}  // namespace sotto::model
