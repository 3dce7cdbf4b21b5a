// A safetensors file, mapped and checked: names, types, shapes and the bytes of its tensors. The file is hostile input.
// Knows nothing of models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "sotto/result.h"

namespace sotto::published {

// A tensor as it lies in the file: row-major, the slowest dimension first, little-endian.
struct StoredTensor {
  std::string name;
  std::string dtype;                 // as the file spells it: "BF16"
  std::vector<std::uint64_t> shape;  // no dimensions: one value
  std::span<const std::byte> data;

  std::uint64_t n_values() const;  // the product of `shape`, which fits
};

// Bytes of one value of a type that safetensors files know; 0 when unknown.
std::uint64_t dtype_bytes(std::string_view dtype);

// The tensors' data point into the mapping and live as long as the file (moving keeps them valid). Reading is
// thread-safe.
class SafetensorsFile {
 public:
  // Errors: kNotFound, kIo, kBadFile; each names the file, the tensor, the value found and the value expected.
  static Result<SafetensorsFile> open(const std::string& path);
  // The same over bytes that the caller keeps alive; `name` stands for the path in errors.
  static Result<SafetensorsFile> parse(std::span<const std::byte> bytes, std::string name);

  const std::string& path() const { return path_; }
  const std::vector<StoredTensor>& tensors() const { return tensors_; }  // in the order of their data
  // Lets the system drop these pages from memory; they are read again when touched.
  void drop(std::span<const std::byte> part) const { mapping_.drop(part); }

 private:
  base::MappedFile mapping_;
  std::string path_;
  std::vector<StoredTensor> tensors_;
};

}  // namespace sotto::published
