#include "model/packed/writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace sotto::model::packed {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLook = std::chrono::milliseconds(10);
constexpr auto kPatience = std::chrono::seconds(10);  // without a byte written

// Whether `name` still stands for the open file.
bool still_named(const Folder& folder, const std::string& name, int descriptor) {
  struct stat named{}, open{};
  return ::fstatat(folder.descriptor(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::fstat(descriptor, &open) == 0 && named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

// Until this process has the lock, as long as the one that holds it goes on.
Result<void> lock(int descriptor, const std::string& path, const std::function<Result<void>()>& may_wait) {
  off_t seen = -1;
  Clock::time_point since = Clock::now();
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(path, "lock");
    struct stat status{};
    if (::fstat(descriptor, &status) != 0) return system_error(path, "look at it");
    if (status.st_size != seen) since = Clock::now();
    seen = status.st_size;
    if (Clock::now() - since > kPatience) {
      return Unexpected(ErrorCode::kBudget,
                        path + ": another process writes these packed weights and has not gone on for 10 seconds");
    }
    if (auto wait = may_wait ? may_wait() : Result<void>(); !wait) return wait;
    std::this_thread::sleep_for(kLook);
  }
  return {};
}

}  // namespace

Result<std::optional<Writer>> Writer::begin(const Folder& folder, const std::string& name, std::uint64_t bytes,
                                            const std::function<Result<void>()>& may_wait) {
  const std::string part = name + kPartEnding;
  auto descriptor = open_own(folder, part, O_RDWR | O_CREAT);
  if (!descriptor) return forward_error(descriptor);
  if (auto locked = lock(descriptor->get(), folder.file(part), may_wait); !locked) return forward_error(locked);
  if (!still_named(folder, part, descriptor->get())) return std::optional<Writer>();
  Writer writer(folder, part, std::move(*descriptor), bytes);
  if (auto reserved = writer.reserve(); !reserved) return forward_error(reserved);
  return std::optional<Writer>(std::move(writer));
}

Writer::~Writer() {
  // Before the lock goes with the descriptor. After commit() the name is gone already.
  if (descriptor_ && still_named(*folder_, part_, descriptor_.get()))
    ::unlinkat(folder_->descriptor(), part_.c_str(), 0);
}

Result<void> Writer::reserve() {
  const std::string path = folder_->file(part_);
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes_) {  // the system would kill this process
    return Unexpected(ErrorCode::kIo, fmt::format("{}: needs {} bytes, and this process may write files of at most {}",
                                                  path, bytes_, limit.rlim_cur));
  }
  if (::ftruncate(descriptor_.get(), 0) != 0) return system_error(path, "empty");
  // The size stays what was written: by it others see that this process goes on.
  const int reserved = ::fallocate(descriptor_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes_));
  if (reserved != 0 && errno != EOPNOTSUPP) return system_error(path, "make room on the disk");
  return {};
}

Result<void> Writer::write(std::span<const std::byte> bytes, std::uint64_t offset) {
  std::uint64_t at = offset;
  for (std::span<const std::byte> left = bytes; !left.empty();) {
    const ssize_t n = ::pwrite(descriptor_.get(), left.data(), left.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return system_error(folder_->file(part_), "write");
    left = left.subspan(static_cast<std::size_t>(n));
    at += static_cast<std::uint64_t>(n);
  }
  // The disk begins now, and commit() waits the less.
  ::sync_file_range(descriptor_.get(), static_cast<off_t>(offset), static_cast<off_t>(bytes.size()),
                    SYNC_FILE_RANGE_WRITE);
  return {};
}

Result<void> Writer::commit(const std::string& name) {
  if (::ftruncate(descriptor_.get(), static_cast<off_t>(bytes_)) != 0 || ::fsync(descriptor_.get()) != 0)
    return system_error(folder_->file(part_), "write");
  if (::renameat(folder_->descriptor(), part_.c_str(), folder_->descriptor(), name.c_str()) != 0)
    return system_error(folder_->file(part_), "put in place");
  ::fsync(folder_->descriptor());  // some file systems cannot; then the name is as durable as they make it
  return {};
}

}  // namespace sotto::model::packed
