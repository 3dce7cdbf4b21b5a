#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"

namespace sotto::base {
namespace {

Unexpected system_error(const std::string& path, const char* action) {
  const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Unexpected(code, path + ": cannot " + action + ": " + std::strerror(errno));
}

}  // namespace

FileId file_id(const struct stat& status) {
  const auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return {static_cast<std::uint64_t>(status.st_size), status.st_ino, nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

Result<MappedFile> MappedFile::open(const std::string& path) {
  const Descriptor descriptor(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe without a writer would wait
  if (!descriptor) return system_error(path, "open");
  return map(descriptor.get(), path);
}

Result<MappedFile> MappedFile::map(int descriptor, const std::string& path) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
    return Unexpected(ErrorCode::kIo, path + ": not a regular file");
  MappedFile file;
  file.path_ = path;
  file.id_ = file_id(status);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return file;
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (address == MAP_FAILED) return system_error(path, "map");
  file.data_ = static_cast<const std::byte*>(address);
  file.size_ = size;
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept { *this = std::move(other); }

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(id_, other.id_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::drop(std::span<const std::byte> part) const {
  constexpr std::size_t kWindowBytes = 2 << 20;  // the most that Linux maps around a page that was touched
  const auto start = static_cast<std::size_t>(part.data() - data_);
  const std::size_t begin = start / kWindowBytes * kWindowBytes;
  const std::size_t end = std::min(size_, (start + part.size() + kWindowBytes - 1) / kWindowBytes * kWindowBytes);
  ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
}

}  // namespace sotto::base
