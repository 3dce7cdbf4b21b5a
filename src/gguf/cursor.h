// Bounds-checked reading of a GGUF file's bytes in order. Owns nothing; knows nothing of what the
// fields mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace sotto::gguf {

// Every read either succeeds and moves the cursor behind what it read, or fails and leaves the
// cursor in place.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return bytes_.size() - position_; }

  // A little-endian number at any alignment.
  template <class T>
  [[nodiscard]] bool read(T& number) {
    if (left() < sizeof(T)) return false;
    std::memcpy(&number, bytes_.data() + position_, sizeof(T));
    position_ += sizeof(T);
    return true;
  }

  [[nodiscard]] bool take(std::uint64_t n_bytes, std::span<const std::byte>& part) {
    if (left() < n_bytes) return false;
    part = bytes_.subspan(position_, n_bytes);
    position_ += n_bytes;
    return true;
  }

  // A 64-bit length and as many bytes.
  [[nodiscard]] bool read_string(std::string_view& text) {
    const std::size_t start = position_;
    std::uint64_t length = 0;
    std::span<const std::byte> part;
    if (!read(length) || !take(length, part)) {
      position_ = start;
      return false;
    }
    text = {reinterpret_cast<const char*>(part.data()), part.size()};
    return true;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

}  // namespace sotto::gguf
