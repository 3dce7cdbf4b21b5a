// Any bytes as a GGUF file: they open or end in an error, and every view of a file that opens lies
// inside the bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "gguf/file.h"

namespace {

using sotto::gguf::File;

void require(bool condition) {
  if (!condition) std::abort();
}

bool inside(std::span<const std::byte> part, std::span<const std::byte> whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_metadata(const File& file, std::span<const std::byte> bytes) {
  for (std::size_t i = 0; i < file.metadata().size(); ++i) {
    const auto& [key, value] = file.metadata()[i];
    require(inside(std::as_bytes(std::span(key)), bytes) && inside(file.stored(i), bytes));
    require(file.find(key) == &value);
    (void)file.integer(key);
    (void)file.number(key);
    (void)file.boolean(key);
    if (const auto text = file.string(key); text && *text) require(inside(std::as_bytes(std::span(**text)), bytes));
    (void)file.integers(key);
    (void)file.floats(key);
    const auto texts = file.strings(key);
    if (!texts || !*texts) continue;
    require((*texts)->size() == std::get<sotto::gguf::Array>(value).count);
    for (const auto text : **texts) require(inside(std::as_bytes(std::span(text)), bytes));
  }
}

void check_tensors(const File& file, std::span<const std::byte> bytes) {
  for (const auto& tensor : file.tensors()) {
    require(file.tensor(tensor.name) == &tensor);
    require(!tensor.data.empty() && inside(tensor.data, bytes));
    require(tensor.n_values() == tensor.dims[0] * tensor.n_rows());
    const auto info = sotto::gguf::type_info(tensor.type);
    require(info && tensor.data.size() == tensor.n_values() / info->block_values * info->block_bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto file = File::parse(bytes, "fuzz.gguf");
  if (!file) {
    require(file.error().message.starts_with("fuzz.gguf: "));
    return 0;
  }
  check_metadata(*file, bytes);
  check_tensors(*file, bytes);
  return 0;
}
