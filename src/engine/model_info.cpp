#include "engine/model_info.h"

#include <filesystem>
#include <limits>

#include "gguf/quantization.h"

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

}  // namespace

ModelInfo describe(const gguf::File& file) {
  ModelInfo info;
  info.name = text_or(file, "general.name", std::filesystem::path(file.path()).stem().string());
  info.architecture = text_or(file, "general.architecture", {});
  info.quantization = gguf::quantization_of(file);
  for (const gguf::Tensor& tensor : file.tensors()) info.n_params += tensor.n_values();
  info.file_bytes = file.size_bytes();
  info.n_layers = count_or_zero(file, info.architecture + ".block_count");
  info.train_ctx_tokens = count_or_zero(file, info.architecture + ".context_length");
  return info;
}

}  // namespace sotto::engine
