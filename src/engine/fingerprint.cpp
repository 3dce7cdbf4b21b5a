#include "engine/fingerprint.h"

#include <algorithm>
#include <array>

#include "base/checksum.h"

namespace sotto::engine {

std::uint64_t fingerprint(const gguf::File& file) {
  constexpr std::size_t kSampleBytes = 4096;
  base::Checksum checksum;
  const std::array size{file.size_bytes()};
  checksum.add(std::as_bytes(std::span(size)));
  checksum.add(file.head());
  for (const gguf::Tensor& tensor : file.tensors()) {
    const std::size_t n_bytes = std::min(kSampleBytes, tensor.data.size());
    const std::span<const std::byte> sample = tensor.data.subspan((tensor.data.size() - n_bytes) / 2, n_bytes);
    checksum.add(sample);
    file.drop(sample);
  }
  return checksum.value();
}

std::uint64_t fingerprint(const gguf::File& file, std::span<const adapter::Adapter> adapters) {
  if (adapters.empty()) return fingerprint(file);
  base::Checksum checksum;
  const std::array of_file{fingerprint(file)};
  checksum.add(std::as_bytes(std::span(of_file)));
  for (const adapter::Adapter& adapter : adapters) checksum.add(std::as_bytes(std::span(&adapter.checksum, 1)));
  return checksum.value();
}

}  // namespace sotto::engine
