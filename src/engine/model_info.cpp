#include "engine/model_info.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>

namespace sotto::engine {
namespace {

std::string text_or(const gguf::File& file, std::string_view key, std::string otherwise) {
  const auto value = file.string(key);
  return value && *value && !(*value)->empty() ? std::string(**value) : otherwise;
}

int count_or_zero(const gguf::File& file, const std::string& key) {
  const auto value = file.integer(key);
  const bool fits = value && *value && **value >= 0 && **value <= std::numeric_limits<int>::max();
  return fits ? static_cast<int>(**value) : 0;
}

std::string commonest_type(const gguf::File& file) {
  std::map<gguf::TensorType, std::uint64_t> n_values;
  for (const gguf::Tensor& tensor : file.tensors()) n_values[tensor.type] += tensor.n_values();
  const auto most = std::max_element(n_values.begin(), n_values.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == n_values.end()) return {};
  const auto info = gguf::type_info(most->first);
  return info ? std::string(info->name) : std::string();
}

// GGUF's names of whole files: a mixture of types goes by one name ("Q4_K_M"), so the file's own
// word comes first.
std::string quantization_of(const gguf::File& file) {
  static const std::map<std::int64_t, std::string> kNames{
      {0, "F32"},     {1, "F16"},     {2, "Q4_0"},    {3, "Q4_1"},    {7, "Q8_0"},  {8, "Q5_0"}, {9, "Q5_1"},
      {14, "Q4_K_S"}, {15, "Q4_K_M"}, {16, "Q5_K_S"}, {17, "Q5_K_M"}, {18, "Q6_K"}, {32, "BF16"}};
  const auto number = file.integer("general.file_type");
  const auto name = number && *number ? kNames.find(**number) : kNames.end();
  return name != kNames.end() ? name->second : commonest_type(file);
}

}  // namespace

ModelInfo describe(const gguf::File& file) {
  ModelInfo info;
  info.name = text_or(file, "general.name", std::filesystem::path(file.path()).stem().string());
  info.architecture = text_or(file, "general.architecture", {});
  info.quantization = quantization_of(file);
  for (const gguf::Tensor& tensor : file.tensors()) info.n_params += tensor.n_values();
  info.file_bytes = file.size_bytes();
  info.n_layers = count_or_zero(file, info.architecture + ".block_count");
  info.train_ctx_tokens = count_or_zero(file, info.architecture + ".context_length");
  return info;
}

}  // namespace sotto::engine
