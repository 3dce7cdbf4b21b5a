#include "cli/history_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/python.h"

namespace sotto::cli {
namespace {

TEST(HistoryFile, EntriesStayOneLine) {
  const std::string entry = "two\nlines and a \\ and \\n";
  const std::string line = escape_entry(entry);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(unescape_entry(line), entry);
  EXPECT_EQ(unescape_entry("ends in \\"), "ends in \\");
}

TEST(HistoryFile, KeepsWhatWasTypedForItsOwner) {
  const support::ScratchFolder scratch;
  const std::string path = scratch.file("deeper/state/history");
  const HistoryFile file(path);
  EXPECT_TRUE(file.load().empty());
  ASSERT_TRUE(file.append("first"));
  ASSERT_TRUE(file.append("second\nline"));
  EXPECT_EQ(file.load(), (std::vector<std::string>{"first", "second\nline"}));
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(HistoryFile, KeepsTheNewestAndShortensALongFile) {
  const support::ScratchFolder scratch;
  const std::string path = scratch.file("history");
  const std::size_t count = 3 * HistoryFile::kMaxEntries;
  {
    std::ofstream out(path);
    for (std::size_t i = 0; i < count; ++i) out << "entry " << i << "\n";
  }
  const HistoryFile file(path);
  EXPECT_EQ(file.load().size(), HistoryFile::kMaxEntries);
  EXPECT_EQ(file.load().back(), "entry " + std::to_string(count - 1));
  std::ifstream in(path);
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  EXPECT_EQ(lines, HistoryFile::kMaxEntries);
}

TEST(HistoryFile, SaysWhenItCannotWrite) { EXPECT_FALSE(HistoryFile("/dev/null/history").append("x")); }

}  // namespace
}  // namespace sotto::cli
