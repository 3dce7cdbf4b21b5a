// Gemma 4: heads and feed-forwards of different widths, layers that share keys and values, values that are the keys.
#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "gguf/writer.h"
#include "published/family_more.h"

namespace sotto::published {
namespace {

constexpr std::uint64_t kMostHeadDim = 65'536, kMostKvHeads = 1024, kMostInput = 1u << 20;

// "per_layer_config": {"<layer>": {"head_dim": …, "num_key_value_heads": …}}, as newer configurations say it.
void take_layer_sizes(Fields& fields, std::vector<Sizes>& layers) {
  const Json* all = fields.find("per_layer_config");
  if (all == nullptr || !all->is_object()) return;
  const Json object = *all;
  for (const auto& [number, given] : object.items()) {
    std::size_t layer = layers.size();
    std::from_chars(number.data(), number.data() + number.size(), layer);
    if (layer >= layers.size() || !given.is_object()) {
      return fields.fail("per_layer_config", shown(object), fmt::format("objects of {} layers", layers.size()));
    }
    Fields of_layer(given, fmt::format("{}: per_layer_config: {}", fields.path(), layer));
    Sizes& sizes = layers[layer];
    sizes.head_dim = of_layer.whole("head_dim", 2, kMostHeadDim).value_or(sizes.head_dim);
    sizes.kv_heads = of_layer.whole("num_key_value_heads", 1, kMostKvHeads).value_or(sizes.kv_heads);
    for (const std::string& name : of_layer.never_asked()) {
      of_layer.refuse(name + ": only the sizes of heads may differ between layers");
    }
    if (of_layer.failed()) return fields.adopt(of_layer.error());
  }
}

// Readers know one width of heads for window layers and one for the others.
void check_head_dims(Fields& fields, const std::vector<Sizes>& layers, const std::vector<std::uint8_t>& windowed) {
  for (const std::uint8_t window : {0, 1}) {
    std::uint64_t head_dim = 0;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      if (windowed[l] != window) continue;
      if (head_dim == 0) head_dim = layers[l].head_dim;
      if (layers[l].head_dim == head_dim) continue;
      fields.refuse(
          fmt::format("layer {} has heads of {}, others of its kind of {}; GGUF files of this architecture "
                      "know one size for each kind",
                      l, layers[l].head_dim, head_dim));
    }
  }
}

}  // namespace

void size_gemma4_layers(Fields& fields, Sizes& sizes, std::vector<Sizes>& layers) {
  const auto windowed = windowed_layers(fields, sizes);
  if (windowed.empty()) return fields.fail("layer_types", "nothing", "a kind of attention for each layer");
  if (windowed.back()) return fields.refuse("layer_types: the last layer sees a window; expected full_attention");
  if (fields.flag("enable_moe_block", false)) return fields.refuse("enable_moe_block: experts are not supported");
  sizes.layer_input = fields.whole("hidden_size_per_layer_input", 0, kMostInput).value_or(0);
  if (const auto rows = fields.whole("vocab_size_per_layer_input", 1, kMostInput * kMostKvHeads);
      rows && sizes.layer_input > 0 && *rows != sizes.vocab) {
    return fields.fail("vocab_size_per_layer_input", std::to_string(*rows), fmt::format("vocab_size {}", sizes.vocab));
  }
  const bool same_values = fields.flag("attention_k_eq_v", false);
  const auto wide_heads = fields.whole("num_global_key_value_heads", 1, kMostKvHeads);
  const auto wide_dim = fields.whole("global_head_dim", 2, kMostHeadDim);
  const std::uint64_t n_sharing = fields.whole("num_kv_shared_layers", 0, sizes.layers - 1).value_or(0);
  const bool wider = fields.flag("use_double_wide_mlp", false);
  layers.assign(sizes.layers, sizes);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Sizes& layer = layers[l];
    layer.keys = l < layers.size() - n_sharing;
    if (!layer.keys && wider) layer.ffn *= 2;
    if (windowed[l]) continue;
    layer.head_dim = wide_dim.value_or(512);
    layer.values = !same_values;
    if (same_values) layer.kv_heads = wide_heads.value_or(layer.kv_heads);
  }
  take_layer_sizes(fields, layers);
  check_head_dims(fields, layers, windowed);
  sizes.head_dim = layers.back().head_dim;
}

void write_gemma4(Fields& fields, const Sizes& sizes, gguf::Writer& writer) {
  const auto set = [&](const char* key, std::uint64_t value) {
    writer.set(fmt::format("gemma4.{}", key), static_cast<std::uint32_t>(value));
  };
  const std::uint64_t window_head = fields.need_whole("head_dim", 2, kMostHeadDim);
  set("attention.key_length_swa", window_head);
  set("attention.value_length_swa", window_head);
  set("rope.dimension_count_swa", window_head);
  set("attention.shared_kv_layers", fields.whole("num_kv_shared_layers", 0, sizes.layers).value_or(0));
  set("embedding_length_per_layer_input", sizes.layer_input);
  // Readers take silence for the cap that most of these models have, and 0 for none.
  writer.set("gemma4.final_logit_softcapping", static_cast<float>(fields.real("final_logit_softcapping").value_or(0)));
  const auto windowed = windowed_layers(fields, sizes);
  const auto pattern = std::make_unique<bool[]>(windowed.size());
  std::copy(windowed.begin(), windowed.end(), pattern.get());
  writer.set_array("gemma4.attention.sliding_window_pattern", std::span<const bool>(pattern.get(), windowed.size()));
}

}  // namespace sotto::published
