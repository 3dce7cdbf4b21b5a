#include "catalog/files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "catalog/support.h"

namespace sotto::catalog {
namespace {

using test::read_text;
using test::TemporaryFolder;
using test::write_text;

TEST(Files, WriteReplacesWhole) {
  TemporaryFolder folder;
  std::string path = folder.file("a.json");
  ASSERT_TRUE(write_file(path, "first"));
  ASSERT_TRUE(write_file(path, "second"));
  EXPECT_EQ(read_text(path), "second");
  // Nothing else is left behind.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  auto failed = write_file(folder.file("no/such/folder/a"), "x");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kNotFound);
}

TEST(Files, SmallFilesAreBounded) {
  TemporaryFolder folder;
  std::string path = folder.file("a");
  write_text(path, "12345");
  EXPECT_EQ(*read_small_file(path, 5), "12345");
  EXPECT_EQ(read_small_file(path, 4).error().code, ErrorCode::kBadFile);
  EXPECT_EQ(read_small_file(folder.file("absent"), 4).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(read_small_file("/dev/zero", 100));
  // A link could lead to a file that the reader must not show.
  ASSERT_EQ(::symlink(path.c_str(), folder.file("link").c_str()), 0);
  EXPECT_EQ(read_small_file(folder.file("link"), 5).error().code, ErrorCode::kIo);
}

TEST(Files, PublishDoesNotOverwriteUnlessAsked) {
  TemporaryFolder folder;
  write_text(folder.file("new"), "new");
  write_text(folder.file("there"), "old");
  EXPECT_FALSE(publish_file(folder.file("new"), folder.file("there"), false));
  EXPECT_EQ(read_text(folder.file("there")), "old");
  EXPECT_TRUE(publish_file(folder.file("new"), folder.file("there"), true));
  EXPECT_EQ(read_text(folder.file("there")), "new");
  EXPECT_FALSE(publish_file(folder.file("absent"), folder.file("x"), true));
}

TEST(Files, NoRoomIsSaid) {
  TemporaryFolder folder;
  Descriptor file(::open(folder.file("big").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit tight{.rlim_cur = 1000, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::string bytes(5000, 'x');
  auto written = write_at(file.get(), bytes, 0, "big");
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_NE(written.error().message.find("big"), std::string::npos);
  errno = ENOSPC;
  const Error full = system_error("cannot write", "big");
  EXPECT_EQ(full.code, ErrorCode::kBudget);
  EXPECT_NE(full.message.find("free some space"), std::string::npos);
}

TEST(Files, SizesAndNames) {
  TemporaryFolder folder;
  write_text(folder.file("a"), "abc");
  EXPECT_EQ(file_size(folder.file("a")), 3);
  EXPECT_EQ(file_size(folder.path()), -1);
  EXPECT_EQ(file_size(folder.file("absent")), -1);
  EXPECT_EQ(delete_file(folder.file("a")), 3u);
  EXPECT_EQ(delete_file(folder.file("a")), 0u);
  EXPECT_EQ(parent_folder("/a/b"), "/a");
  EXPECT_EQ(parent_folder("/a"), "/");
  EXPECT_EQ(parent_folder("a"), ".");
  EXPECT_EQ(base_name("/a/b.gguf"), "b.gguf");
  EXPECT_EQ(base_name("b.gguf"), "b.gguf");
}

TEST(Files, FoldersAreMadeOnce) {
  TemporaryFolder folder;
  EXPECT_TRUE(make_folders(folder.file("a/b/c")));
  EXPECT_TRUE(make_folders(folder.file("a/b/c")));
  write_text(folder.file("file"), "");
  EXPECT_EQ(make_folders(folder.file("file/below")).error().code, ErrorCode::kIo);
  EXPECT_EQ(make_folders("/proc/none/below").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace sotto::catalog
