#include "http/port_holder.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

namespace sotto::http {
namespace {

namespace fs = std::filesystem;

// Adds the inodes of the sockets that listen on `port` (proc(5): /proc/net/tcp).
void add_listening(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
  std::ifstream lines(table);
  std::string line;
  const std::string ending = fmt::format(":{:04X}", port);
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string number, local, remote, state, skipped, inode;
    words >> number >> local >> remote >> state;
    for (int i = 0; i < 5; ++i) words >> skipped;
    if (words >> inode && state == "0A" && local.ends_with(ending)) inodes.insert(inode);
  }
}

// The first entry of a folder that fits, or an empty path. Entries of /proc go at any time: that is the end of the
// folder.
template <class Fits>
fs::path first_entry(const fs::path& folder, Fits fits_entry) {
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    if (fits_entry(at->path())) return at->path();
  }
  return {};
}

bool holds(const fs::path& process, const std::set<std::string>& inodes) {
  const auto is_socket = [&](const fs::path& link) {
    std::error_code failure;
    const std::string target = fs::read_symlink(link, failure).string();
    return !failure && target.starts_with("socket:[") && inodes.contains(target.substr(8, target.size() - 9));
  };
  return !first_entry(process / "fd", is_socket).empty();
}

}  // namespace

std::string port_holder(std::uint16_t port) {
  std::set<std::string> inodes;
  add_listening("/proc/net/tcp", port, inodes);
  add_listening("/proc/net/tcp6", port, inodes);
  if (inodes.empty()) return {};
  const fs::path process = first_entry("/proc", [&](const fs::path& path) {
    return path.filename().string().find_first_not_of("0123456789") == std::string::npos && holds(path, inodes);
  });
  if (process.empty()) return {};
  std::string name;
  std::ifstream comm(process / "comm");
  std::getline(comm, name);
  return fmt::format("{} (process {})", name, process.filename().string());
}

}  // namespace sotto::http
