// Any bytes as a safetensors file: it opens or ends in an error, and the tensors of a file that opens lie inside the
// bytes, behind each other, and are as long as their shapes say.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "published/safetensors.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sotto::published::SafetensorsFile;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto file = SafetensorsFile::parse(bytes, "fuzz.safetensors");
  if (!file) {
    require(file.error().message.starts_with("fuzz.safetensors: "));
    return 0;
  }
  std::size_t total = 0;
  for (const auto& tensor : file->tensors()) {
    require(tensor.data.size() == tensor.n_values() * sotto::published::dtype_bytes(tensor.dtype));
    total += tensor.data.size();
    if (tensor.data.empty()) continue;
    require(tensor.data.data() >= bytes.data() + 8 && tensor.data.data() + tensor.data.size() <= bytes.data() + size);
  }
  require(total <= size);
  return 0;
}
