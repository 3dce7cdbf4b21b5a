// A GGUF file, mapped and checked: metadata and tensor views. The file is hostile input: every
// count, length, type, offset and alignment is checked before it is used. Knows nothing of models.
//
// A model that is split over several files is one File: the metadata of the first part and the tensors of all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mapped_file.h"
#include "gguf/tensor.h"
#include "gguf/value.h"
#include "sotto/result.h"

namespace sotto::gguf {

// Views point into the mapping and live as long as the File (moving it keeps them valid). Reading
// is thread-safe.
class File {
 public:
  // Of a split model, `path` is the first part (NAME-00001-of-00003.gguf); the others lie beside it.
  // Errors: kNotFound, kIo, kBadFile, kUnsupported (version, byte order, tensor type); each names
  // the file, the field, the value found and the value expected.
  static Result<File> open(const std::string& path);
  // The same over bytes that the caller keeps alive; `name` stands for the path in errors. A part of a split model is
  // read alone.
  static Result<File> parse(std::span<const std::byte> bytes, std::string name);

  const std::string& path() const { return path_; }
  std::uint32_t version() const { return version_; }
  std::uint64_t size_bytes() const;  // of all parts
  // Of the first part: all that stands before the weights; the whole file; what the system says of it (all 0 after
  // parse()).
  std::span<const std::byte> head() const { return bytes_.first(head_bytes_); }
  std::span<const std::byte> bytes() const { return bytes_; }
  const base::FileId& id() const { return mapping_.id(); }
  const std::vector<base::MappedFile>& others() const { return others_; }  // the parts after the first, in order
  const std::vector<std::pair<std::string_view, Value>>& metadata() const { return metadata_; }  // in file order
  const std::vector<Tensor>& tensors() const { return tensors_; }  // in file order, part after part

  // The value of metadata()[index] as it stands in the file: a 32-bit ValueType, then the value.
  // For copying.
  std::span<const std::byte> stored(std::size_t index) const;

  const Value* find(std::string_view key) const;      // nullptr when absent
  const Tensor* tensor(std::string_view name) const;  // nullptr when absent

  // Typed look-ups. An absent key gives nothing (the caller decides whether that is an error); a
  // key of another type is kBadFile.
  Result<std::optional<std::int64_t>> integer(std::string_view key) const;  // any integer type that fits
  Result<std::optional<double>> number(std::string_view key) const;         // any integer or float
  Result<std::optional<bool>> boolean(std::string_view key) const;
  Result<std::optional<std::string_view>> string(std::string_view key) const;
  Result<std::optional<std::vector<std::string_view>>> strings(std::string_view key) const;
  Result<std::optional<std::vector<std::int64_t>>> integers(std::string_view key) const;  // any integer type
  Result<std::optional<std::vector<float>>> floats(std::string_view key) const;           // f32 or f64

  // Lets the system drop the pages of `part` of a tensor's data from memory; they are read again
  // when touched.
  void drop(std::span<const std::byte> part) const;

 private:
  static Result<File> open_one(const std::string& path);
  Result<std::vector<std::string>> other_parts() const;  // the paths of the parts after the first
  Result<void> join_parts();
  Result<void> sort_tensors();

  base::MappedFile mapping_;
  std::vector<base::MappedFile> others_;
  std::string path_;
  std::span<const std::byte> bytes_;
  std::uint32_t version_ = 0;
  std::vector<std::pair<std::string_view, Value>> metadata_;
  std::size_t metadata_end_ = 0;  // behind the last value, in bytes_
  std::size_t head_bytes_ = 0;
  std::vector<Tensor> tensors_;
  // Indices into the two vectors above, sorted by name: no choice of names makes a look-up slow.
  std::vector<std::uint32_t> key_order_, tensor_order_;
};

}  // namespace sotto::gguf
