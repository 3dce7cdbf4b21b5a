// What Cursor reads, written: numbers and texts, one behind the other. Knows nothing of what the fields mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sotto::gguf {

class ByteWriter {
 public:
  // As it lies in memory: a number, or a struct of numbers without padding.
  template <class T>
    requires std::has_unique_object_representations_v<T>
  void put(const T& value) {
    put_raw(&value, sizeof value);
  }
  // A 64-bit length and as many bytes.
  void put_text(std::string_view text) {
    put(std::uint64_t{text.size()});
    put_raw(text.data(), text.size());
  }
  void put_raw(const void* data, std::size_t n_bytes) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + n_bytes);
  }

  const std::vector<std::byte>& bytes() const { return bytes_; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace sotto::gguf
