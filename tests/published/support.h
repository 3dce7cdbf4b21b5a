// What the tests of published models share: safetensors files built byte by byte, and a folder of their own.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "support/temporary_folder.h"

namespace sotto::published::test {

using support::TemporaryFolder;

// The header's length, the header, and `n_data` bytes.
inline std::string safetensors(const std::string& header, std::size_t n_data) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(std::uint64_t{header.size()} >> shift);
  bytes += header;
  for (std::size_t i = 0; i < n_data; ++i) bytes += static_cast<char>(i * 7 + 1);
  return bytes;
}

inline std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

inline std::string nested(const std::string& open, std::size_t times, const std::string& inside,
                          const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += open;
  text += inside;
  for (std::size_t i = 0; i < times; ++i) text += close;
  return text;
}

}  // namespace sotto::published::test
