#include "catalog/model_copy.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include <gtest/gtest.h>

#include "catalog/sha256.h"
#include "catalog/support.h"

namespace {

// Folders that can still be flushed; a disk that fails has 0. In place of the library's function in this program.
std::atomic<int> flushes_of_folders = 1 << 30;

}  // namespace

extern "C" int fsync(int descriptor) {
  struct stat status;
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode) && flushes_of_folders-- <= 0) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

namespace sotto::catalog {
namespace {

using test::read_text;
using test::TemporaryFolder;
using test::write_text;

// Three files to place in "to", and a workspace.
class PlaceFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(home.file("to"));
    for (const char* name : {"a", "b", "c"}) {
      write_text(home.file(name), std::string("bytes of ") + name);
      files.push_back({home.file(name), home.file(std::string("to/") + name), *sha256_of_file(home.file(name))});
    }
  }

  Result<void> place(const std::atomic<bool>* cancel = nullptr) {
    ByteProgress progress(n_bytes, [this](std::uint64_t done, std::uint64_t) { done_bytes = done; }, cancel);
    auto workspace = Workspace::open(home.file("to"), "a", [] { return false; });
    if (!workspace) return forward_error(workspace);
    auto placed = place_files(files, *workspace, /*hard_link=*/false, progress);
    workspace->clear();
    return placed;
  }

  bool is_there(const std::string& name) const { return std::filesystem::exists(home.file("to/" + name)); }

  static constexpr std::uint64_t n_bytes = 3 * 10;
  TemporaryFolder home;
  std::vector<FileCopy> files;
  std::uint64_t done_bytes = 0;
};

TEST_F(PlaceFiles, AllOfThem) {
  ASSERT_TRUE(place());
  for (const char* name : {"a", "b", "c"})
    EXPECT_EQ(read_text(home.file(std::string("to/") + name)), std::string("bytes of ") + name);
  EXPECT_EQ(done_bytes, n_bytes);
}

TEST_F(PlaceFiles, WithoutChecksums) {
  for (FileCopy& file : files) file.sha256.clear();
  std::filesystem::copy_file(home.file("c"), home.file("to/c"));
  ASSERT_TRUE(place());
  EXPECT_EQ(read_text(home.file("to/b")), "bytes of b");
  EXPECT_EQ(done_bytes, n_bytes);
}

TEST_F(PlaceFiles, CancelledLeavesNothing) {
  const std::atomic<bool> cancel = true;
  EXPECT_EQ(place(&cancel).error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(is_there("a") || is_there("b") || is_there("c"));
}

TEST_F(PlaceFiles, AFolderThatCannotBeFlushedLeavesNothing) {
  for (int placed = 0; placed < 3; ++placed) {
    flushes_of_folders = placed;
    const auto done = place();
    flushes_of_folders = 1 << 30;
    ASSERT_FALSE(done) << placed;
    EXPECT_NE(done.error().message.find("cannot flush the folder"), std::string::npos) << done.error().message;
    EXPECT_FALSE(is_there("a") || is_there("b") || is_there("c")) << placed;
  }
}

TEST_F(PlaceFiles, AChangedFileLeavesNothing) {
  write_text(home.file("b"), "other bytes");
  const auto placed = place();
  ASSERT_FALSE(placed);
  EXPECT_NE(placed.error().message.find("changed while"), std::string::npos);
  EXPECT_FALSE(is_there("a") || is_there("b") || is_there("c"));
}

TEST_F(PlaceFiles, ATakenPlaceStaysAndTheOthersGoAgain) {
  write_text(home.file("to/b"), "a stranger's file");
  const auto placed = place();
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::kBadRequest);
  EXPECT_NE(placed.error().message.find("to/b is there already and differs; remove it"), std::string::npos)
      << placed.error().message;
  EXPECT_EQ(done_bytes, 0u) << "it was seen after work";
  EXPECT_EQ(read_text(home.file("to/b")), "a stranger's file");
  EXPECT_FALSE(is_there("a") || is_there("c"));
}

TEST_F(PlaceFiles, APartThatIsThereIsKeptButNotTheFirst) {
  std::filesystem::copy_file(home.file("c"), home.file("to/c"));
  ASSERT_TRUE(place());
  EXPECT_TRUE(is_there("a") && is_there("b") && is_there("c"));
  ASSERT_FALSE(place()) << "its place is taken";
  EXPECT_TRUE(is_there("a") && is_there("b") && is_there("c"));
}

}  // namespace
}  // namespace sotto::catalog
