// Any bytes as an importance matrix: they are read or refused, and the weights of what is read are finite, above 0 and
// as many as their shape says.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "quantize/importance.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto file = sotto::gguf::File::parse(bytes, "fuzz.gguf");
  if (!file) return 0;
  const auto importance = sotto::quantize::Importance::read(*file);
  if (!importance) {
    require(importance.error().message.starts_with("fuzz.gguf: "));
    return 0;
  }
  require(importance->size() > 0);
  for (const auto& tensor : file->tensors()) {
    if (!tensor.name.ends_with(".in_sum2")) continue;
    const auto* weights = importance->find(tensor.name.substr(0, tensor.name.size() - 8));
    require(weights != nullptr && weights->values.size() == weights->cols * weights->n_parts);
    for (const float value : weights->values) require(value > 0 && std::isfinite(value));
    float filled[64];
    const std::size_t n = std::min<std::size_t>(64, weights->values.size());
    weights->fill(weights->values.size() - n, 1, n, filled);
  }
  (void)importance->check(*file);
  return 0;
}
