// The metadata keys of decoders.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/families/metadata.h"

namespace sotto::model {

DecoderSpec Metadata::decoder_spec() {
  DecoderSpec spec;
  read_sizes(spec);
  spec.layer_ffn_dim = layer_integers("feed_forward_length", 1, kMostWidth, spec.n_layers);
  spec.layer_kv_heads = layer_integers("attention.head_count_kv", 1, 4096, spec.n_layers);
  spec.n_kv_heads = spec.layer_kv_heads.empty() ? integer("attention.head_count_kv", 1, 4096, spec.n_heads)
                                                : *std::ranges::max_element(spec.layer_kv_heads);
  spec.train_ctx_tokens = integer("context_length", 1, 1 << 30);
  spec.rope = rope(spec.train_ctx_tokens);
  spec.rope_dim = integer("rope.dimension_count", 2, 4096, spec.head_dim);
  return spec;
}

void Metadata::read_window_heads(DecoderSpec& spec) {
  spec.window_head_dim = integer("attention.key_length_swa", 1, 4096, spec.head_dim);
  spec.window_rope_dim = integer("rope.dimension_count_swa", 2, 4096, spec.window_head_dim);
}

void Metadata::read_sharing(DecoderSpec& spec) {
  constexpr std::string_view kKey = "attention.shared_kv_layers";
  spec.n_layers_sharing_kv = integer(kKey, 0, spec.n_layers - 1, 0);
  for (int l = spec.n_layers - spec.n_layers_sharing_kv; l < spec.n_layers; ++l) {
    const int from = spec.kv_layer(l);
    if (from >= 0 && spec.kv_heads_of(from) == spec.kv_heads_of(l)) continue;
    fail(full(kKey), fmt::format("{}: layer {} has none before them to share with, of as many key heads and as wide a "
                                 "view",
                                 spec.n_layers_sharing_kv, l));
  }
}

void Metadata::read_layer_inputs(DecoderSpec& spec) {
  spec.layer_input_dim = integer("embedding_length_per_layer_input", 0, kMostWidth / spec.n_layers, 0);
}

void Metadata::read_experts(DecoderSpec& spec) {
  spec.experts.count = integer("expert_count", 1, 4096);
  spec.experts.used = integer("expert_used_count", 1, std::max(1, spec.experts.count));
  spec.ffn_dim = integer("expert_feed_forward_length", 1, kMostWidth);
}

// `ending`: of the keys.
void Metadata::check_head_dim(std::string_view ending, int head_dim, int rope_dim) {
  const auto key = [&](const char* name) { return fmt::format("{}{}", name, ending); };
  const std::string value = key("attention.value_length");
  if (const int v = integer(value, 1, 4096, head_dim); v != head_dim) {
    fail(full(value), fmt::format("{}, expected key_length{} {}", v, ending, head_dim));
  }
  if (rope_dim > head_dim || rope_dim % 2 != 0) {
    fail(full(key("rope.dimension_count")), fmt::format("{}, expected an even number up to {}", rope_dim, head_dim));
  }
}

Result<DecoderSpec> Metadata::finish(DecoderSpec spec) {
  for (int l = 0; l < spec.n_layers; ++l) {
    const bool differs = spec.window_head_dim > 0 && spec.sees_window(l);
    check_heads(differs ? "_swa" : "", spec.n_heads, spec.kv_heads_of(l), spec.head_dim_of(l));
  }
  check_head_dim("", spec.head_dim, spec.rope_dim);
  if (spec.window_head_dim > 0) check_head_dim("_swa", spec.window_head_dim, spec.window_rope_dim);
  if (!error_.message.empty()) return Unexpected(std::move(error_));
  return spec;
}

}  // namespace sotto::model
