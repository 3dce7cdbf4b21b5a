// Writes GGUF files, version 3: metadata first, then each tensor's data as a caller streams it.
// Knows nothing of models.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "gguf/file.h"
#include "gguf/tensor_type.h"
#include "gguf/value.h"
#include "sotto/result.h"

namespace sotto::gguf {

// The type that a C++ type has in a file.
template <class T>
constexpr ValueType value_type_for();

// What a file will hold. Metadata keeps the order of the first calls; setting a key again replaces
// its value. A plain value: not thread-safe, and only write() touches the disk.
class Writer {
 public:
  // Takes a part of a tensor's data.
  using Sink = std::function<Result<void>(std::span<const std::byte>)>;
  // Hands all data of the tensor of this index to the sink, in as many parts as it likes.
  using Fill = std::function<Result<void>(std::size_t tensor, const Sink& sink)>;

  // Integers of 8 to 64 bits, float, double, bool: stored in their own width.
  template <class T>
    requires std::is_arithmetic_v<T>
  void set(std::string_view key, T value) {
    set_stored(key, value_type_for<T>(), std::as_bytes(std::span(&value, 1)));
  }
  void set(std::string_view key, std::string_view text);
  void set(std::string_view key, const char* text) { set(key, std::string_view(text)); }

  template <class T>
    requires std::is_arithmetic_v<T>
  void set_array(std::string_view key, std::span<const T> values) {
    set_stored_array(key, value_type_for<T>(), values.size(), std::as_bytes(values));
  }
  void set_array(std::string_view key, std::span<const std::string_view> texts);

  // All metadata of another file, each value of the type it has there.
  void copy_metadata(const File& file);

  // Nothing when the key is not there.
  void remove(std::string_view key);

  // Announces the next tensor; `dims` has one to four, the length of a row first.
  void add_tensor(std::string name, TensorType type, std::span<const std::uint64_t> dims);

  // Writes `path`; it appears only when it is whole. `fill` is called for every tensor, in order.
  // Errors: kBadRequest (a key, name or dimension that no GGUF file can have, or that File would
  // refuse), kIo, kNotFound (the folder), and whatever `fill` gives.
  Result<void> write(const std::string& path, const Fill& fill) const;

 private:
  struct Pair {
    std::string key, stored;  // stored: the type's number and the value
  };
  struct Announced {
    std::string name;
    TensorType type;
    std::size_t n_dims;
    std::array<std::uint64_t, 4> dims;
  };
  struct Layout;  // what the header says beyond metadata

  void set_stored(std::string_view key, ValueType type, std::span<const std::byte> value);
  void set_stored_array(std::string_view key, ValueType type, std::uint64_t count, std::span<const std::byte> values);
  void put(std::string_view key, std::string stored);
  Result<std::uint64_t> check_metadata(const std::string& path) const;  // gives the alignment
  Result<Layout> lay_out(const std::string& path) const;
  std::string header(const Layout& layout) const;

  std::vector<Pair> metadata_;
  std::map<std::string, std::size_t> index_;  // key to its place in metadata_
  std::vector<Announced> tensors_;
};

template <class T>
constexpr ValueType value_type_for() {
  static_assert(sizeof(T) <= 8, "GGUF has no wider number");
  if constexpr (std::is_same_v<T, bool>) return ValueType::kBool;
  if constexpr (std::is_floating_point_v<T>) return sizeof(T) == 4 ? ValueType::kF32 : ValueType::kF64;
  constexpr bool kSigned = std::is_signed_v<T>;
  switch (sizeof(T)) {
    case 1: return kSigned ? ValueType::kI8 : ValueType::kU8;
    case 2: return kSigned ? ValueType::kI16 : ValueType::kU16;
    case 4: return kSigned ? ValueType::kI32 : ValueType::kU32;
    default: return kSigned ? ValueType::kI64 : ValueType::kU64;
  }
}

}  // namespace sotto::gguf
