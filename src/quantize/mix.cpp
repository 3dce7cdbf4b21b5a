#include "quantize/mix.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sotto::quantize {
namespace {

using gguf::TensorType;
using enum gguf::TensorType;

constexpr Rule kQ3Medium[] = {{"attn_v", Layers::kFirst2, kQ5_K},      {"attn_v", Layers::kAll, kQ4_K},
                              {"ffn_down", Layers::kFirst16th, kQ5_K}, {"ffn_down", Layers::kAll, kQ4_K},
                              {"attn_output", Layers::kAll, kQ4_K},    {"attn_qkv", Layers::kAll, kQ4_K}};
constexpr Rule kQ3Large[] = {{"attn_v", Layers::kAll, kQ5_K},
                             {"ffn_down", Layers::kAll, kQ5_K},
                             {"attn_output", Layers::kAll, kQ5_K},
                             {"attn_qkv", Layers::kAll, kQ4_K}};
constexpr Rule kQ4Small[] = {{"attn_v", Layers::kFirst4, kQ5_K}, {"ffn_down", Layers::kFirst8th, kQ5_K}};
constexpr Rule kQ4Medium[] = {{"attn_v", Layers::kOuterAndThirds, kQ6_K},
                              {"ffn_down", Layers::kOuterAndThirds, kQ6_K},
                              {"attn_qkv", Layers::kAll, kQ5_K}};
constexpr Rule kQ5Medium[] = {{"attn_v", Layers::kOuterAndThirds, kQ6_K},
                              {"ffn_down", Layers::kOuterAndThirds, kQ6_K},
                              {"attn_qkv", Layers::kAll, kQ6_K}};
constexpr Rule kIq4[] = {{"attn_v", Layers::kAll, kQ5_K, 4}, {"ffn_down", Layers::kFirst8th, kQ5_K}};

// Numbers by the GGUF specification's table of general.file_type.
constexpr FileType kFileTypes[] = {
    {"F32", 0, kF32, {}},
    {"F16", 1, kF16, {}},
    {"BF16", 32, kBF16, {}},
    {"Q8_0", 7, kQ8_0, {}},
    {"Q6_K", 18, kQ6_K, {}},
    {"Q5_K_M", 17, kQ5_K, kQ5Medium},
    {"Q5_K_S", 16, kQ5_K, {}},
    {"Q5_1", 9, kQ5_1, {}},
    {"Q5_0", 8, kQ5_0, {}},
    {"Q4_K_M", 15, kQ4_K, kQ4Medium},
    {"Q4_K_S", 14, kQ4_K, kQ4Small},
    {"IQ4_NL", 25, kIQ4_NL, kIq4},
    {"IQ4_XS", 30, kIQ4_XS, kIq4},
    {"Q4_1", 3, kQ4_1, {}},
    {"Q4_0", 2, kQ4_0, {}},
    {"Q3_K_L", 13, kQ3_K, kQ3Large},
    {"Q3_K_M", 12, kQ3_K, kQ3Medium},
    {"Q3_K_S", 11, kQ3_K, {}},
};

// Parts of the names of matrices that stay: routers, embeddings of positions, convolutions, and low-rank factors.
constexpr std::array<std::string_view, 13> kKept = {
    "_norm.",     "ffn_gate_inp", "position_embd", "token_types", "ssm_conv1d",           "ssm_a", "shortconv.conv",
    "attn_rel_b", "time_mix_",    "altup_",        "laurel_",     "per_layer_model_proj", "rope_"};

// What a row that is no whole number of blocks gets.
TensorType smaller_blocks(TensorType type) {
  switch (type) {
    case kQ3_K:
    case kIQ4_XS: return kIQ4_NL;
    case kQ4_K: return kQ5_0;
    case kQ5_K: return kQ5_1;
    case kQ6_K: return kQ8_0;
    default: return kF16;
  }
}

bool fits(TensorType type, const gguf::Tensor& tensor) {
  return tensor.dims[0] % gguf::type_info(type)->block_values == 0;
}

struct InLayer {
  unsigned layer;
  std::string_view role;
};

// "blk.7.attn_v.weight": 7, "attn_v.weight".
std::optional<InLayer> in_layer(std::string_view name) {
  constexpr std::string_view kPrefix = "blk.";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  InLayer found{};
  const char* end = name.data() + name.size();
  const auto [at, problem] = std::from_chars(name.data() + kPrefix.size(), end, found.layer);
  if (problem != std::errc() || at == end || *at != '.') return std::nullopt;
  found.role = std::string_view(at + 1, static_cast<std::size_t>(end - at - 1));
  return found;
}

bool among(Layers layers, unsigned layer, unsigned n_layers) {
  const unsigned eighth = n_layers / 8;
  switch (layers) {
    case Layers::kAll: return true;
    case Layers::kFirst2: return layer < 2;
    case Layers::kFirst4: return layer < 4;
    case Layers::kFirst16th: return layer < n_layers / 16;
    case Layers::kFirst8th: return layer < eighth;
    case Layers::kOuterAndThirds:
      return n_layers > 0 && (layer < eighth || layer >= std::uint64_t{7} * n_layers / 8 || (layer - eighth) % 3 == 2);
  }
  return false;
}

TensorType wanted_type(const FileType& file_type, const ModelShape& shape, std::string_view name) {
  const bool head = name == "output.weight" || (shape.tied_head && name == "token_embd.weight");
  if (head) return file_type.base == kQ8_0 || !file_type.quantized() ? file_type.base : kQ6_K;
  const auto place = in_layer(name);
  if (!place) return file_type.base;
  for (const Rule& rule : file_type.rules) {
    if (place->role.starts_with(rule.role) && shape.sharing >= rule.least_sharing &&
        among(rule.layers, place->layer, shape.n_layers)) {
      return rule.type;
    }
  }
  return file_type.base;
}

}  // namespace

bool FileType::quantized() const { return gguf::type_info(base)->block_values > 1; }

std::span<const FileType> file_types() { return kFileTypes; }

const FileType* find_file_type(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  const auto found = std::find_if(std::begin(kFileTypes), std::end(kFileTypes),
                                  [&](const FileType& file_type) { return file_type.name == upper; });
  return found == std::end(kFileTypes) ? nullptr : found;
}

std::string file_type_names() {
  std::string names;
  for (const FileType& file_type : kFileTypes) names += fmt::format("{}{}", names.empty() ? "" : ", ", file_type.name);
  return names;
}

std::optional<TensorType> choose_type(const FileType& file_type, const ModelShape& shape, const gguf::Tensor& tensor) {
  const std::string_view name = tensor.name;
  if (tensor.n_dims < 2 || tensor.n_rows() == 1 || !name.ends_with(".weight")) return std::nullopt;
  for (const std::string_view kept : kKept) {
    if (name.find(kept) != name.npos) return std::nullopt;
  }
  TensorType type = wanted_type(file_type, shape, name);
  while (!fits(type, tensor)) type = smaller_blocks(type);
  return type;
}

}  // namespace sotto::quantize
