#include "model/families/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "model/families/families.h"

namespace sotto::model {

namespace {

// clang-format off: a line each
constexpr Family kFamilies[] = {
    {"llama", read_llama_spec, standard_weight_table},
    {"qwen2", read_qwen2_spec, qwen2_weight_table},
    {"qwen3", read_qwen3_spec, qwen3_weight_table},
    {"qwen3moe", read_qwen3moe_spec, qwen3moe_weight_table},
    {"gemma2", read_gemma2_spec, gemma2_weight_table},
    {"gemma3", read_gemma3_spec, gemma3_weight_table},
    {"gemma4", read_gemma4_spec, gemma4_weight_table},
    {"phi3", read_phi3_spec, phi3_weight_table},
    {"olmo2", read_olmo2_spec, olmo2_weight_table},
    {"granite", read_granite_spec, standard_weight_table},
    {"smollm3", read_smollm3_spec, standard_weight_table},
    {"stablelm", read_stablelm_spec, stablelm_weight_table},
    {"ernie4_5", read_ernie4_5_spec, standard_weight_table},
    {"lfm2", read_lfm2_spec, lfm2_weight_table},
    {"qwen35", read_qwen35_spec, qwen35_weight_table},
    {"mistral3", read_mistral3_spec, standard_weight_table},
};

constexpr EncoderFamily kEncoderFamilies[] = {
    {"bert", read_bert_spec, bert_weight_table},
    {"nomic-bert", read_nomic_bert_spec, nomic_bert_weight_table},
    {"gemma-embedding", read_gemma_embedding_spec, gemma_embedding_weight_table},
};
// clang-format on

Result<std::string_view> architecture_of(const gguf::File& file) {
  auto found = file.string("general.architecture");
  if (!found) return forward_error(found);
  if (found->has_value()) return **found;
  return Unexpected(ErrorCode::kBadFile,
                    file.path() + ": general.architecture: missing, expected the model's architecture");
}

template <class F>
const F* named(std::span<const F> families, std::string_view architecture) {
  const auto found = std::ranges::find(families, architecture, &F::architecture);
  return found == families.end() ? nullptr : &*found;
}

template <class F>
std::string names_of(std::span<const F> families) {
  std::string names;
  for (const F& family : families) names += (names.empty() ? "" : ", ") + std::string(family.architecture);
  return names;
}

constexpr std::span<const Family> kDecoders(kFamilies);
constexpr std::span<const EncoderFamily> kEncoders(kEncoderFamilies);

Unexpected unknown(const gguf::File& file, std::string_view architecture) {
  return Unexpected(ErrorCode::kUnsupported,
                    fmt::format("{}: general.architecture: \"{}\" is not supported; this version runs {}, and makes "
                                "embeddings with {}",
                                file.path(), architecture, names_of(kDecoders), names_of(kEncoders)));
}

}  // namespace

Result<const Family*> find_family(const gguf::File& file) {
  auto architecture = architecture_of(file);
  if (!architecture) return forward_error(architecture);
  if (const Family* found = named(kDecoders, *architecture)) return found;
  if (named(kEncoders, *architecture) == nullptr) return unknown(file, *architecture);
  return Unexpected(ErrorCode::kUnsupported,
                    fmt::format("{}: general.architecture: \"{}\" is an encoder: it turns texts into embeddings (sotto "
                                "embed) and cannot write any",
                                file.path(), *architecture));
}

Result<const EncoderFamily*> find_encoder_family(const gguf::File& file) {
  auto architecture = architecture_of(file);
  if (!architecture) return forward_error(architecture);
  if (const EncoderFamily* found = named(kEncoders, *architecture)) return found;
  if (named(kDecoders, *architecture) == nullptr) return unknown(file, *architecture);
  return Unexpected(ErrorCode::kUnsupported,
                    fmt::format("{}: general.architecture: \"{}\" writes text; this version makes embeddings with {} "
                                "only",
                                file.path(), *architecture, names_of(kEncoders)));
}

bool is_encoder(const gguf::File& file) { return find_encoder_family(file).has_value(); }

}  // namespace sotto::model
