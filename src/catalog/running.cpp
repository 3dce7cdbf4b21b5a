#include "catalog/running.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "catalog/files.h"
#include "catalog/json_fields.h"

namespace sotto::catalog {
namespace {

constexpr std::size_t kMaxEntryBytes = 64 * 1024;

// When `pid` started, in clock ticks since boot (proc(5), stat, field 22): tells it from a later
// process with the same number. 0 when there is no such process.
std::uint64_t start_ticks(int pid) {
  auto stat = read_small_file(fmt::format("/proc/{}/stat", pid), 4096);
  if (!stat) return 0;
  // The second field is a name in brackets that may hold anything; the rest is numbers.
  std::size_t at = stat->rfind(')');
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat->find(' ', at + 1);
  return at == std::string::npos ? 0 : std::strtoull(stat->c_str() + at, nullptr, 10);
}

// The folder, opened only if nobody else can have prepared it.
Result<Descriptor> open_private(const std::string& folder) {
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) return Unexpected(system_error("cannot open the folder", folder));
  struct stat status;
  bool mine = ::fstat(opened.get(), &status) == 0 && status.st_uid == ::geteuid() && (status.st_mode & 077) == 0;
  if (mine) return opened;
  return Unexpected(ErrorCode::kIo,
                    fmt::format("{}: belongs to someone else or is open to others; expected a folder of "
                                "your own with mode 0700",
                                folder));
}

std::string to_json(const RunningModel& model, std::uint64_t ticks) {
  nlohmann::ordered_json json = {{"pid", model.pid},
                                 {"start_ticks", ticks},
                                 {"name", model.name},
                                 {"path", model.path},
                                 {"memory_bytes", model.memory_bytes},
                                 {"ctx_tokens", model.ctx_tokens},
                                 {"since_unix_s", model.since_unix_s}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

struct Stored {
  RunningModel model;
  std::uint64_t ticks = 0;
};

std::optional<Stored> parse_entry(const std::string& text) {
  auto json = parse_json_object(text, "running");
  if (!json) return std::nullopt;
  JsonFields fields(*json, "running");
  Stored stored;
  stored.model.pid = static_cast<int>(std::min<std::uint64_t>(fields.number("pid", true), INT32_MAX));
  stored.ticks = fields.number("start_ticks", true);
  stored.model.name = fields.text("name", true);
  stored.model.path = fields.text("path");
  stored.model.memory_bytes = fields.number("memory_bytes");
  stored.model.ctx_tokens = static_cast<int>(std::min<std::uint64_t>(fields.number("ctx_tokens"), INT32_MAX));
  stored.model.since_unix_s =
      static_cast<std::int64_t>(std::min<std::uint64_t>(fields.number("since_unix_s"), INT64_MAX));
  if (!fields.problem().empty() || stored.model.pid <= 0) return std::nullopt;
  return stored;
}

std::vector<std::string> entry_names(int folder) {
  std::vector<std::string> names;
  // fdopendir() takes the descriptor over.
  auto close = [](DIR* list) { ::closedir(list); };
  std::unique_ptr<DIR, decltype(close)> list(::fdopendir(::dup(folder)), close);
  while (dirent* item = list ? ::readdir(list.get()) : nullptr) {
    std::string name = item->d_name;
    if (name.ends_with(".json")) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

Result<Announcement> Announcement::publish(const std::string& folder, RunningModel model) {
  if (auto parent = make_folders(parent_folder(folder)); !parent) return forward_error(parent);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Unexpected(system_error("cannot create the folder", folder));
  }
  auto checked = open_private(folder);
  if (!checked) return forward_error(checked);
  static std::atomic<int> count = 0;
  model.pid = ::getpid();
  if (model.since_unix_s == 0) model.since_unix_s = std::time(nullptr);
  Announcement announcement;
  announcement.path_ = fmt::format("{}/{}-{}.json", folder, model.pid, count++);
  auto written = write_file(announcement.path_, to_json(model, start_ticks(model.pid)));
  if (!written) return forward_error(written);
  return announcement;
}

Announcement::Announcement(Announcement&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }

Announcement& Announcement::operator=(Announcement&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

Announcement::~Announcement() {
  if (!path_.empty()) delete_file(path_);
}

Result<std::vector<RunningModel>> list_running(const std::string& folder) {
  std::vector<RunningModel> running;
  struct stat status;
  if (::lstat(folder.c_str(), &status) != 0 && errno == ENOENT) return running;
  auto opened = open_private(folder);
  if (!opened) return forward_error(opened);
  for (const std::string& name : entry_names(opened->get())) {
    std::string path = folder + "/" + name;
    auto text = read_small_file(path, kMaxEntryBytes);
    auto stored = text ? parse_entry(*text) : std::nullopt;
    if (!stored) continue;
    if (start_ticks(stored->model.pid) == stored->ticks) {
      running.push_back(std::move(stored->model));
    } else {
      delete_file(path);
    }
  }
  std::ranges::stable_sort(running, {}, &RunningModel::since_unix_s);
  return running;
}

}  // namespace sotto::catalog
