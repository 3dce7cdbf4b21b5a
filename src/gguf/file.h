// A GGUF file, mapped and checked: metadata and tensor views. The file is hostile input: every count, length, type,
// offset and alignment is checked before it is used. Knows nothing of models.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/mapped_file.h"
#include "gguf/tensor_type.h"
#include "sotto/result.h"

namespace sotto::gguf {

enum class ValueType : std::uint32_t {
  kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64,
};

// An array in the file: `bytes` are its elements as they stand there (for strings: length and bytes in turn).
struct Array {
  ValueType type;
  std::uint64_t count;
  std::span<const std::byte> bytes;
};

// Integers are widened, bool stays bool, f32 becomes double.
using Value = std::variant<std::uint64_t, std::int64_t, double, bool, std::string_view, Array>;

struct Tensor {
  std::string_view name;
  TensorType type;
  int n_dims;
  std::array<std::uint64_t, 4> dims;   // dims[0] is the fastest: a row's length; unused ones are 1
  std::span<const std::byte> data;

  std::uint64_t n_values() const { return dims[0] * dims[1] * dims[2] * dims[3]; }
  std::uint64_t n_rows() const { return dims[1] * dims[2] * dims[3]; }
};

// Views point into the mapping and live as long as the File (moving it keeps them valid). Reading is thread-safe.
class File {
 public:
  // Errors: kNotFound, kIo, kBadFile, kUnsupported (version, byte order, tensor type); each names the file, the
  // field, the value found and the value expected.
  static Result<File> open(const std::string& path);
  // The same over bytes that the caller keeps alive; `name` stands for the path in errors.
  static Result<File> parse(std::span<const std::byte> bytes, std::string name);

  const std::string& path() const { return path_; }
  std::uint32_t version() const { return version_; }
  std::uint64_t size_bytes() const { return bytes_.size(); }
  const std::vector<std::pair<std::string_view, Value>>& metadata() const { return metadata_; }  // in file order
  const std::vector<Tensor>& tensors() const { return tensors_; }                                // in file order

  const Value* find(std::string_view key) const;       // nullptr when absent
  const Tensor* tensor(std::string_view name) const;   // nullptr when absent

  // Typed look-ups. An absent key gives nothing (the caller decides whether that is an error); a key of another
  // type is kBadFile.
  Result<std::optional<std::int64_t>> integer(std::string_view key) const;  // any integer type that fits
  Result<std::optional<double>> number(std::string_view key) const;        // any integer or float
  Result<std::optional<bool>> boolean(std::string_view key) const;
  Result<std::optional<std::string_view>> string(std::string_view key) const;
  Result<std::optional<std::vector<std::string_view>>> strings(std::string_view key) const;
  Result<std::optional<std::vector<std::int64_t>>> integers(std::string_view key) const;
  Result<std::optional<std::vector<float>>> floats(std::string_view key) const;

  // Lets the system drop the pages of a tensor's data from memory; they are read again when touched.
  void drop(const Tensor& tensor) const;

 private:
  base::MappedFile mapping_;
  std::string path_;
  std::span<const std::byte> bytes_;
  std::uint32_t version_ = 0;
  std::vector<std::pair<std::string_view, Value>> metadata_;
  std::vector<Tensor> tensors_;
  std::unordered_map<std::string_view, std::size_t> key_index_, tensor_index_;
};

}  // namespace sotto::gguf
