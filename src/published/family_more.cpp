#include "published/family_more.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "gguf/writer.h"

namespace sotto::published {
namespace {

constexpr std::uint64_t kMostWindow = 1u << 30;

// The reader of such a file knows by itself which layers have a window: refuses any other choice.
void demand_windows(Fields& fields, const Sizes& sizes, std::uint64_t period) {
  const auto windowed = windowed_layers(fields, sizes);
  for (std::size_t layer = 0; layer < windowed.size(); ++layer) {
    if (windowed[layer] == ((layer + 1) % period != 0)) continue;
    fields.refuse(
        fmt::format("layer_types: layer {} is {}, but GGUF files of this architecture have a window in all "
                    "layers but every {}th",
                    layer, windowed[layer] ? "sliding_attention" : "full_attention", period));
  }
  for (const char* name : {"sliding_window_pattern", "_sliding_window_pattern"}) {
    const auto found = fields.whole(name, 1, 1000);
    if (found && *found != period && windowed.empty()) {
      fields.refuse(fmt::format("{} is {}; GGUF files of this architecture have no key for it and mean {}", name,
                                *found, period));
    }
  }
}

// The reader takes 1/sqrt(head_dim), or 1/sqrt(hidden_size / heads) in the largest model.
void demand_query_scale(Fields& fields, const Sizes& sizes, bool largest) {
  const double expected = largest ? static_cast<double>(sizes.hidden) / static_cast<double>(sizes.heads)
                                  : static_cast<double>(sizes.head_dim);
  const auto found = fields.real("query_pre_attn_scalar");
  if (found && std::abs(*found - expected) < 1e-6 * expected) return;
  fields.refuse(
      fmt::format("query_pre_attn_scalar is {}; GGUF files of this architecture have no key for it and mean {}",
                  found.value_or(0), expected));
}

}  // namespace

std::vector<std::uint8_t> windowed_layers(Fields& fields, const Sizes& sizes) {
  std::vector<std::uint8_t> windowed;
  const Json* types = fields.find("layer_types");
  if (types == nullptr) return windowed;
  if (!types->is_array() || types->size() != sizes.layers) {
    fields.fail("layer_types", shown(*types), fmt::format("a list of {} kinds of attention", sizes.layers));
    return windowed;
  }
  for (const Json& type : *types) {
    const bool window = type == "sliding_attention";
    if (!window && type != "full_attention") {
      fields.fail("layer_types", shown(type), "sliding_attention or full_attention");
      return {};
    }
    windowed.push_back(window);
  }
  return windowed;
}

namespace {

void write_windows_of(const std::string& architecture, Fields& fields, const Sizes& sizes, gguf::Writer& writer) {
  const auto window = fields.whole("sliding_window", 1, kMostWindow);
  const auto windowed = windowed_layers(fields, sizes);
  const auto n_windowed = std::ranges::count(windowed, 1);
  if (!window || (!windowed.empty() && n_windowed == 0)) return;
  writer.set(architecture + ".attention.sliding_window", static_cast<std::uint32_t>(*window));
  if (windowed.empty() || n_windowed == std::ssize(windowed)) return;
  const auto pattern = std::make_unique<bool[]>(windowed.size());
  std::ranges::copy(windowed, pattern.get());
  writer.set_array(architecture + ".attention.sliding_window_pattern",
                   std::span<const bool>(pattern.get(), windowed.size()));
}

}  // namespace

void write_windows(Fields& fields, const Sizes& sizes, gguf::Writer& writer) {
  write_windows_of("llama", fields, sizes, writer);
}

void write_mistral3(Fields& fields, const Sizes& sizes, gguf::Writer& writer) {
  if (fields.find("rope_parameters") == nullptr && fields.find("rope_scaling") == nullptr)
    fields.fail("rope_parameters", "nothing", "an object that says how positions rotate");
  write_windows_of("mistral3", fields, sizes, writer);
}

void write_phi3(Fields& fields, const Sizes&, gguf::Writer& writer) {
  const auto window = fields.whole("sliding_window", 1, kMostWindow);
  writer.set("phi3.attention.sliding_window", static_cast<std::uint32_t>(window.value_or(0)));
}

void check_gemma2(Fields& fields, const Sizes& sizes, gguf::Writer&) {
  constexpr std::uint64_t kLargestLayers = 46;
  demand_windows(fields, sizes, 2);
  demand_query_scale(fields, sizes, sizes.layers == kLargestLayers);
}

void check_gemma3(Fields& fields, const Sizes& sizes, gguf::Writer&) {
  constexpr std::uint64_t kLargestLayers = 62;
  demand_windows(fields, sizes, 6);
  demand_query_scale(fields, sizes, sizes.layers == kLargestLayers);
}

void check_smollm3(Fields& fields, const Sizes& sizes, gguf::Writer&) {
  constexpr std::uint64_t kPeriod = 4;
  const std::string expected = fmt::format(
      "rotation in all layers but every {}th, which GGUF files of this "
      "architecture mean",
      kPeriod);
  const auto interval = fields.whole("no_rope_layer_interval", 1, 1000);
  const Json* rotating = fields.find("no_rope_layers");  // 1: it rotates, in spite of the name
  if (rotating == nullptr) {
    if (interval && *interval != kPeriod) fields.refuse("no_rope_layer_interval: expected " + expected);
    return;
  }
  Json wanted = Json::array();
  for (std::uint64_t layer = 0; layer < sizes.layers; ++layer) wanted.push_back((layer + 1) % kPeriod != 0 ? 1 : 0);
  if (*rotating != wanted) fields.refuse("no_rope_layers is " + shown(*rotating) + "; expected " + expected);
}

void check_stablelm(Fields& fields, const Sizes&, gguf::Writer&) {
  if (fields.flag("use_parallel_residual", false))
    fields.refuse("use_parallel_residual: attention and feed-forward side by side are not supported");
  if (fields.flag("qk_layernorm", false))
    fields.refuse("qk_layernorm: queries and keys with a norm of each head's own are not supported");
}

void check_gemma_embedding(Fields& fields, const Sizes& sizes, gguf::Writer& writer) {
  demand_windows(fields, sizes, 6);
  demand_query_scale(fields, sizes, false);
  writer.set("gemma-embedding.attention.causal", false);
}

void write_bert(Fields& fields, const Sizes& sizes, gguf::Writer& writer) {
  if (sizes.token_types == 0) fields.fail("type_vocab_size", "0", "a whole number above 0");
  const bool rotated = fields.text("model_type") == "nomic_bert";
  writer.set(rotated ? "nomic-bert.attention.causal" : "bert.attention.causal", false);
  writer.set("tokenizer.ggml.token_type_count", static_cast<std::uint32_t>(sizes.token_types));
}

}  // namespace sotto::published
