// Any bytes as a file of packed weights: they parse or end in an error, and what parses lies inside the bytes, in
// order. The checksum of the index is made right first, as a forger would.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/checksum.h"
#include "model/packed/index.h"

namespace packed = sotto::model::packed;

namespace {

constexpr std::size_t kPreambleBytes = 32, kLengthAt = 16, kChecksumAt = 24;

void require(bool condition) {
  if (!condition) std::abort();
}

void mend_checksum(std::vector<std::byte>& bytes) {
  std::uint64_t head_bytes = 0;
  if (bytes.size() < kPreambleBytes) return;
  std::memcpy(&head_bytes, bytes.data() + kLengthAt, sizeof head_bytes);
  if (head_bytes < kPreambleBytes || head_bytes > bytes.size()) return;
  const std::uint64_t sum =
      sotto::base::Checksum::of(std::span(bytes).subspan(kPreambleBytes, head_bytes - kPreambleBytes));
  std::memcpy(bytes.data() + kChecksumAt, &sum, sizeof sum);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> bytes(begin, begin + size);
  mend_checksum(bytes);
  const auto index = packed::parse(bytes, "fuzz.packed");
  if (!index) {
    require(index.error().message.starts_with("fuzz.packed: "));
    return 0;
  }
  std::uint64_t next = 4096;
  for (const packed::Part& part : index->parts) {
    require(part.offset >= next && part.offset % packed::kPartAlignment == 0);
    require(part.offset <= size && part.bytes <= size - part.offset);
    next = part.offset + part.bytes;
  }
  (void)packed::damaged_parts(*index, bytes);
  require(packed::same_layout(*index, *index));
  return 0;
}
