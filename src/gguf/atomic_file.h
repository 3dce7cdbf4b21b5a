// A file that appears under its name only when it is whole. Knows nothing of what is written.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "sotto/result.h"

namespace sotto::gguf {

// Writes beside the path and takes its place on commit(); without a commit() nothing is left. Not
// thread-safe.
class AtomicFile {
 public:
  enum class Readers { kAnyone, kOwner };  // of the new file, before the process's umask
  // Errors: kIo, kNotFound (the folder).
  static Result<AtomicFile> create(const std::string& path, Readers readers = Readers::kAnyone);
  AtomicFile(AtomicFile&&) noexcept = default;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  // Errors: kBudget (the disk is full), kIo; likewise of commit().
  Result<void> write(std::span<const std::byte> bytes);
  // To disk, then under the name, replacing a file that stood there. Fails when a write failed.
  Result<void> commit();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  AtomicFile(std::string path, std::string temporary, std::FILE* file);
  Unexpected write_failed();

  std::string path_, temporary_;
  std::unique_ptr<std::FILE, Close> file_;
  int error_ = 0;  // errno of the first write that failed
};

// Whether a new file may take the name `path`: nothing stands there, or a file that may be replaced. For asking before
// long work. Errors: kBadRequest.
Result<void> check_free(const std::string& path, bool replace);

}  // namespace sotto::gguf
