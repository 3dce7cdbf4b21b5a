// A file mapped read-only into memory. Knows nothing of what the bytes mean.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "sotto/result.h"

namespace sotto::base {

// What the system says of a file: another file, or the same one written since, differs in one of them.
struct FileId {
  std::uint64_t size_bytes = 0;
  std::uint64_t inode = 0;
  std::int64_t modified_ns = 0;  // since 1970
  std::int64_t changed_ns = 0;   // of its bytes or its name; no program can set it back

  bool operator==(const FileId&) const = default;
};

// Owns the mapping; moving keeps the addresses valid. Reading from several threads is safe.
// The bytes are the file's own: if another process shortens the file while it is mapped, a read faults.
class MappedFile {
 public:
  // Errors: kNotFound, kIo (with the system's reason). An empty file maps to no bytes.
  static Result<MappedFile> open(const std::string& path);
  // The same for an open file, which the caller keeps and may close; `path` stands in errors.
  static Result<MappedFile> map(int descriptor, const std::string& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::string& path() const { return path_; }
  const FileId& id() const { return id_; }  // when it was opened

  // Tells the system that `part` of bytes(), and what it mapped around it, is not needed resident any more. It is read
  // again when touched.
  void drop(std::span<const std::byte> part) const;

 private:
  std::string path_;
  FileId id_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

FileId file_id(const struct stat& status);

}  // namespace sotto::base
