// The types a tensor in a GGUF file can have, and how many bytes they take.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sotto::gguf {

// Numbered as in the file. Only the types that Sotto computes with; type_standing() knows which
// others exist.
enum class TensorType : std::uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ2_K = 10,
  kQ3_K = 11,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kQ8_K = 15,
  kIQ2_XXS = 16,
  kIQ2_XS = 17,
  kIQ3_XXS = 18,
  kIQ1_S = 19,
  kIQ4_NL = 20,
  kIQ3_S = 21,
  kIQ2_S = 22,
  kIQ4_XS = 23,
  kIQ1_M = 29,
  kBF16 = 30,
  kTQ1_0 = 34,
  kTQ2_0 = 35,
  kMXFP4 = 39,
  kNVFP4 = 40,
  kQ1_0 = 41,
  kQ2_0 = 42,
};

struct TypeInfo {
  std::string_view name;       // as GGUF spells it: "Q4_K"
  std::uint32_t block_values;  // values a block: 1, 32, 64, 128 or 256
  std::uint32_t block_bytes;
};

// Nothing for types that were removed, are unknown, or that Sotto cannot compute with yet.
std::optional<TypeInfo> type_info(TensorType type);

// Bytes of a tensor of these dimensions (all at least 1; dims[0] is a row's length). Nothing when
// type_info() has nothing, when a row is no whole number of blocks, or when bytes or values would
// not fit 64 bits.
std::optional<std::uint64_t> data_bytes(TensorType type, const std::array<std::uint64_t, 4>& dims);

enum class TypeStatus {
  kReadable,     // Sotto computes with it
  kUnsupported,  // GGUF has it, Sotto does not
  kRemoved,      // GGUF had it once
  kUnknown,      // no version of GGUF that Sotto knows has it
};

struct TypeStanding {
  TypeStatus status;
  std::string_view name;  // as GGUF spells it; empty when unknown
};

// What is known of a type by the number that stands in a file.
TypeStanding type_standing(std::uint32_t number);

}  // namespace sotto::gguf
