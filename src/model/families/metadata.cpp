#include "model/families/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

namespace sotto::model {
Metadata::Metadata(const gguf::File& file, std::string architecture)
    : file_(file), architecture_(std::move(architecture)) {}

void Metadata::fail(const std::string& key, const std::string& what, ErrorCode code) {
  if (error_.message.empty()) error_ = {code, fmt::format("{}: {}: {}", file_.path(), key, what)};
}

int Metadata::integer(std::string_view key, int least, int most) {
  const auto found = file_.integer(full(key));
  if (found && !found->has_value()) fail(full(key), fmt::format("missing, expected an integer in {}…{}", least, most));
  return integer(key, least, most, least);
}

int Metadata::integer(std::string_view key, int least, int most, int fallback) {
  const auto found = file_.integer(full(key));
  if (!found) {
    fail(full(key), found.error().message);
    return fallback;
  }
  if (!found->has_value()) return fallback;
  if (**found < least || **found > most) {
    fail(full(key), fmt::format("{}, expected {}…{}", **found, least, most));
    return fallback;
  }
  return static_cast<int>(**found);
}

float Metadata::positive(std::string_view key) {
  const auto found = file_.number(full(key));
  if (found && !found->has_value()) fail(full(key), "missing, expected a number above 0");
  return positive(key, 1.0f);
}

float Metadata::positive(std::string_view key, float fallback) {
  const auto found = file_.number(full(key));
  if (!found) {
    fail(full(key), found.error().message);
    return fallback;
  }
  if (!found->has_value()) return fallback;
  const auto value = static_cast<float>(**found);
  if (!(value > 0) || !std::isfinite(value)) {
    fail(full(key), fmt::format("{}, expected a finite number above 0", **found));
    return fallback;
  }
  return value;
}

std::string Metadata::text(std::string_view key, std::string_view fallback) {
  const auto found = file_.string(full(key));
  if (!found) fail(full(key), found.error().message);
  return std::string(found && found->has_value() ? **found : fallback);
}

ops::RopeScaling Metadata::rope_scaling() {
  constexpr std::pair<std::string_view, ops::RopeScaling> kKinds[] = {{"none", ops::RopeScaling::kNone},
                                                                      {"linear", ops::RopeScaling::kLinear},
                                                                      {"dynamic", ops::RopeScaling::kDynamic},
                                                                      {"yarn", ops::RopeScaling::kYarn},
                                                                      {"longrope", ops::RopeScaling::kLong}};
  const std::string found = text("rope.scaling.type", has_tensor("rope_factors_long.weight") ? "longrope" : "none");
  std::string known;
  for (const auto& [name, kind] : kKinds) {
    if (name == found) return kind;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  fail(full("rope.scaling.type"), fmt::format("\"{}\" is not supported; this version knows {}", found, known),
       ErrorCode::kUnsupported);
  return ops::RopeScaling::kNone;
}

ops::Rope Metadata::rope(int train_ctx_tokens) {
  ops::Rope rope;
  rope.theta = positive("rope.freq_base", 10000.0f);
  rope.scaling = rope_scaling();
  if (rope.scaling == ops::RopeScaling::kNone) return rope;
  const bool by_factor = rope.scaling != ops::RopeScaling::kLong;
  rope.factor = by_factor ? positive("rope.scaling.factor") : 1.0f;
  rope.original_ctx_tokens = integer("rope.scaling.original_context_length", 1, 1 << 30, train_ctx_tokens);
  const bool yarn = rope.scaling == ops::RopeScaling::kYarn;
  if (yarn || rope.scaling == ops::RopeScaling::kLong) rope.magnitude = positive("rope.scaling.attn_factor", 1.0f);
  if (!yarn) return rope;
  rope.magnitude *= 1.0f + 0.1f * std::log(rope.factor);
  rope.beta_fast = positive("rope.scaling.yarn_beta_fast", rope.beta_fast);
  rope.beta_slow = positive("rope.scaling.yarn_beta_slow", rope.beta_slow);
  return rope;
}

// One truth value a layer, from an array; or nothing.
std::vector<bool> Metadata::layer_flags(std::string_view key, int n_layers) {
  const gguf::Value* value = file_.find(full(key));
  const auto* array = value == nullptr ? nullptr : std::get_if<gguf::Array>(value);
  if (array == nullptr) return {};
  std::vector<bool> flags;
  if (array->type == gguf::ValueType::kBool) {
    for (const std::byte byte : array->bytes) flags.push_back(byte != std::byte{0});
  } else if (const auto numbers = file_.integers(full(key)); !numbers) {
    fail(full(key), numbers.error().message);
  } else {
    for (const std::int64_t number : **numbers) flags.push_back(number != 0);
  }
  if (flags.size() == static_cast<std::size_t>(n_layers)) return flags;
  fail(full(key), fmt::format("{} elements, expected one for each of the {} layers", flags.size(), n_layers));
  return {};
}

void Metadata::read_window(DecoderSpec& spec, int full_every) {
  constexpr std::string_view kPattern = "attention.sliding_window_pattern";
  spec.window = integer("attention.sliding_window", 0, 1 << 30, 0);
  spec.window_rope = spec.rope;
  if (spec.window == 0) return;
  spec.windowed = layer_flags(kPattern, spec.n_layers);
  if (!spec.windowed.empty()) return;
  if (!is_list(kPattern)) full_every = integer(kPattern, 0, 1 << 20, full_every);
  for (int l = 0; l < spec.n_layers; ++l) spec.windowed.push_back(full_every == 0 || (l + 1) % full_every != 0);
}

bool Metadata::is_list(std::string_view key) const {
  const gguf::Value* value = file_.find(full(key));
  return value != nullptr && std::holds_alternative<gguf::Array>(*value);
}

void Metadata::read_mixers(DecoderSpec& spec, Mixer other) {
  constexpr std::string_view kKey = "attention.head_count_kv";
  if (!is_list(kKey)) return;
  const auto heads = file_.integers(full(kKey));
  if (!heads) return fail(full(kKey), heads.error().message);
  if ((*heads)->size() != static_cast<std::size_t>(spec.n_layers)) {
    return fail(full(kKey),
                fmt::format("{} elements, expected one for each of the {} layers", (*heads)->size(), spec.n_layers));
  }
  std::int64_t of_attention = 0;
  for (const std::int64_t n : **heads) {
    spec.mixers.push_back(n == 0 ? other : Mixer::kAttention);
    if (n == 0 || n == of_attention) continue;
    if (n < 0 || n > 4096 || of_attention > 0)
      return fail(full(kKey), fmt::format("{} in a layer, expected 0 or {}", n,
                                          of_attention > 0 ? std::to_string(of_attention) : "1…4096 in all others"));
    of_attention = n;
  }
  if (of_attention == 0) return fail(full(kKey), "0 in all layers, expected one with attention");
  spec.n_kv_heads = static_cast<int>(of_attention);
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

void Metadata::read_experts(DecoderSpec& spec) {
  spec.experts.count = integer("expert_count", 1, 4096);
  spec.experts.used = integer("expert_used_count", 1, std::max(1, spec.experts.count));
  spec.ffn_dim = integer("expert_feed_forward_length", 1, kMostWidth);
}

void Metadata::refuse_flag(std::string_view key, const std::string& reason) {
  const auto found = file_.boolean(full(key));
  if (!found) fail(full(key), found.error().message);
  if (found && found->value_or(false)) fail(full(key), reason, ErrorCode::kUnsupported);
}

DecoderSpec Metadata::decoder_spec() {
  DecoderSpec spec;
  spec.architecture = architecture_;
  spec.n_layers = integer("block_count", 1, 1024);
  spec.model_dim = integer("embedding_length", 1, kMostWidth);
  spec.ffn_dim = integer("feed_forward_length", 1, kMostWidth);
  spec.n_heads = integer("attention.head_count", 1, 4096);
  if (!is_list("attention.head_count_kv")) {  // or else read_mixers() reads it
    spec.n_kv_heads = integer("attention.head_count_kv", 1, 4096, spec.n_heads);
  }
  spec.head_dim = integer("attention.key_length", 1, 4096, spec.model_dim / spec.n_heads);
  spec.train_ctx_tokens = integer("context_length", 1, 1 << 30);
  spec.norm_epsilon = positive(has("attention.layer_norm_epsilon") ? "attention.layer_norm_epsilon"
                                                                   : "attention.layer_norm_rms_epsilon");
  spec.rope = rope(spec.train_ctx_tokens);
  spec.rope_dim = integer("rope.dimension_count", 2, 4096, spec.head_dim);
  spec.attention_scale = positive("attention.scale", 1.0f / std::sqrt(static_cast<float>(spec.head_dim)));
  spec.windowed.assign(static_cast<std::size_t>(spec.n_layers), false);
  if (const gguf::Tensor* embedding = file_.tensor("token_embd.weight")) {
    spec.n_vocab = static_cast<int>(std::min<std::uint64_t>(embedding->n_rows(), kMostRows));
  } else {
    fail("tensor token_embd.weight",
         "missing; a file with only a vocabulary cannot answer, but `sotto tokenize` reads it");
  }
  return spec;
}

Result<DecoderSpec> Metadata::finish(DecoderSpec spec) {
  const int d = spec.head_dim;
  if (spec.n_kv_heads == 0) {
    fail(full("attention.head_count_kv"), "a list, expected one number for all layers of this architecture");
  } else if (spec.n_heads % spec.n_kv_heads != 0) {
    fail(full("attention.head_count_kv"),
         fmt::format("{}, expected a divisor of head_count {}", spec.n_kv_heads, spec.n_heads));
  }
  for (const auto& [key, heads] :
       {std::pair{"attention.head_count", spec.n_heads}, std::pair{"attention.head_count_kv", spec.n_kv_heads}}) {
    if (heads > kMostWidth / std::max(d, 1))
      fail(full(key), fmt::format("{} heads of key_length {}, expected up to {} values", heads, d, kMostWidth));
  }
  if (d < 1 || d % 16 != 0) fail(full("attention.key_length"), fmt::format("{}, expected a multiple of 16", d));
  if (const int v = integer("attention.value_length", 1, 4096, d); v != d) {
    fail(full("attention.value_length"), fmt::format("{}, expected key_length {}", v, d));
  }
  if (spec.rope_dim > d || spec.rope_dim % 2 != 0) {
    fail(full("rope.dimension_count"), fmt::format("{}, expected an even number up to {}", spec.rope_dim, d));
  }
  if (!error_.message.empty()) return Unexpected(std::move(error_));
  return spec;
}

}  // namespace sotto::model
