#include "cli/history_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/output.h"

namespace sotto::cli {

namespace {

bool write_private(const std::string& path, const std::string& text, int flags) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, S_IRUSR | S_IWUSR);
  if (fd < 0) return false;
  const int error = write_all(fd, text);
  return (::close(fd) == 0) && error == 0;
}

}  // namespace

std::vector<std::string> HistoryFile::load() const {
  std::ifstream in(path_);
  std::vector<std::string> entries;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) entries.push_back(unescape_entry(line));
  }
  if (entries.size() <= kMaxEntries) return entries;
  const bool much_longer = entries.size() > 2 * kMaxEntries;
  entries.erase(entries.begin(), entries.end() - kMaxEntries);
  if (much_longer) {
    std::string text;
    for (const std::string& entry : entries) text += escape_entry(entry) + "\n";
    const std::string shorter = path_ + ".new";
    if (write_private(shorter, text, O_TRUNC)) ::rename(shorter.c_str(), path_.c_str());
  }
  return entries;
}

bool HistoryFile::append(const std::string& entry) const {
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  if (std::filesystem::create_directories(folder, ignored)) ::chmod(folder.c_str(), S_IRWXU);
  return write_private(path_, escape_entry(entry) + "\n", O_APPEND);
}

std::string escape_entry(const std::string& entry) {
  std::string out;
  for (const char c : entry) {
    if (c == '\\') out += "\\\\";
    else if (c == '\n') out += "\\n";
    else out += c;
  }
  return out;
}

std::string unescape_entry(const std::string& line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool escaped = line[i] == '\\' && i + 1 < line.size();
    if (escaped) ++i;
    out += escaped && line[i] == 'n' ? '\n' : line[i];
  }
  return out;
}

}  // namespace sotto::cli
