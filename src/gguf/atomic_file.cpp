#include "gguf/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace sotto::gguf {
namespace {

Unexpected system_error(const std::string& path, const char* action, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  const ErrorCode code = full ? ErrorCode::kBudget : error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  const char* advice = full ? "; free some space and try again" : "";
  return Unexpected(code, path + ": cannot " + action + ": " + std::strerror(error) + advice);
}

// Makes the new name last through a loss of power; a file system that cannot do it is no error.
void sync_folder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::string& path, Readers readers) {
  constexpr int kTries = 100;
  const mode_t mode = readers == Readers::kOwner ? 0600 : 0666;
  for (int i = 0; i < kTries; ++i) {
    std::string temporary = path + "." + std::to_string(::getpid()) + "-" + std::to_string(i) + ".tmp";
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 && errno == EEXIST) continue;
    std::FILE* file = fd >= 0 ? ::fdopen(fd, "wb") : nullptr;
    if (file != nullptr) return AtomicFile(path, std::move(temporary), file);
    const int error = errno;
    if (fd >= 0) {
      ::close(fd);
      ::unlink(temporary.c_str());
    }
    return system_error(path, "create", error);
  }
  return system_error(path, "create a temporary file beside it", EEXIST);
}

AtomicFile::AtomicFile(std::string path, std::string temporary, std::FILE* file)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(file) {}

AtomicFile::~AtomicFile() {
  if (file_ != nullptr) ::unlink(temporary_.c_str());
}

Unexpected AtomicFile::write_failed() {
  if (error_ == 0) error_ = errno;
  return system_error(path_, "write", error_);
}

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};  // its address may be null
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) return write_failed();
  return {};
}

Result<void> AtomicFile::commit() {
  if (error_ != 0 || std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) return write_failed();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return system_error(path_, "put the new file in place", errno);
  file_.reset();
  sync_folder(path_);
  return {};
}

Result<void> check_free(const std::string& path, bool replace) {
  std::error_code problem;
  if (!std::filesystem::exists(path, problem)) return {};
  if (!std::filesystem::is_regular_file(path, problem))
    return Unexpected(ErrorCode::kBadRequest, path + ": exists and is not a regular file; give another name");
  if (replace) return {};
  return Unexpected(ErrorCode::kBadRequest, path + ": exists; give another name, or --force to replace it");
}

}  // namespace sotto::gguf
