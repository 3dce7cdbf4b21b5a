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
  spec.layer_kv_heads = layer_integers("attention.head_count_kv", 0, 4096, spec.n_layers);
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

void Metadata::read_mixers(DecoderSpec& spec, Mixer other) {
  for (const int n_kv_heads : spec.layer_kv_heads) spec.mixers.push_back(n_kv_heads == 0 ? other : Mixer::kAttention);
  if (spec.n_kv_heads == 0) fail(full("attention.head_count_kv"), "0 in all layers, expected one with attention");
}

void Metadata::read_delta_rule(DecoderSpec& spec, int attention_every) {
  constexpr int kMostHeads = 4096, kWidest = 1024;
  spec.n_unused_layers = integer("nextn_predict_layers", 0, spec.n_layers - 1, 0);
  const std::vector<bool> flags = layer_flags("attention.recurrent_layers", spec.n_layers);
  spec.n_layers -= spec.n_unused_layers;
  spec.windowed.resize(static_cast<std::size_t>(spec.n_layers));
  attention_every = integer("full_attention_interval", 1, kMostHeads, attention_every);
  for (int l = 0; l < spec.n_layers; ++l) {
    const bool recurrent = flags.empty() ? (l + 1) % attention_every != 0 : flags[static_cast<std::size_t>(l)];
    spec.mixers.push_back(recurrent ? Mixer::kGatedDelta : Mixer::kAttention);
  }
  spec.conv_tokens = integer("ssm.conv_kernel", 2, 64);
  DeltaRule& delta = spec.delta;
  delta.n_key_heads = integer("ssm.group_count", 1, kMostHeads);
  delta.n_heads = integer("ssm.time_step_rank", 1, kMostHeads);
  delta.key_dim = integer("ssm.state_size", 1, kWidest);
  const int n_values = integer("ssm.inner_size", 1, kMostWidth);
  delta.value_dim = n_values / delta.n_heads;
  if (n_values % delta.n_heads != 0 || delta.value_dim % 16 != 0 || delta.value_dim > kWidest)
    fail(full("ssm.inner_size"), fmt::format("{}, expected {} heads (ssm.time_step_rank) of a multiple of 16 up to {}",
                                             n_values, delta.n_heads, kWidest));
  if (delta.key_dim % 16 != 0)
    fail(full("ssm.state_size"), fmt::format("{}, expected a multiple of 16", delta.key_dim));
  if (delta.n_heads % delta.n_key_heads != 0)
    fail(full("ssm.group_count"),
         fmt::format("{}, expected a divisor of ssm.time_step_rank {}", delta.n_key_heads, delta.n_heads));
  if (delta.n_key_heads > kMostWidth / 2 / std::max(1, delta.key_dim))
    fail(full("ssm.group_count"),
         fmt::format("{} heads of {}, expected up to {} values", delta.n_key_heads, delta.key_dim, kMostWidth / 2));
}

void Metadata::refuse_uncausal() {
  constexpr std::string_view kKey = "attention.causal";
  const auto found = file_.boolean(full(kKey));
  if (!found) fail(full(kKey), found.error().message);
  if (found && !found->value_or(true))
    fail(full(kKey), "false: its tokens see those after them, which this version cannot compute",
         ErrorCode::kUnsupported);
}

void Metadata::read_query_growth(DecoderSpec& spec) {
  constexpr int kMostTokens = 1 << 30;
  spec.query_growth = not_negative("attention.temperature_scale", 0.0f);
  const int original = integer("rope.scaling.original_context_length", 1, kMostTokens, spec.train_ctx_tokens);
  spec.query_growth_tokens = integer("attention.temperature_length", 1, kMostTokens, original);
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
    if (!spec.attends(l)) continue;
    const bool differs = spec.window_head_dim > 0 && spec.sees_window(l);
    if (spec.kv_heads_of(l) == 0) {
      fail(full("attention.head_count_kv"), fmt::format("0 in layer {}, expected 1…4096", l));
    } else {
      check_heads(differs ? "_swa" : "", spec.n_heads, spec.kv_heads_of(l), spec.head_dim_of(l));
    }
  }
  check_head_dim("", spec.head_dim, spec.rope_dim);
  if (spec.window_head_dim > 0) check_head_dim("_swa", spec.window_head_dim, spec.window_rope_dim);
  if (!error_.message.empty()) return Unexpected(std::move(error_));
  return spec;
}

}  // namespace sotto::model
