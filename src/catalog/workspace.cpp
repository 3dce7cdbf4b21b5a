#include "catalog/workspace.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

namespace sotto::catalog {
namespace {

constexpr auto kLockPoll = std::chrono::milliseconds(200);
constexpr const char* kLockName = "lock";
constexpr int kFolderAttempts = 20;
constexpr auto kFolderPause = std::chrono::milliseconds(1);

std::string folder_for(const std::string& models_folder, const std::string& file_name) {
  return models_folder + "/.partial/" + file_name;
}

// Other processes that end remove the folders on the way while they are made here: one that was there a moment ago, or
// was not, is no failure unless that stays so.
Result<void> make_shared_folders(const std::string& folder) {
  std::error_code failure;
  for (int attempt = 0; attempt < kFolderAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kFolderPause);
    std::filesystem::create_directories(folder, failure);
    if (failure != std::errc::no_such_file_or_directory && failure != std::errc::file_exists) break;
  }
  if (!failure) return {};
  errno = failure.value();
  return Unexpected(system_error("cannot create the folder", folder));
}

// Whether the locked file is still the one at `path`: its last holder deletes it.
bool is_current(int descriptor, const std::string& path) {
  struct stat locked, named;
  return ::fstat(descriptor, &locked) == 0 && ::lstat(path.c_str(), &named) == 0 && locked.st_ino == named.st_ino &&
         locked.st_dev == named.st_dev;
}

// Calls `act` with the path of every file in `folder` but the lock.
void for_each_file(const std::string& folder, const std::function<void(const std::string&)>& act) {
  std::error_code failure;
  for (const auto& item : std::filesystem::directory_iterator(folder, failure)) {
    if (item.path().filename() != kLockName) act(item.path().string());
  }
}

}  // namespace

Result<Workspace> Workspace::open(const std::string& models_folder, const std::string& file_name,
                                  const std::function<bool()>& wait) {
  std::string folder = folder_for(models_folder, file_name);
  std::string path = folder + "/" + kLockName;
  for (;;) {
    if (auto made = make_shared_folders(folder); !made) return forward_error(made);
    Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!lock && errno == ENOENT) continue;  // its last holder has just removed the folder
    if (!lock) return Unexpected(system_error("cannot create the lock", path));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) {
      if (is_current(lock.get(), path)) return Workspace(std::move(lock), folder);
      continue;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) return Unexpected(system_error("cannot lock", path));
    if (!wait()) return Unexpected(ErrorCode::kCancelled, "cancelled while another process works on it");
    std::this_thread::sleep_for(kLockPoll);
  }
}

Workspace::~Workspace() {
  if (!lock_) return;
  bool empty = true;
  for_each_file(folder_, [&](const std::string&) { empty = false; });
  if (!empty) return;
  ::unlink(file(kLockName).c_str());
  if (::rmdir(folder_.c_str()) == 0) ::rmdir(parent_folder(folder_).c_str());
}

std::uint64_t Workspace::clear() {
  std::uint64_t freed = 0;
  for_each_file(folder_, [&](const std::string& path) { freed += delete_file(path); });
  return freed;
}

std::uint64_t partial_bytes(const std::string& models_folder, const std::string& file_name) {
  std::uint64_t bytes = 0;
  for_each_file(folder_for(models_folder, file_name), [&](const std::string& path) {
    bytes += static_cast<std::uint64_t>(std::max<std::int64_t>(0, file_size(path)));
  });
  return bytes;
}

Result<std::uint64_t> remove_partial(const std::string& models_folder, const std::string& file_name) {
  std::error_code ignored;
  if (!std::filesystem::exists(folder_for(models_folder, file_name), ignored)) return std::uint64_t{0};
  auto workspace = Workspace::open(models_folder, file_name, [] { return false; });
  if (workspace) return workspace->clear();
  if (workspace.error().code != ErrorCode::kCancelled) return forward_error(workspace);
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("{} is being downloaded by another process; stop that first", file_name));
}

}  // namespace sotto::catalog
