#include "catalog/model_copy.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include <fmt/format.h>

#include "catalog/files.h"
#include "catalog/sha256.h"

namespace sotto::catalog {
namespace {

Result<void> copy_bytes(int from, int to, const std::string& from_path, const std::string& to_path) {
  std::vector<char> buffer(1 << 20);
  std::uint64_t offset = 0;
  for (;;) {
    ssize_t count = ::pread(from, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unexpected(system_error("cannot read", from_path));
    if (count == 0) return {};
    auto written = write_at(to, {buffer.data(), static_cast<std::size_t>(count)}, offset, to_path);
    if (!written) return written;
    offset += static_cast<std::uint64_t>(count);
  }
}

// Shares the blocks where the file system can, otherwise copies.
Result<void> copy_file(const std::string& from_path, const std::string& to_path) {
  Descriptor from(::open(from_path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from) return Unexpected(system_error("cannot open", from_path));
  int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  Descriptor to(::open(to_path.c_str(), flags, 0644));
  if (!to) return Unexpected(system_error("cannot create", to_path));
  if (::ioctl(to.get(), FICLONE, from.get()) == 0) return {};
  return copy_bytes(from.get(), to.get(), from_path, to_path);
}

Result<void> bring_in(const std::string& from, const std::string& to, bool hard_link) {
  delete_file(to);
  if (!hard_link) return copy_file(from, to);
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  if (errno == EXDEV) {
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("{} lies on another disk, where no link reaches; import a copy", from));
  }
  return Unexpected(system_error("cannot link", to));
}

// Checked where it lies now: the original may have changed while it was copied.
Result<void> bring_in_checked(const FileCopy& file, const std::string& temporary, bool hard_link) {
  if (auto brought = bring_in(file.from, temporary, hard_link); !brought) return brought;
  auto sha256 = sha256_of_file(temporary);
  if (!sha256) return forward_error(sha256);
  if (*sha256 == file.sha256) return {};
  return Unexpected(ErrorCode::kIo, file.from + ": the file changed while it was copied");
}

bool lies_there(const FileCopy& file) {
  if (file_size(file.to) < 0) return false;
  auto sha256 = sha256_of_file(file.to);
  return sha256 && *sha256 == file.sha256;
}

}  // namespace

Result<void> place_files(std::span<const FileCopy> files, const Workspace& workspace, bool hard_link) {
  std::vector<const FileCopy*> missing;  // the first one last
  for (std::size_t i = files.size(); i-- > 0;) {
    if (i == 0 || !lies_there(files[i])) missing.push_back(&files[i]);
  }
  const auto temporary = [&](const FileCopy& file) { return workspace.file(base_name(file.to)); };
  for (const FileCopy* file : missing) {
    if (auto brought = bring_in_checked(*file, temporary(*file), hard_link); !brought) return brought;
  }
  for (std::size_t i = 0; i < missing.size(); ++i) {
    auto placed = publish_file(temporary(*missing[i]), missing[i]->to, /*replace=*/false);
    if (placed) continue;
    for (std::size_t done = 0; done < i; ++done) delete_file(missing[done]->to);
    return placed;
  }
  return {};
}

}  // namespace sotto::catalog
