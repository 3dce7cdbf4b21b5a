#include "model/families/registry.h"

#include <fmt/format.h>

namespace sotto::model {
namespace {

constexpr Family kFamilies[] = {
    {"llama", read_llama_spec, standard_weight_table},
    {"qwen2", read_qwen2_spec, qwen2_weight_table},
    {"qwen3", read_qwen3_spec, qwen3_weight_table},
    {"qwen3moe", read_qwen3moe_spec, qwen3moe_weight_table},
    {"gemma2", read_gemma2_spec, gemma2_weight_table},
    {"gemma3", read_gemma3_spec, gemma3_weight_table},
    {"phi3", read_phi3_spec, phi3_weight_table},
    {"olmo2", read_olmo2_spec, olmo2_weight_table},
    {"granite", read_granite_spec, standard_weight_table},
    {"smollm3", read_smollm3_spec, standard_weight_table},
    {"stablelm", read_stablelm_spec, stablelm_weight_table},
};

}  // namespace

Result<const Family*> find_family(const gguf::File& file) {
  auto found = file.string("general.architecture");
  if (!found) return forward_error(found);
  if (!found->has_value()) {
    return Unexpected(ErrorCode::kBadFile,
                      file.path() + ": general.architecture: missing, expected the model's architecture");
  }
  std::string known;
  for (const Family& family : kFamilies) {
    if (family.architecture == **found) return &family;
    known += (known.empty() ? "" : ", ") + std::string(family.architecture);
  }
  return Unexpected(ErrorCode::kUnsupported,
                    fmt::format("{}: general.architecture: \"{}\" is not supported; this version runs {}", file.path(),
                                **found, known));
}

}  // namespace sotto::model
