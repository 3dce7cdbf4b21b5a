// The folder of one model's unfinished download or import, <models>/.partial/<file>/, and the lock
// in it that lets one process at a time work there. Knows nothing of what is downloaded.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "catalog/files.h"
#include "sotto/result.h"

namespace sotto::catalog {

// Held as long as the object; the system releases the lock when the process ends, however it ends.
class Workspace {
 public:
  // Creates the folders and takes the lock. While another process holds it, calls `wait` about five
  // times a second; when that returns false, the error is kCancelled. Errors: kIo, kCancelled.
  static Result<Workspace> open(const std::string& models_folder, const std::string& file_name,
                                const std::function<bool()>& wait);

  Workspace(Workspace&&) = default;
  Workspace& operator=(Workspace&&) = delete;
  ~Workspace();  // removes the folder when nothing is left in it

  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  std::uint64_t clear();  // deletes everything; returns the bytes freed

 private:
  Workspace(Descriptor lock, std::string folder) : lock_(std::move(lock)), folder_(std::move(folder)) {}
  Descriptor lock_;
  std::string folder_;
};

// What is left of an earlier download of `file_name`, in bytes.
std::uint64_t partial_bytes(const std::string& models_folder, const std::string& file_name);

// Deletes that; returns the bytes freed. Errors: kBadRequest while another process works on it,
// kIo.
Result<std::uint64_t> remove_partial(const std::string& models_folder, const std::string& file_name);

}  // namespace sotto::catalog
