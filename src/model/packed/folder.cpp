#include "model/packed/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace sotto::model::packed {
namespace {

// An error unless what `descriptor` stands for is this user's and only this user can write to it.
Result<void> check_owner(int descriptor, mode_t type, const std::string& path) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return system_error(path, "look at it");
  if ((status.st_mode & S_IFMT) != type)
    return Unexpected(ErrorCode::kIo, path + ": neither a folder nor a plain file where one was expected");
  if (status.st_uid != ::geteuid())
    return Unexpected(ErrorCode::kIo, path + ": belongs to another user; packed weights are not read from there");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Unexpected(ErrorCode::kIo, fmt::format("{0}: other users may write there, so packed weights are not read "
                                                  "from it; chmod go-w {0}",
                                                  path));
  }
  return {};
}

// Why no start will use what was packed from that model, or nothing.
std::string staleness(const Index& index) {
  struct stat status{};
  if (::stat(index.source_path.c_str(), &status) != 0) return "its model is gone";
  const base::FileId now = base::file_id(status);
  const bool same = now.size_bytes == index.source.size_bytes && now.modified_ns == index.source.modified_ns;
  return same ? "" : "its model was replaced";
}

std::vector<std::string> names_ending(const std::string& folder, std::string_view ending) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name.ends_with(ending)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Unexpected system_error(const std::string& path, const char* action) {
  const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Unexpected(code, fmt::format("{}: cannot {}: {}", path, action, std::strerror(errno)));
}

Result<base::Descriptor> open_own(const Folder& folder, const std::string& name, int flags) {
  base::Descriptor file(::openat(folder.descriptor(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file) return system_error(folder.file(name), "open");
  if (auto own = check_owner(file.get(), S_IFREG, folder.file(name)); !own) return forward_error(own);
  return file;
}

Result<Folder> Folder::open(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failure);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return system_error(path, "make the folder");
  auto folder = open_existing(path);
  if (!folder) return forward_error(folder);
  if (!*folder) return Unexpected(ErrorCode::kIo, path + ": the folder vanished while it was opened");
  return std::move(**folder);
}

Result<std::optional<Folder>> Folder::open_existing(const std::string& path) {
  base::Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!descriptor && errno == ENOENT) return std::optional<Folder>();
  if (!descriptor) return system_error(path, "open the folder");
  if (auto own = check_owner(descriptor.get(), S_IFDIR, path); !own) return forward_error(own);
  return std::optional<Folder>(Folder(std::move(descriptor), path));
}

Result<std::optional<OpenFile>> Folder::find(const std::string& name) const {
  auto descriptor = open_own(*this, name, O_RDONLY);
  if (!descriptor) {
    if (descriptor.error().code == ErrorCode::kNotFound) return std::optional<OpenFile>();
    return forward_error(descriptor);
  }
  auto mapping = base::MappedFile::map(descriptor->get(), file(name));
  if (!mapping) return forward_error(mapping);
  auto index = parse(mapping->bytes(), file(name));
  if (!index) return forward_error(index);
  return std::optional(OpenFile{std::move(*mapping), std::move(*index)});
}

Result<void> Folder::write_head(const std::string& name, const Index& index) const {
  auto descriptor = open_own(*this, name, O_WRONLY);
  if (!descriptor) return forward_error(descriptor);
  const std::vector<std::byte> head = encode(index);
  if (::pwrite(descriptor->get(), head.data(), head.size(), 0) != static_cast<ssize_t>(head.size()))
    return system_error(file(name), "write");
  return {};
}

void Folder::remove_unfinished() const {
  for (const std::string& name : names_ending(path_, kPartEnding)) {
    auto part = open_own(*this, name, O_RDWR);
    // Who opened it before this and locks it afterwards sees that the name is gone, and begins again.
    if (part && ::flock(part->get(), LOCK_EX | LOCK_NB) == 0) ::unlinkat(descriptor_.get(), name.c_str(), 0);
  }
}

std::vector<Kept> Folder::list() const {
  std::vector<Kept> all;
  for (const std::string& name : names_ending(path_, kEnding)) {
    Kept kept{file(name)};
    struct stat status{};
    if (::fstatat(descriptor_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    kept.bytes = static_cast<std::uint64_t>(status.st_blocks) * 512;
    const auto found = find(name);
    if (!found) {
      kept.problem = found.error().message;
    } else if (*found) {
      kept.problem = staleness((*found)->index);
      if (!kept.problem.empty()) kept.problem = kept.path + ": " + kept.problem;
      kept.source_path = (*found)->index.source_path;
    }
    all.push_back(std::move(kept));
  }
  return all;
}

std::string Folder::verify(const Kept& kept) const {
  const auto found = find(std::filesystem::path(kept.path).filename());
  if (!found) return found.error().message;
  if (!*found) return "";  // deleted since
  const std::vector<std::string> damaged = damaged_parts((*found)->index, (*found)->mapping.bytes());
  if (damaged.empty()) return "";
  return fmt::format("{}: the checksum of {} is wrong", kept.path, fmt::join(damaged, ", "));
}

std::uint64_t Folder::prune() const {
  remove_unfinished();
  std::uint64_t freed = 0;
  for (const Kept& kept : list()) {
    if (!kept.problem.empty() && ::unlink(kept.path.c_str()) == 0) freed += kept.bytes;
  }
  return freed;
}

}  // namespace sotto::model::packed
