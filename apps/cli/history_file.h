// What was typed into chats, one entry a line, readable by its owner only. Several chats may append at once.
#pragma once

#include <string>
#include <vector>

namespace sotto::cli {

class HistoryFile {
 public:
  static constexpr std::size_t kMaxEntries = 1000;

  explicit HistoryFile(std::string path) : path_(std::move(path)) {}

  // The newest kMaxEntries, oldest first; none when there is no file. A file much longer than that is shortened.
  std::vector<std::string> load() const;

  // False when the file cannot be written; the errno says why.
  bool append(const std::string& entry) const;

 private:
  std::string path_;
};

// Newlines and backslashes become \n and \\, so that an entry is one line; and back.
std::string escape_entry(const std::string& entry);
std::string unescape_entry(const std::string& line);

}  // namespace sotto::cli
