#include "gguf/quantization.h"

#include <array>
#include <map>

namespace sotto::gguf {
namespace {

// By general.file_type; empty where the number was given up.
constexpr std::array<std::string_view, 42> kFileTypes = {
    "F32",    "F16",     "Q4_0",   "Q4_1",   "",       "",          "",       "Q8_0",  "Q5_0",    "Q5_1",   "Q2_K",
    "Q3_K_S", "Q3_K_M",  "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S",    "Q5_K_M", "Q6_K",  "IQ2_XXS", "IQ2_XS", "Q2_K_S",
    "IQ3_XS", "IQ3_XXS", "IQ1_S",  "IQ4_NL", "IQ3_S",  "IQ3_M",     "IQ2_S",  "IQ2_M", "IQ4_XS",  "IQ1_M",  "BF16",
    "",       "",        "",       "TQ1_0",  "TQ2_0",  "MXFP4_MOE", "NVFP4",  "Q1_0",  "Q2_0"};

std::string commonest_type(const File& file) {
  std::map<TensorType, std::uint64_t> n_values;
  for (const Tensor& tensor : file.tensors()) n_values[tensor.type] += tensor.n_values();
  std::string name;
  std::uint64_t most = 0;
  for (const auto& [type, count] : n_values) {
    const auto info = type_info(type);
    if (count <= most || !info) continue;
    most = count;
    name = info->name;
  }
  return name;
}

}  // namespace

std::string quantization_of(const File& file) {
  const auto number = file.integer("general.file_type");
  const bool known = number && *number && **number >= 0 && **number < std::int64_t{kFileTypes.size()};
  const std::string_view name = known ? kFileTypes[static_cast<std::size_t>(**number)] : std::string_view();
  return name.empty() ? commonest_type(file) : std::string(name);
}

}  // namespace sotto::gguf
