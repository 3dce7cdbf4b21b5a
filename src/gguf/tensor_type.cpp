#include "gguf/tensor_type.h"

namespace sotto::gguf {
namespace {

struct TypeRow {
  std::string_view name;
  TypeStatus status;
  std::uint32_t block_values = 0;
  std::uint32_t block_bytes = 0;
};

constexpr TypeStatus kReadable = TypeStatus::kReadable;
constexpr TypeStatus kUnsupported = TypeStatus::kUnsupported;
constexpr TypeStatus kRemoved = TypeStatus::kRemoved;

// Indexed by the number in the file.
constexpr std::array<TypeRow, 43> kTypes = {{
    {"F32", kReadable, 1, 4},
    {"F16", kReadable, 1, 2},
    {"Q4_0", kReadable, 32, 18},
    {"Q4_1", kReadable, 32, 20},
    {"Q4_2", kRemoved},
    {"Q4_3", kRemoved},
    {"Q5_0", kReadable, 32, 22},
    {"Q5_1", kReadable, 32, 24},
    {"Q8_0", kReadable, 32, 34},
    {"Q8_1", kUnsupported},
    {"Q2_K", kReadable, 256, 84},
    {"Q3_K", kReadable, 256, 110},
    {"Q4_K", kReadable, 256, 144},
    {"Q5_K", kReadable, 256, 176},
    {"Q6_K", kReadable, 256, 210},
    {"Q8_K", kReadable, 256, 292},
    {"IQ2_XXS", kReadable, 256, 66},
    {"IQ2_XS", kReadable, 256, 74},
    {"IQ3_XXS", kReadable, 256, 98},
    {"IQ1_S", kReadable, 256, 50},
    {"IQ4_NL", kReadable, 32, 18},
    {"IQ3_S", kReadable, 256, 110},
    {"IQ2_S", kReadable, 256, 82},
    {"IQ4_XS", kReadable, 256, 136},
    {"I8", kUnsupported},
    {"I16", kUnsupported},
    {"I32", kUnsupported},
    {"I64", kUnsupported},
    {"F64", kUnsupported},
    {"IQ1_M", kReadable, 256, 56},
    {"BF16", kReadable, 1, 2},
    {"Q4_0_4_4", kRemoved},
    {"Q4_0_4_8", kRemoved},
    {"Q4_0_8_8", kRemoved},
    {"TQ1_0", kReadable, 256, 54},
    {"TQ2_0", kReadable, 256, 66},
    {"IQ4_NL_4_4", kRemoved},
    {"IQ4_NL_4_8", kRemoved},
    {"IQ4_NL_8_8", kRemoved},
    {"MXFP4", kReadable, 32, 17},
    {"NVFP4", kReadable, 64, 36},
    {"Q1_0", kReadable, 128, 18},
    {"Q2_0", kReadable, 64, 18},
}};

}  // namespace

std::optional<TypeInfo> type_info(TensorType type) {
  const auto number = static_cast<std::uint32_t>(type);
  if (number >= kTypes.size() || kTypes[number].status != kReadable) return std::nullopt;
  const TypeRow& row = kTypes[number];
  return TypeInfo{row.name, row.block_values, row.block_bytes};
}

std::optional<std::uint64_t> data_bytes(TensorType type, const std::array<std::uint64_t, 4>& dims) {
  const auto info = type_info(type);
  if (!info || dims[0] % info->block_values != 0) return std::nullopt;
  std::uint64_t n_values = dims[0], n_bytes = 0;
  bool overflow = __builtin_mul_overflow(dims[0] / info->block_values, info->block_bytes, &n_bytes);
  for (std::size_t i = 1; i < dims.size(); ++i) {
    overflow |= __builtin_mul_overflow(n_values, dims[i], &n_values);
    overflow |= __builtin_mul_overflow(n_bytes, dims[i], &n_bytes);
  }
  if (overflow) return std::nullopt;
  return n_bytes;
}

TypeStanding type_standing(std::uint32_t number) {
  if (number >= kTypes.size()) return {TypeStatus::kUnknown, {}};
  return {kTypes[number].status, kTypes[number].name};
}

}  // namespace sotto::gguf
