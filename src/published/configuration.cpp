#include "published/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "gguf/report.h"
#include "published/vocabulary.h"
#include "published/weight_files.h"

namespace sotto::published {
namespace {

constexpr std::uint64_t kMostLayers = 1024, kMostHeads = 1024, kMostDim = 1u << 24;

// Fields that say nothing about the arithmetic, or that tensors and other files say as well.
constexpr const char* kHarmless[] = {"architectures",
                                     "attention_bias",
                                     "attention_dropout",
                                     "attention_probs_dropout_prob",
                                     "attn_pdrop",
                                     "audio_config",
                                     "audio_token_id",
                                     "auto_map",
                                     "boa_token_id",
                                     "bos_token_id",
                                     "boi_token_id",
                                     "boi_token_index",
                                     "cache_implementation",
                                     "chunk_size_feed_forward",
                                     "classifier_dropout",
                                     "dtype",
                                     "embd_pdrop",
                                     "eoa_token_id",
                                     "eoa_token_index",
                                     "eoi_token_id",
                                     "eoi_token_index",
                                     "eos_token_id",
                                     "gradient_checkpointing",
                                     "hidden_dropout",
                                     "hidden_dropout_prob",
                                     "id2label",
                                     "image_token_id",
                                     "image_token_index",
                                     "initializer_range",
                                     "is_encoder_decoder",
                                     "label2id",
                                     "max_window_layers",
                                     "mlp_bias",
                                     "mm_tokens_per_image",
                                     "multimodal_projector_bias",
                                     "model_type",
                                     "output_attentions",
                                     "output_hidden_states",
                                     "output_router_logits",
                                     "pad_token_id",
                                     "pretraining_tp",
                                     "problem_type",
                                     "projector_hidden_act",
                                     "rms_norm_eps",
                                     "resid_pdrop",
                                     "return_dict",
                                     "rope_interleaved",
                                     "router_aux_loss_coef",
                                     "sep_token_id",
                                     "sliding_window",
                                     "spatial_merge_size",
                                     "text_config",
                                     "tie_word_embeddings",
                                     "torch_dtype",
                                     "transformers_version",
                                     "unsloth_fixed",
                                     "use_cache",
                                     "use_qkv_bias",
                                     "video_token_id",
                                     "vision_config",
                                     "vision_feature_layer",
                                     "vision_soft_tokens_per_image",
                                     "layer_types",
                                     "decoder_start_token_id"};

Json constant(std::string_view text) { return Json::parse(text.begin(), text.end()); }

// Other spellings of one field.
constexpr std::pair<const char*, const char*> kAliases[] = {
    {"n_layer", "num_hidden_layers"},           {"n_embd", "hidden_size"},
    {"n_head", "num_attention_heads"},          {"n_inner", "intermediate_size"},
    {"block_ff_dim", "intermediate_size"},      {"max_trained_positions", "max_position_embeddings"},
    {"n_positions", "max_position_embeddings"}, {"layer_norm_epsilon", "layer_norm_eps"},
    {"rotary_emb_base", "rope_theta"},          {"num_local_experts", "num_experts"},
    {"rope_pct", "partial_rotary_factor"},      {"norm_eps", "layer_norm_eps"},
    {"tie_embedding", "tie_word_embeddings"}};

// Models around one of several families, which their text part names.
constexpr std::string_view kWrapper = "mistral3", kUsualWithin = "mistral";

// What describes the language model: the object itself, or its text part on top of it.
Json text_part(Json whole) {
  const Json* text = field(whole, "text_config");
  if (text == nullptr || !text->is_object()) return whole;
  const Json part = *text;
  const Json* outer = field(whole, "model_type");
  const bool wraps = outer != nullptr && *outer == kWrapper;
  if (wraps) whole["model_type"] = kUsualWithin;
  for (const auto& [name, value] : part.items()) {
    if (wraps || name != "model_type") whole[name] = value;
  }
  return whole;
}

Result<const Family*> family_of(Fields& fields) {
  const std::string type = fields.text("model_type");
  if (type == kWrapper) {
    const Json* within = fields.find("text_config");
    fields.fail("text_config", within == nullptr ? "nothing" : shown(*within),
                "an object that describes the language model within");
    return fields.error();
  }
  const Json* both_ways = fields.find("use_bidirectional_attention");
  if (const Family* found = find_family(type, both_ways != nullptr && *both_ways == true)) return found;
  return unsupported(fields.path(), fmt::format("model_type {} is not one that sotto imports; these are: {}, {}",
                                                gguf::quote(type), family_names(), kWrapper));
}

Sizes read_sizes(Fields& fields) {
  Sizes sizes;
  sizes.layers = fields.need_whole("num_hidden_layers", 1, kMostLayers);
  sizes.hidden = fields.need_whole("hidden_size", 1, kMostDim);
  sizes.heads = fields.need_whole("num_attention_heads", 1, kMostHeads);
  sizes.kv_heads = fields.whole("num_key_value_heads", 1, kMostHeads).value_or(sizes.heads);
  sizes.ffn = fields.need_whole("intermediate_size", 1, kMostDim);
  sizes.vocab = fields.need_whole("vocab_size", 1, kMaxTokens);
  sizes.experts = fields.whole("num_experts", 1, kMostHeads).value_or(0);
  sizes.expert_ffn = fields.whole("moe_intermediate_size", 1, kMostDim).value_or(0);
  sizes.positions = fields.need_whole("max_position_embeddings", 1, 1u << 30);
  sizes.token_types = fields.whole("type_vocab_size", 1, kMostDim).value_or(0);
  if (const auto head_dim = fields.whole("head_dim", 2, 65'536)) {
    sizes.head_dim = *head_dim;
  } else {
    sizes.head_dim = sizes.hidden / sizes.heads;
    if (sizes.hidden % sizes.heads != 0) {
      fields.fail("hidden_size", std::to_string(sizes.hidden), fmt::format("a multiple of {} heads", sizes.heads));
    }
  }
  if (sizes.head_dim % 2 != 0) fields.fail("head_dim", std::to_string(sizes.head_dim), "an even number");
  if (sizes.heads % sizes.kv_heads != 0) {
    fields.fail("num_key_value_heads", std::to_string(sizes.kv_heads), fmt::format("a divisor of {}", sizes.heads));
  }
  return sizes;
}

void check_demands(Fields& fields, std::span<const Demand> demands) {
  for (const Demand& demand : demands) {
    const Json* found = fields.find(std::string(demand.field));
    const Json values = constant(demand.values);
    const Json value = found == nullptr ? Json() : *found;
    if (std::ranges::find(values, value) != values.end()) continue;
    fields.refuse(fmt::format("{} is {}, which GGUF files of this architecture cannot say; they mean {}", demand.field,
                              shown(value), shown(values[0])));
  }
  if (fields.find("quantization_config") != nullptr) {
    fields.refuse(
        "the weights are quantized (quantization_config); sotto imports the model as it was before that: "
        "weights in F32, F16 or BF16");
  }
}

void write_key(Fields& fields, const KeyRule& rule, const std::string& key, gguf::Writer& writer) {
  const std::string name(rule.field);
  if (rule.required && fields.find(name) == nullptr) fields.fail(name, "nothing", "a value");
  if (fields.find(name) == nullptr) return;
  switch (rule.kind) {
    case KeyRule::Kind::kWhole:
      writer.set(key, static_cast<std::uint32_t>(fields.need_whole(name, 1, UINT32_MAX)));
      break;
    case KeyRule::Kind::kReal: writer.set(key, fields.need_positive(name)); break;
    case KeyRule::Kind::kFlag: writer.set(key, fields.flag(name, false)); break;
  }
}

// One number, or one for each layer where they differ.
void write_of_layers(const std::string& key, const std::vector<Sizes>& layers, std::uint64_t Sizes::* size,
                     gguf::Writer& writer) {
  std::vector<std::uint32_t> numbers;
  for (const Sizes& layer : layers) numbers.push_back(static_cast<std::uint32_t>(layer.*size));
  if (std::ranges::adjacent_find(numbers, std::ranges::not_equal_to()) == numbers.end()) return;
  writer.set_array(key, std::span<const std::uint32_t>(numbers));
}

void write_sizes(const std::string& prefix, const Configuration& configuration, gguf::Writer& writer) {
  const Sizes& sizes = configuration.sizes;
  const std::pair<const char*, std::uint64_t> numbers[] = {
      {"block_count", sizes.layers},
      {"embedding_length", sizes.hidden},
      {"feed_forward_length", sizes.ffn},
      {"attention.head_count", sizes.heads},
      {"attention.head_count_kv", sizes.kv_heads},
      {"attention.key_length", sizes.head_dim},
      {"attention.value_length", sizes.head_dim},
      {"vocab_size", sizes.vocab},
  };
  for (const auto& [key, number] : numbers) writer.set(prefix + key, static_cast<std::uint32_t>(number));
  write_of_layers(prefix + "feed_forward_length", configuration.layers, &Sizes::ffn, writer);
  write_of_layers(prefix + "attention.head_count_kv", configuration.layers, &Sizes::kv_heads, writer);
}

// What to do with a folder without config.json, by what it holds.
std::string advice_for(const std::string& folder) {
  std::error_code problem;
  if (std::filesystem::exists(folder + "/adapter_config.json", problem)) {
    return fmt::format("it holds an adapter, which a model is run with: sotto run MODEL --adapter {}", folder);
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    if (entry.path().extension() != ".gguf") continue;
    return fmt::format("it holds a model already: sotto import {}", entry.path().string());
  }
  return "a published model's folder holds config.json, model.safetensors and tokenizer.json or tokenizer.model";
}

// config.json; where there is none, what the folder holds says more.
Result<Json> read_whole(const std::string& folder, const std::string& path) {
  auto whole = read_object(path, kMaxConfigBytes);
  if (whole || whole.error().code != ErrorCode::kNotFound) return whole;
  if (auto pickles = refuse_pickles(folder)) return Unexpected(*pickles);
  whole.error().message += "; " + advice_for(folder);
  return whole;
}

}  // namespace

Result<Configuration> read_configuration(const std::string& folder, gguf::Writer& writer) {
  const std::string path = folder + "/config.json";
  auto whole = read_whole(folder, path);
  if (!whole) return forward_error(whole);
  Configuration configuration;
  Fields fields(text_part(std::move(*whole)), path);
  const auto found = family_of(fields);
  if (!found) return Unexpected(found.error());
  configuration.family = *found;
  const Family& family = *configuration.family;
  for (const auto& [alias, name] : kAliases) {
    if (const Json* value = fields.find(alias)) fields.set_missing(name, *value);
  }
  for (const Silence& silence : family.silences) {
    fields.set_missing(std::string(silence.field), constant(silence.value));
  }
  check_demands(fields, family.demands);
  configuration.sizes = read_sizes(fields);
  if (!fields.failed() && family.size_layers) family.size_layers(fields, configuration.sizes, configuration.layers);
  if (fields.failed()) return fields.error();

  const std::string prefix = std::string(family.architecture) + ".";
  writer.set("general.architecture", family.architecture);
  writer.set(prefix + "context_length", static_cast<std::uint32_t>(configuration.sizes.positions));
  write_sizes(prefix, configuration, writer);
  for (const KeyRule& rule : family.keys) write_key(fields, rule, prefix + std::string(rule.key), writer);
  if (family.rope_scalings != kUnrotated)
    configuration.tensors = write_rope(fields, family, configuration.sizes, writer);
  if (family.more != nullptr) family.more(fields, configuration.sizes, writer);
  configuration.tied = fields.flag("tie_word_embeddings", false);
  if (fields.failed()) return fields.error();
  for (const char* name : kHarmless) fields.ignore(name);
  configuration.unread = fields.never_asked();
  configuration.object = fields.object();
  return configuration;
}

}  // namespace sotto::published
