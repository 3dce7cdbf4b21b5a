#include "model/families/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

namespace sotto::model {
namespace {

// The greatest of a list; where there is none, what `otherwise` reads.
template <class F>
int most_of(const std::vector<int>& list, F&& otherwise) {
  return list.empty() ? otherwise() : *std::ranges::max_element(list);
}

}  // namespace

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
  const float value = not_negative(key, fallback);
  if (value == 0) fail(full(key), "0, expected a finite number above 0");
  return value == 0 ? fallback : value;
}

float Metadata::not_negative(std::string_view key, float fallback) {
  const auto found = file_.number(full(key));
  if (!found) {
    fail(full(key), found.error().message);
    return fallback;
  }
  if (!found->has_value()) return fallback;
  const auto value = static_cast<float>(**found);
  if (value >= 0 && std::isfinite(value)) return value;
  fail(full(key), fmt::format("{}, expected a finite number above 0", **found));
  return fallback;
}

std::string Metadata::text(std::string_view key, std::string_view fallback) {
  const auto found = file_.string(full(key));
  if (!found) fail(full(key), found.error().message);
  return std::string(found && found->has_value() ? **found : fallback);
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

template <class Spec>
void Metadata::read_window(Spec& spec, int full_every, int usual) {
  constexpr std::string_view kPattern = "attention.sliding_window_pattern";
  spec.window = integer("attention.sliding_window", 0, 1 << 30, usual);
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

template void Metadata::read_window(DecoderSpec&, int, int);
template void Metadata::read_window(EncoderSpec&, int, int);

std::vector<int> Metadata::layer_integers(std::string_view key, int least, int most, int n_layers) {
  if (!is_list(key)) return {};
  std::vector<int> numbers;
  const auto found = file_.integers(full(key));
  if (!found) fail(full(key), found.error().message);
  if (!found || !found->has_value()) return {};
  if ((*found)->size() != static_cast<std::size_t>(n_layers)) {
    fail(full(key), fmt::format("{} elements, expected one for each of the {} layers", (*found)->size(), n_layers));
    return {};
  }
  for (const std::int64_t number : **found) {
    if (number < least || number > most) fail(full(key), fmt::format("{}, expected {}…{}", number, least, most));
    numbers.push_back(static_cast<int>(std::clamp<std::int64_t>(number, least, most)));
  }
  return numbers;
}

int Metadata::rows(std::string_view name, std::string_view what) {
  const gguf::Tensor* tensor = file_.tensor(name);
  if (tensor == nullptr) fail(fmt::format("tensor {}", name), std::string(what));
  return tensor == nullptr ? 1 : static_cast<int>(std::min<std::uint64_t>(tensor->n_rows(), kMostRows));
}

void Metadata::refuse_flag(std::string_view key, const std::string& reason) {
  const auto found = file_.boolean(full(key));
  if (!found) fail(full(key), found.error().message);
  if (found && found->value_or(false)) fail(full(key), reason, ErrorCode::kUnsupported);
}

template <class Spec>
void Metadata::read_sizes(Spec& spec) {
  spec.architecture = architecture_;
  spec.n_layers = integer("block_count", 1, 1024);
  spec.model_dim = integer("embedding_length", 1, kMostWidth);
  const std::vector<int> ffn_dims = layer_integers("feed_forward_length", 1, kMostWidth, spec.n_layers);
  spec.ffn_dim = most_of(ffn_dims, [&] { return integer("feed_forward_length", 1, kMostWidth); });
  spec.n_heads = integer("attention.head_count", 1, 4096);
  spec.head_dim = integer("attention.key_length", 1, 4096, spec.model_dim / spec.n_heads);
  spec.norm_epsilon = positive(has("attention.layer_norm_epsilon") ? "attention.layer_norm_epsilon"
                                                                   : "attention.layer_norm_rms_epsilon");
  spec.attention_scale = positive("attention.scale", 1.0f / std::sqrt(static_cast<float>(spec.head_dim)));
  spec.windowed.assign(static_cast<std::size_t>(spec.n_layers), false);
  spec.n_vocab =
      rows("token_embd.weight", "missing; a file with only a vocabulary cannot answer, but `sotto tokenize` reads it");
}

void Metadata::check_heads(std::string_view ending, int n_heads, int n_kv_heads, int head_dim) {
  if (n_heads % n_kv_heads != 0) {
    fail(full("attention.head_count_kv"), fmt::format("{}, expected a divisor of head_count {}", n_kv_heads, n_heads));
  }
  for (const auto& [key, heads] :
       {std::pair{"attention.head_count", n_heads}, std::pair{"attention.head_count_kv", n_kv_heads}}) {
    if (heads > kMostWidth / std::max(head_dim, 1))
      fail(full(key), fmt::format("{} heads of key_length {}, expected up to {} values", heads, head_dim, kMostWidth));
  }
  if (head_dim < 1 || head_dim % 16 != 0) {
    fail(full(fmt::format("attention.key_length{}", ending)), fmt::format("{}, expected a multiple of 16", head_dim));
  }
}

template void Metadata::read_sizes(DecoderSpec&);
template void Metadata::read_sizes(EncoderSpec&);

}  // namespace sotto::model
