// Builds GGUF files byte by byte, so that tests can put any value in any field. Shares no code with
// the writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::gguf {

class Bytes {
 public:
  template <class T>
  Bytes& number(T value) {
    data_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Bytes& u8(std::uint8_t value) { return number(value); }
  Bytes& u32(std::uint32_t value) { return number(value); }
  Bytes& u64(std::uint64_t value) { return number(value); }
  Bytes& raw(std::string_view bytes) {
    data_ += bytes;
    return *this;
  }
  Bytes& zeros(std::size_t n) {
    data_.append(n, '\0');
    return *this;
  }
  Bytes& text(std::string_view bytes) { return u64(bytes.size()).raw(bytes); }

  // What every file begins with.
  Bytes& header(std::uint64_t n_tensors, std::uint64_t n_keys, std::uint32_t version = 3) {
    return raw("GGUF").u32(version).u64(n_tensors).u64(n_keys);
  }
  Bytes& key_u32(std::string_view key, std::uint32_t value) { return text(key).u32(4).u32(value); }
  Bytes& key_text(std::string_view key, std::string_view value) { return text(key).u32(8).text(value); }
  Bytes& tensor(std::string_view name, const std::vector<std::uint64_t>& dims, std::uint32_t type,
                std::uint64_t offset) {
    text(name).u32(static_cast<std::uint32_t>(dims.size()));
    for (const std::uint64_t dim : dims) u64(dim);
    return u32(type).u64(offset);
  }
  // Zeros up to the next multiple.
  Bytes& align(std::size_t alignment = 32) { return zeros((alignment - data_.size() % alignment) % alignment); }

  std::size_t size() const { return data_.size(); }
  std::string& data() { return data_; }
  std::span<const std::byte> span() const { return std::as_bytes(std::span(data_)); }

 private:
  std::string data_;
};

// A small whole file: keys of several kinds, and three tensors of 4 f32, 64 Q8_0 and 2 x 3 f16.
inline Bytes sample_file() {
  Bytes file;
  file.header(3, 5).key_text("general.architecture", "llama").key_u32("llama.block_count", 2);
  file.text("flag").u32(7).u8(1);
  file.text("words").u32(9).u32(8).u64(3).text("").text("one").text("two three");
  file.text("scores").u32(9).u32(6).u64(2).number(0.5f).number(-1.5f);
  file.tensor("a", {4}, 0, 0).tensor("b", {64}, 8, 32).tensor("c", {3, 2}, 1, 128);
  return file.align().raw("sixteen bytes...").align().zeros(68).align().raw("twelve bytes");
}

}  // namespace sotto::gguf
