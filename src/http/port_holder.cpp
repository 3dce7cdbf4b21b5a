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

bool holds(const fs::path& process, const std::set<std::string>& inodes) {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(process / "fd", failure)) {
    const std::string target = fs::read_symlink(entry.path(), failure).string();
    if (failure || !target.starts_with("socket:[")) continue;
    if (inodes.contains(target.substr(8, target.size() - 9))) return true;
  }
  return false;
}

}  // namespace

std::string port_holder(std::uint16_t port) {
  std::set<std::string> inodes;
  add_listening("/proc/net/tcp", port, inodes);
  add_listening("/proc/net/tcp6", port, inodes);
  if (inodes.empty()) return {};
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/proc", failure)) {
    const std::string process = entry.path().filename();
    if (process.find_first_not_of("0123456789") != std::string::npos || !holds(entry.path(), inodes)) continue;
    std::string name;
    std::ifstream comm(entry.path() / "comm");
    std::getline(comm, name);
    return fmt::format("{} (process {})", name, process);
  }
  return {};
}

}  // namespace sotto::http
