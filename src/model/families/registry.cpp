#include "model/families/registry.h"

#include <fmt/format.h>

namespace sotto::model {
namespace {

constexpr Family kFamilies[] = {
    {"llama", read_llama_spec, standard_weight_table},
    {"gemma3", read_gemma3_spec, gemma3_weight_table},
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
