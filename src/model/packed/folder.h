// The folder of packed weights: whom it belongs to, what is in it, what may go. Knows nothing of matrices.
//
// Names: KEY.packed, whole and never written again but for its head; KEY.packed.part, one being written by the process
// that holds its lock (flock). A KEY.packed.part that no one has locked was left by a process that was killed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/mapped_file.h"
#include "model/packed/index.h"
#include "sotto/result.h"

namespace sotto::model::packed {

inline constexpr const char* kEnding = ".packed";
inline constexpr const char* kPartEnding = ".part";

// What list() finds.
struct Kept {
  std::string path;
  std::uint64_t bytes = 0;
  std::string source_path;  // of the model; empty where `problem` is not
  std::string problem;      // why no start will use it: damaged, of another version, or its model is gone or replaced
};

// A whole file of packed weights.
struct OpenFile {
  base::MappedFile mapping;
  Index index;
};

// Holds the folder open. Several processes may use one at a time.
class Folder {
 public:
  // Makes it, for this user alone, where it is missing. Errors: kIo, also where it is another user's or others may
  // write into it: its files would then be mapped and computed with.
  static Result<Folder> open(const std::string& path);
  // The same, but nothing where there is none.
  static Result<std::optional<Folder>> open_existing(const std::string& path);

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_.get(); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  // The file of that name: nothing where there is none. Errors: kIo (not this user's, writable by others), kBadFile,
  // kUnsupported.
  Result<std::optional<OpenFile>> find(const std::string& name) const;
  // Replaces a file's head; `index` has its parts. A head torn by a loss of power fails its checksum, and the weights
  // are packed anew. Errors: kIo.
  Result<void> write_head(const std::string& name, const Index& index) const;

  // Deletes what killed processes left unfinished.
  void remove_unfinished() const;
  // Everything, sorted by path.
  std::vector<Kept> list() const;
  // Reads every byte of one that list() found no problem with. What is wrong with it, or nothing.
  std::string verify(const Kept& kept) const;
  // Deletes what has a problem and what is unfinished; the bytes freed.
  std::uint64_t prune() const;

 private:
  Folder(base::Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  base::Descriptor descriptor_;
  std::string path_;
};

// "PATH: cannot ACTION: REASON", for the current errno.
Unexpected system_error(const std::string& path, const char* action);

// Opens a name within a folder for this user alone, never through a link. Errors: kIo, kNotFound.
Result<base::Descriptor> open_own(const Folder& folder, const std::string& name, int flags);

}  // namespace sotto::model::packed
