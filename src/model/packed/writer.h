// A file of packed weights while it is written: no one sees it before it is whole, and one process at a time writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/descriptor.h"
#include "model/packed/folder.h"
#include "sotto/result.h"

namespace sotto::model::packed {

// Without a commit() nothing is left behind. Not thread-safe.
class Writer {
 public:
  // Takes the lock of `name` and room for `bytes` on the disk. Nothing: another process held the lock, and has now
  // finished or given up; look for the file again. Errors: kIo (no room, a file system without locks), kBudget (a
  // process that holds the lock and does not go on), those of `may_wait`, which is asked while another process holds
  // it.
  static Result<std::optional<Writer>> begin(const Folder& folder, const std::string& name, std::uint64_t bytes,
                                             const std::function<Result<void>()>& may_wait = {});

  Writer(Writer&&) noexcept = default;
  Writer& operator=(Writer&&) = delete;
  ~Writer();

  Result<void> write(std::span<const std::byte> bytes, std::uint64_t offset);
  // Gives the file its `bytes`, brings it to the disk, then under its name, replacing one that stood there.
  Result<void> commit(const std::string& name);

 private:
  Writer(const Folder& folder, std::string part, base::Descriptor descriptor, std::uint64_t bytes)
      : folder_(&folder), part_(std::move(part)), descriptor_(std::move(descriptor)), bytes_(bytes) {}

  Result<void> reserve();

  const Folder* folder_;
  std::string part_;
  base::Descriptor descriptor_;
  std::uint64_t bytes_;
};

}  // namespace sotto::model::packed
