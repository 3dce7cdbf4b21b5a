// The values that a GGUF file's metadata can hold, as views into the file. Knows nothing of keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace sotto::gguf {

// Numbered as in the file.
enum class ValueType : std::uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64,
};

// An array in the file: `bytes` are its elements as they stand there (for strings: length and bytes
// in turn).
struct Array {
  ValueType type;
  std::uint64_t count;
  std::span<const std::byte> bytes;
};

// Integers are widened, bool stays bool, f32 becomes double.
using Value = std::variant<std::uint64_t, std::int64_t, double, bool, std::string_view, Array>;

// "u32", "string"; "unknown" for numbers that are no type.
std::string_view name_of(ValueType type);
// What `value` became when it was read: "unsigned integer", "string", "array of f32".
std::string_view kind_of(const Value& value);

// Bytes of one element; 0 for strings, arrays and numbers that are no type.
std::uint32_t element_bytes(ValueType type);

// The element of a type with a fixed size that stands at `bytes` (element_bytes(type) of them, at
// any alignment).
Value load_element(ValueType type, const std::byte* bytes);

}  // namespace sotto::gguf
