// Reads the table of tensors of a GGUF file and finds their data. Every dimension, type and offset
// is checked before it is used.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gguf/cursor.h"
#include "gguf/report.h"
#include "gguf/tensor.h"
#include "sotto/result.h"

namespace sotto::gguf {

inline constexpr std::uint64_t kMaxTensors = 65'536;
inline constexpr std::uint64_t kMaxNameBytes = 1'024;

// What "general.alignment" may be.
inline constexpr std::uint64_t kDefaultAlignment = 32;
inline constexpr std::uint64_t kLeastAlignment = 8;
inline constexpr std::uint64_t kMostAlignment = 65'536;
constexpr bool is_alignment(std::uint64_t number) {
  return std::has_single_bit(number) && number >= kLeastAlignment && number <= kMostAlignment;
}
constexpr std::uint64_t align_up(std::uint64_t offset, std::uint64_t alignment) {
  return (offset + alignment - 1) & ~(alignment - 1);
}

struct TensorEntry {
  Tensor tensor;         // without data
  std::uint64_t offset;  // of the data, from where the data of all tensors begins
  std::uint64_t n_bytes;
};

// `cursor` stands at the first entry and afterwards behind the last.
// Duplicate names are the caller's to find. Errors: kBadFile, kUnsupported (a type Sotto cannot
// compute with).
Result<std::vector<TensorEntry>> read_tensor_table(Cursor& cursor, std::uint64_t n_tensors, const Report& report);

// Gives each tensor its data. `file`: all bytes; `table_end`: where the table ends; the data begins
// at the next multiple of `alignment`. Tensors must be aligned, inside the file, and may not
// overlap.
Result<std::vector<Tensor>> place_tensors(const std::vector<TensorEntry>& entries, std::span<const std::byte> file,
                                          std::uint64_t table_end, std::uint64_t alignment, const Report& report);

}  // namespace sotto::gguf
