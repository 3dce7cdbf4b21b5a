// Which models run now: every engine that serves keeps one small file in a folder of the user's
// own. Knows nothing of engines; a process announces itself, and any process may read the list.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sotto/result.h"

namespace sotto::catalog {

struct RunningModel {
  int pid = 0;
  std::string name;
  std::string path;
  std::uint64_t memory_bytes = 0;  // weights and cache
  int ctx_tokens = 0;
  std::int64_t since_unix_s = 0;
};

// Owns this process's entry: the file exists as long as the object.
class Announcement {
 public:
  // Fills in pid and, when it is 0, since. `folder` (Paths::running) is created with mode 0700.
  // Errors: kIo, also when the folder is a link, belongs to someone else or is open to others.
  static Result<Announcement> publish(const std::string& folder, RunningModel model);

  Announcement(Announcement&& other) noexcept;
  Announcement& operator=(Announcement&& other) noexcept;
  ~Announcement();

 private:
  Announcement() = default;
  std::string path_;
};

// Oldest first. Entries of processes that have ended are deleted, unreadable ones are left out. No
// folder: nothing. Errors: kIo, as for publish().
Result<std::vector<RunningModel>> list_running(const std::string& folder);

}  // namespace sotto::catalog
