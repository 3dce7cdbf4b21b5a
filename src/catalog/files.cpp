#include "catalog/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

namespace sotto::catalog {
namespace {

Result<void> sync_folder(const std::string& folder) {
  Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot flush a folder; then the rename is as durable as they make it.
  if (!descriptor || (::fsync(descriptor.get()) != 0 && errno != EINVAL && errno != ENOTSUP)) {
    return Unexpected(system_error("cannot flush the folder", folder));
  }
  return {};
}

}  // namespace

Error system_error(std::string_view what, const std::string& path) {
  int code = errno;
  std::string advice;
  const bool full = code == ENOSPC || code == EDQUOT;
  if (full) advice = "; free some space and try again";
  if (code == EFBIG) advice = "; the file system or a limit does not allow files of this size";
  if (code == EROFS || code == EACCES) advice = "; check who owns it, or set SOTTO_MODELS";
  return {full             ? ErrorCode::kBudget
          : code == ENOENT ? ErrorCode::kNotFound
                           : ErrorCode::kIo,
          fmt::format("{}: {}: {}{}", path, what, std::strerror(code), advice)};
}

Result<void> make_folders(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) {
    errno = failure.value();
    return Unexpected(system_error("cannot create the folder", path));
  }
  return {};
}

Result<std::string> read_small_file(const std::string& path, std::size_t max_bytes) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return Unexpected(system_error("cannot open", path));
  std::string text(max_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    ssize_t count = ::read(file.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unexpected(system_error("cannot read", path));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > max_bytes) {
    return Unexpected(ErrorCode::kBadFile,
                      fmt::format("{}: longer than {} bytes, more than such a file holds", path, max_bytes));
  }
  text.resize(size);
  return text;
}

Result<void> write_at(int descriptor, std::span<const char> bytes, std::uint64_t offset, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t count = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Unexpected(system_error("cannot write", path));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Result<void> write_file(const std::string& path, std::string_view text) {
  std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
  int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  Descriptor file(::open(temporary.c_str(), flags, 0644));
  if (!file) return Unexpected(system_error("cannot create", temporary));
  auto written = write_at(file.get(), text, 0, temporary);
  if (written) written = publish_file(temporary, path, /*replace=*/true);
  if (!written) delete_file(temporary);
  return written;
}

Result<void> publish_file(const std::string& temporary, const std::string& final_path, bool replace) {
  {
    Descriptor file(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file || ::fsync(file.get()) != 0) {
      return Unexpected(system_error("cannot flush to the disk", temporary));
    }
  }
  unsigned flags = replace ? 0 : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, final_path.c_str(), flags) != 0) {
    // A file system without RENAME_NOREPLACE: the look beforehand is the best there is.
    bool can_try = errno == EINVAL && !replace && file_size(final_path) < 0;
    if (!can_try || ::rename(temporary.c_str(), final_path.c_str()) != 0) {
      return Unexpected(system_error("cannot put the file there", final_path));
    }
  }
  return sync_folder(parent_folder(final_path));
}

std::int64_t file_size(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return -1;
  return status.st_size;
}

std::uint64_t delete_file(const std::string& path) {
  struct stat status;
  bool known = ::lstat(path.c_str(), &status) == 0;
  if (::unlink(path.c_str()) != 0 || !known) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

std::string parent_folder(const std::string& path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace sotto::catalog
