#include "gguf/value.h"

#include <array>
#include <bit>
#include <cstring>

namespace sotto::gguf {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are read as they stand in the file");

struct ValueTypeRow {
  std::string_view name;
  std::string_view array_name;
  std::uint32_t bytes;
};

// Indexed by ValueType.
constexpr std::array<ValueTypeRow, 13> kValueTypes = {{
    {"u8", "array of u8", 1},
    {"i8", "array of i8", 1},
    {"u16", "array of u16", 2},
    {"i16", "array of i16", 2},
    {"u32", "array of u32", 4},
    {"i32", "array of i32", 4},
    {"f32", "array of f32", 4},
    {"bool", "array of bool", 1},
    {"string", "array of string", 0},
    {"array", "array of arrays", 0},
    {"u64", "array of u64", 8},
    {"i64", "array of i64", 8},
    {"f64", "array of f64", 8},
}};

constexpr ValueTypeRow kNoType = {"unknown", "array of unknown", 0};

const ValueTypeRow& row(ValueType type) {
  const auto number = static_cast<std::uint32_t>(type);
  return number < kValueTypes.size() ? kValueTypes[number] : kNoType;
}

template <class Stored, class Widened>
Value load(const std::byte* bytes) {
  Stored stored;
  std::memcpy(&stored, bytes, sizeof stored);
  return static_cast<Widened>(stored);
}

}  // namespace

std::string_view name_of(ValueType type) { return row(type).name; }

std::string_view kind_of(const Value& value) {
  if (const auto* array = std::get_if<Array>(&value)) return row(array->type).array_name;
  constexpr std::array<std::string_view, 5> kKinds = {"unsigned integer", "signed integer", "float", "bool", "string"};
  return kKinds[value.index()];
}

std::uint32_t element_bytes(ValueType type) { return row(type).bytes; }

Value load_element(ValueType type, const std::byte* bytes) {
  switch (type) {
    case ValueType::kU8: return load<std::uint8_t, std::uint64_t>(bytes);
    case ValueType::kI8: return load<std::int8_t, std::int64_t>(bytes);
    case ValueType::kU16: return load<std::uint16_t, std::uint64_t>(bytes);
    case ValueType::kI16: return load<std::int16_t, std::int64_t>(bytes);
    case ValueType::kU32: return load<std::uint32_t, std::uint64_t>(bytes);
    case ValueType::kI32: return load<std::int32_t, std::int64_t>(bytes);
    case ValueType::kF32: return load<float, double>(bytes);
    case ValueType::kU64: return load<std::uint64_t, std::uint64_t>(bytes);
    case ValueType::kI64: return load<std::int64_t, std::int64_t>(bytes);
    case ValueType::kF64: return load<double, double>(bytes);
    default: return bytes[0] != std::byte{0};
  }
}

}  // namespace sotto::gguf
