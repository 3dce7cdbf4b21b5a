// A file mapped read-only into memory. Knows nothing of what the bytes mean.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "sotto/result.h"

namespace sotto::base {

// Owns the mapping; moving keeps the addresses valid. Reading from several threads is safe.
// The bytes are the file's own: if another process shortens the file while it is mapped, a read faults.
class MappedFile {
 public:
  // Errors: kNotFound, kIo (with the system's reason). An empty file maps to no bytes.
  static Result<MappedFile> open(const std::string& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::string& path() const { return path_; }

  // Tells the system that `part` of bytes(), and what it mapped around it, is not needed resident any more. It is read
  // again when touched.
  void drop(std::span<const std::byte> part) const;

 private:
  std::string path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sotto::base
