#include "catalog/model_copy.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "catalog/files.h"
#include "catalog/sha256.h"

namespace sotto::catalog {
namespace {

struct Places {
  const std::string& from;
  const std::string& to;
};

Unexpected changed_meanwhile(const std::string& path) {
  return Unexpected(ErrorCode::kIo, path + ": the file changed while it was copied");
}

Unexpected cancelled() { return Unexpected(ErrorCode::kCancelled, "importing: stopped"); }

std::uint64_t bytes_of(const std::string& path) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, file_size(path)));
}

bool is_same_state(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// The checksum of what was copied.
Result<std::string> copy_bytes(int from, int to, const Places& places, ByteProgress& progress) {
  std::vector<char> buffer(1 << 20);
  Sha256 hash;
  struct stat before, after;
  if (::fstat(from, &before) != 0) return Unexpected(system_error("cannot read", places.from));
  for (std::uint64_t offset = 0;;) {
    const ssize_t count = ::pread(from, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unexpected(system_error("cannot read", places.from));
    if (count == 0) break;
    const std::span<const char> part(buffer.data(), static_cast<std::size_t>(count));
    if (auto written = write_at(to, part, offset, places.to); !written) return forward_error(written);
    hash.update(part);
    offset += part.size();
    if (!progress.advance(part.size())) return cancelled();
  }
  if (::fstat(from, &after) != 0 || !is_same_state(before, after)) return changed_meanwhile(places.from);
  return hash.hex();
}

// Shares the blocks where the file system can, otherwise copies. The checksum of what is there now, or an empty one
// where nothing was read and none is `wanted`.
Result<std::string> copy_file(const Places& places, bool wanted, ByteProgress& progress) {
  const Descriptor from(::open(places.from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from) return Unexpected(system_error("cannot open", places.from));
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  const Descriptor to(::open(places.to.c_str(), flags, 0644));
  if (!to) return Unexpected(system_error("cannot create", places.to));
  if (::ioctl(to.get(), FICLONE, from.get()) != 0) return copy_bytes(from.get(), to.get(), places, progress);
  if (wanted) return sha256_of_file(places.to, progress.of_one_file());
  if (!progress.advance(bytes_of(places.to))) return cancelled();
  return std::string();
}

Result<void> link_file(const Places& places, ByteProgress& progress) {
  if (::linkat(AT_FDCWD, places.from.c_str(), AT_FDCWD, places.to.c_str(), AT_SYMLINK_FOLLOW) == 0) {
    return progress.advance(bytes_of(places.to)) ? Result<void>() : cancelled();
  }
  if (errno != EXDEV) return Unexpected(system_error("cannot link", places.to));
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("{} lies on another disk, where no link reaches; import a copy", places.from));
}

Result<void> bring_in(const FileCopy& file, const std::string& temporary, bool hard_link, ByteProgress& progress) {
  delete_file(temporary);
  if (hard_link) return link_file({file.from, temporary}, progress);
  const auto sha256 = copy_file({file.from, temporary}, !file.sha256.empty(), progress);
  if (!sha256) return Unexpected(sha256.error());
  if (!file.sha256.empty() && *sha256 != file.sha256) return changed_meanwhile(file.from);
  return {};
}

// Of two that are there.
Result<bool> has_same_bytes(const FileCopy& file, ByteProgress& progress) {
  if (file_size(file.from) != file_size(file.to)) return false;
  const auto from = file.sha256.empty() ? sha256_of_file(file.from, progress.of_one_file()) : file.sha256;
  if (!from) return Unexpected(from.error());
  const auto to = sha256_of_file(file.to, [&](std::uint64_t) { return progress.advance(0); });
  if (!to) return Unexpected(to.error());
  return *from == *to;
}

Unexpected taken(const std::string& path, const char* how) {
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("{} is there already{}; remove it, or import under another --name", path, how));
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

// Those to bring in, the first one last.
Result<std::vector<const FileCopy*>> find_missing(std::span<const FileCopy> files, ByteProgress& progress) {
  if (is_there(files.front().to)) return taken(files.front().to, "");
  std::vector<const FileCopy*> missing;
  for (std::size_t i = files.size(); i-- > 0;) {
    if (!is_there(files[i].to)) {
      missing.push_back(&files[i]);
      continue;
    }
    const auto same = has_same_bytes(files[i], progress);
    if (!same) return Unexpected(same.error());
    if (!*same) return taken(files[i].to, " and differs");
  }
  return missing;
}

}  // namespace

Result<void> place_files(std::span<const FileCopy> files, const Workspace& workspace, bool hard_link,
                         ByteProgress& progress) {
  const auto missing = find_missing(files, progress);
  if (!missing) return Unexpected(missing.error());
  const auto temporary = [&](const FileCopy* file) { return workspace.file(base_name(file->to)); };
  for (const FileCopy* file : *missing) {
    if (auto brought = bring_in(*file, temporary(file), hard_link, progress); !brought) return brought;
  }
  for (const FileCopy* file : *missing) {
    auto placed = publish_file(temporary(file), file->to, /*replace=*/false);
    if (placed) continue;
    // A file that has moved has its place, also where flushing the folder is what failed.
    for (const FileCopy* moved : *missing) {
      if (!is_there(temporary(moved))) delete_file(moved->to);
    }
    return placed;
  }
  return {};
}

}  // namespace sotto::catalog
