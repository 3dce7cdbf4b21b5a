#include "published/recurrent_families.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "gguf/writer.h"

namespace sotto::published {
namespace {

using enum KeyRule::Kind;
constexpr bool kMustSay = true, kMayLack = true;
constexpr std::uint64_t kMostOfKind = 4096, kWidest = 1u << 20;

constexpr KeyRule kShortConvKeys[] = {
    {"layer_norm_eps", "attention.layer_norm_rms_epsilon", kReal, kMustSay},
    {"conv_L_cache", "shortconv.l_cache", kWhole, kMustSay},
};
constexpr Silence kShortConvSilences[] = {{"norm_eps", "1e-5"},
                                          {"layer_norm_eps", "1e-5"},
                                          {"rope_theta", "1000000"},
                                          {"num_key_value_heads", "8"},
                                          {"conv_L_cache", "3"},
                                          {"block_ffn_dim_multiplier", "1"},
                                          {"block_multiple_of", "256"},
                                          {"block_auto_adjust_ff_dim", "true"},
                                          {"tie_word_embeddings", "true"},
                                          {"max_position_embeddings", "128000"}};
constexpr Demand kShortConvDemands[] = {{"conv_bias", "[false, null]"}, {"block_use_swiglu", "[true, null]"}};
constexpr TensorRule kShortConvTensors[] = {
    {"embed_tokens.weight", "token_embd.weight", "vd"},
    {"embedding_norm.weight", "token_embd_norm.weight", "d"},
    {"lm_head.weight", "output.weight", "vd", Change::kNone, kMayLack},
    {"layers.{}.operator_norm.weight", "blk.{}.attn_norm.weight", "d"},
    {"layers.{}.ffn_norm.weight", "blk.{}.ffn_norm.weight", "d"},
    {"layers.{}.feed_forward.w1.weight", "blk.{}.ffn_gate.weight", "fd"},
    {"layers.{}.feed_forward.w3.weight", "blk.{}.ffn_up.weight", "fd"},
    {"layers.{}.feed_forward.w2.weight", "blk.{}.ffn_down.weight", "df"},
    {"layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight", "qd"},
    {"layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight", "kd"},
    {"layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight", "kd"},
    {"layers.{}.self_attn.out_proj.weight", "blk.{}.attn_output.weight", "dq"},
    {"layers.{}.self_attn.q_layernorm.weight", "blk.{}.attn_q_norm.weight", "h"},
    {"layers.{}.self_attn.k_layernorm.weight", "blk.{}.attn_k_norm.weight", "h"},
    {"layers.{}.conv.in_proj.weight", "blk.{}.shortconv.in_proj.weight", "id"},
    {"layers.{}.conv.conv.weight", "blk.{}.shortconv.conv.weight", "w1l"},
    {"layers.{}.conv.out_proj.weight", "blk.{}.shortconv.out_proj.weight", "dy"},
};

constexpr KeyRule kDeltaKeys[] = {
    {"rms_norm_eps", "attention.layer_norm_rms_epsilon", kReal, kMustSay},
    {"linear_conv_kernel_dim", "ssm.conv_kernel", kWhole, kMustSay},
    {"linear_key_head_dim", "ssm.state_size", kWhole, kMustSay},
    {"linear_num_key_heads", "ssm.group_count", kWhole, kMustSay},
    {"linear_num_value_heads", "ssm.time_step_rank", kWhole, kMustSay},
};
constexpr Silence kDeltaSilences[] = {{"rms_norm_eps", "1e-6"},
                                      {"rope_theta", "10000"},
                                      {"partial_rotary_factor", "0.25"},
                                      {"num_key_value_heads", "4"},
                                      {"head_dim", "256"},
                                      {"linear_conv_kernel_dim", "4"},
                                      {"linear_key_head_dim", "128"},
                                      {"linear_value_head_dim", "128"},
                                      {"linear_num_key_heads", "16"},
                                      {"linear_num_value_heads", "32"}};
constexpr Demand kDeltaDemands[] = {{"hidden_act", R"(["silu", "swish", null])"},
                                    {"attention_bias", "[false, null]"},
                                    {"attn_output_gate", "[true, null]"},
                                    {"mlp_only_layers", "[[], null]"}};
constexpr TensorRule kDeltaTensors[] = {
    {"embed_tokens.weight", "token_embd.weight", "vd"},
    {"norm.weight", "output_norm.weight", "d", Change::kAddOne},
    {"lm_head.weight", "output.weight", "vd", Change::kNone, kMayLack},
    {"layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight", "d", Change::kAddOne},
    {"layers.{}.post_attention_layernorm.weight", "blk.{}.post_attention_norm.weight", "d", Change::kAddOne},
    {"layers.{}.mlp.gate_proj.weight", "blk.{}.ffn_gate.weight", "fd"},
    {"layers.{}.mlp.up_proj.weight", "blk.{}.ffn_up.weight", "fd"},
    {"layers.{}.mlp.down_proj.weight", "blk.{}.ffn_down.weight", "df"},
    {"layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight", "Qd"},
    {"layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight", "kd"},
    {"layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight", "kd"},
    {"layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight", "dq"},
    {"layers.{}.self_attn.q_norm.weight", "blk.{}.attn_q_norm.weight", "h", Change::kAddOne},
    {"layers.{}.self_attn.k_norm.weight", "blk.{}.attn_k_norm.weight", "h", Change::kAddOne},
    {"layers.{}.linear_attn.in_proj_qkv.weight", "blk.{}.attn_qkv.weight", "id", Change::kTileRows},
    {"layers.{}.linear_attn.in_proj_z.weight", "blk.{}.attn_gate.weight", "yd", Change::kTileRows},
    {"layers.{}.linear_attn.in_proj_a.weight", "blk.{}.ssm_alpha.weight", "nd", Change::kTileRows},
    {"layers.{}.linear_attn.in_proj_b.weight", "blk.{}.ssm_beta.weight", "nd", Change::kTileRows},
    {"layers.{}.linear_attn.conv1d.weight", "blk.{}.ssm_conv1d.weight", "w1l", Change::kTileRows},
    {"layers.{}.linear_attn.A_log", "blk.{}.ssm_a", "n", Change::kTileMinusExp},
    {"layers.{}.linear_attn.dt_bias", "blk.{}.ssm_dt.bias", "n", Change::kTileRows},
    {"layers.{}.linear_attn.norm.weight", "blk.{}.ssm_norm.weight", "u"},
    {"layers.{}.linear_attn.out_proj.weight", "blk.{}.ssm_out.weight", "dy", Change::kTileColumns},
};

using Groups = std::span<const TensorRule>;
constexpr Groups kShortConvGroups[] = {kShortConvTensors};
constexpr Groups kDeltaGroups[] = {kDeltaTensors};

using Kinds = std::vector<std::uint8_t>;  // [layers]: whether a layer has attention

// layer_types, which is there, says so, with `other` for the rest. Nothing when it says something wrong.
Kinds kinds_by_name(Fields& fields, std::string_view other, const Sizes& sizes) {
  const Json* types = fields.find("layer_types");
  if (!types->is_array() || types->size() != sizes.layers) {
    fields.fail("layer_types", shown(*types), fmt::format("a list of {} kinds of layers", sizes.layers));
    return {};
  }
  Kinds attends;
  for (const Json& type : *types) {
    if (type != "full_attention" && type != other) {
      fields.fail("layer_types", shown(type), fmt::format("full_attention or {}", other));
      return {};
    }
    attends.push_back(type == "full_attention");
  }
  return attends;
}

// Layers that full_attn_idxs lists have attention; without it all have.
Kinds kinds_by_list(Fields& fields, const Sizes& sizes) {
  const Json* list = fields.find("full_attn_idxs");
  Kinds attends(sizes.layers, list == nullptr);
  if (list == nullptr) return attends;
  for (const Json& index : list->is_array() ? *list : Json::array({*list})) {
    if (!index.is_number_unsigned() || index.get<std::uint64_t>() >= sizes.layers) {
      fields.fail("full_attn_idxs", shown(*list), fmt::format("a list of layers below {}", sizes.layers));
      return attends;
    }
    attends[index.get<std::size_t>()] = true;
  }
  return attends;
}

Kinds delta_kinds(Fields& fields, const Sizes& sizes) {
  if (fields.find("layer_types") != nullptr) return kinds_by_name(fields, "linear_attention", sizes);
  Kinds attends;
  const std::uint64_t interval = fields.whole("full_attention_interval", 1, kMostOfKind).value_or(4);
  for (std::uint64_t l = 0; l < sizes.layers; ++l) attends.push_back((l + 1) % interval == 0);
  return attends;
}

// A layer has heads, or what mixes its tokens otherwise.
std::vector<Sizes> sizes_of_kinds(const Sizes& sizes, const Kinds& attends) {
  std::vector<Sizes> layers(sizes.layers, sizes);
  for (std::size_t l = 0; l < attends.size(); ++l) {
    Sizes& layer = layers[l];
    if (attends[l]) {
      layer.conv_tokens = layer.conv_width = layer.mix_in = layer.mix_width = 0;
      layer.delta_key_heads = layer.delta_heads = layer.delta_value = 0;
    } else {
      layer.head_dim = 0;
    }
  }
  return layers;
}

std::uint64_t short_conv_ffn(Fields& fields, const Sizes& sizes) {
  const std::uint64_t ffn = fields.whole("block_ff_dim", 1, kWidest).value_or(sizes.ffn);
  const double times = fields.real("block_ffn_dim_multiplier").value_or(1);
  const std::uint64_t unit = fields.need_whole("block_multiple_of", 1, kWidest);
  if (!fields.flag("block_auto_adjust_ff_dim", true)) return ffn;
  const double two_thirds = static_cast<double>(2 * ffn / 3) * times;
  if (two_thirds >= 1 && two_thirds <= kWidest)
    return (static_cast<std::uint64_t>(two_thirds) + unit - 1) / unit * unit;
  fields.fail("block_ffn_dim_multiplier", fmt::format("{}", times), "a number above 0, for a usual width");
  return ffn;
}

void size_short_conv(Fields& fields, Sizes& sizes, std::vector<Sizes>& layers) {
  const bool named = fields.find("layer_types") != nullptr;
  const Kinds attends = named ? kinds_by_name(fields, "conv", sizes) : kinds_by_list(fields, sizes);
  for (const char* known :
       {"full_attn_idxs", "theta", "num_heads", "use_pos_enc", "conv_dim", "conv_dim_out", "conv_use_xavier_init",
        "block_dim", "block_norm_eps", "block_mlp_init_scale", "block_out_init_scale", "block_use_xavier_init"})
    fields.ignore(known);
  if (!fields.failed() && std::ranges::count(attends, true) == 0)
    fields.refuse("layer_types: no layer has attention, and GGUF files of this architecture need one");
  sizes.conv_tokens = fields.need_whole("conv_L_cache", 2, 64);
  sizes.conv_width = sizes.mix_width = sizes.hidden;
  sizes.mix_in = 3 * sizes.hidden;
  sizes.ffn = short_conv_ffn(fields, sizes);
  layers = sizes_of_kinds(sizes, attends);
  for (Sizes& layer : layers) layer.kv_heads = layer.head_dim > 0 ? sizes.kv_heads : 0;  // readers tell them by this
}

void size_delta(Fields& fields, Sizes& sizes, std::vector<Sizes>& layers) {
  const Kinds attends = delta_kinds(fields, sizes);
  sizes.conv_tokens = fields.need_whole("linear_conv_kernel_dim", 2, 64);
  sizes.delta_heads = fields.need_whole("linear_num_value_heads", 1, kMostOfKind);
  sizes.delta_key_heads = fields.need_whole("linear_num_key_heads", 1, kMostOfKind);
  sizes.delta_value = fields.need_whole("linear_value_head_dim", 1, kMostOfKind);
  const std::uint64_t key_dim = fields.need_whole("linear_key_head_dim", 1, kMostOfKind);
  if (sizes.delta_heads % sizes.delta_key_heads != 0)
    fields.fail("linear_num_key_heads", fmt::format("{}", sizes.delta_key_heads),
                fmt::format("a divisor of linear_num_value_heads {}", sizes.delta_heads));
  sizes.mix_width = sizes.delta_heads * sizes.delta_value;
  sizes.mix_in = sizes.conv_width = 2 * sizes.delta_key_heads * key_dim + sizes.mix_width;
  layers = sizes_of_kinds(sizes, attends);
}

void write_delta(Fields& fields, const Sizes& sizes, gguf::Writer& writer) {
  writer.set("qwen35.ssm.inner_size", static_cast<std::uint32_t>(sizes.mix_width));
  const Kinds attends = delta_kinds(fields, sizes);
  for (const char* known :
       {"full_attention_interval", "mamba_ssm_dtype", "mtp_num_hidden_layers", "mtp_use_dedicated_embeddings"})
    fields.ignore(known);
  for (std::uint32_t interval = 1; interval <= sizes.layers + 1; ++interval) {
    std::uint64_t layer = 0;
    while (layer < attends.size() && attends[layer] == ((layer + 1) % interval == 0)) ++layer;
    if (layer == attends.size()) return writer.set("qwen35.full_attention_interval", interval);
  }
  fields.refuse("layer_types: GGUF files of this architecture have attention in every n-th layer");
}

constexpr std::span<const FusedRule> kNoneFused;
constexpr unsigned kDeltaScalings = kYarn | kSections;
constexpr bool kDecoder = false, kOneWay = false;
constexpr std::string_view kUnranked;

constexpr Family kRecurrentFamilies[] = {
    {"lfm2", "lfm2", kShortConvKeys, kShortConvSilences, kShortConvDemands, kShortConvGroups, 0, nullptr, kDecoder,
     kNoneFused, 0, kOneWay, kUnranked, size_short_conv},
    {"qwen3_5", "qwen35", kDeltaKeys, kDeltaSilences, kDeltaDemands, kDeltaGroups, kDeltaScalings, write_delta,
     kDecoder, kNoneFused, 0, kOneWay, kUnranked, size_delta},
    {"qwen3_5_text", "qwen35", kDeltaKeys, kDeltaSilences, kDeltaDemands, kDeltaGroups, kDeltaScalings, write_delta,
     kDecoder, kNoneFused, 0, kOneWay, kUnranked, size_delta},
};

}  // namespace

std::span<const Family> recurrent_families() { return kRecurrentFamilies; }

}  // namespace sotto::published
