#include "catalog/workspace.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "catalog/support.h"

namespace sotto::catalog {
namespace {

using test::TemporaryFolder;
using test::write_text;

bool never() { return false; }

TEST(Workspace, LeavesNothingWhenEmpty) {
  TemporaryFolder models;
  {
    auto workspace = Workspace::open(models.path(), "a.gguf", never);
    ASSERT_TRUE(workspace);
    write_text(workspace->file("0.whl"), "12345");
    EXPECT_EQ(partial_bytes(models.path(), "a.gguf"), 5u);
    EXPECT_EQ(workspace->clear(), 5u);
  }
  EXPECT_FALSE(std::filesystem::exists(models.file(".partial")));
}

TEST(Workspace, KeepsWhatIsUnfinished) {
  TemporaryFolder models;
  {
    auto workspace = Workspace::open(models.path(), "a.gguf", never);
    write_text(workspace->file("download"), "123");
  }
  EXPECT_EQ(partial_bytes(models.path(), "a.gguf"), 3u);
  EXPECT_EQ(partial_bytes(models.path(), "b.gguf"), 0u);
  EXPECT_EQ(*remove_partial(models.path(), "a.gguf"), 3u);
  EXPECT_EQ(*remove_partial(models.path(), "a.gguf"), 0u);
}

TEST(Workspace, OneAtATime) {
  TemporaryFolder models;
  auto first = Workspace::open(models.path(), "a.gguf", never);
  ASSERT_TRUE(first);
  EXPECT_EQ(Workspace::open(models.path(), "a.gguf", never).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(remove_partial(models.path(), "a.gguf").error().code, ErrorCode::kBadRequest);
  EXPECT_TRUE(Workspace::open(models.path(), "b.gguf", never));
  int waited = 0;
  auto second = Workspace::open(models.path(), "a.gguf", [&] {
    if (++waited == 2) Workspace release = std::move(*first);
    return true;
  });
  EXPECT_TRUE(second);
  EXPECT_GE(waited, 2);
}

// Each that ends removes the folder which the next one is about to use.
TEST(Workspace, ManyComeAndGo) {
  TemporaryFolder models;
  auto come_and_go = [&](int me) {
    for (int i = 0; i < 500; ++i) {
      auto workspace = Workspace::open(models.path(), fmt::format("{}.gguf", me), never);
      ASSERT_TRUE(workspace) << workspace.error().message;
    }
  };
  std::vector<std::jthread> threads;
  for (int me = 0; me < 4; ++me) threads.emplace_back(come_and_go, me);
  threads.clear();
  EXPECT_TRUE(std::filesystem::is_empty(models.path()));
}

TEST(Workspace, AKilledHolderLetsGo) {
  TemporaryFolder models;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t child = ::fork();
  if (child == 0) {
    auto held = Workspace::open(models.path(), "a.gguf", never);
    (void)!::write(ready[1], held ? "y" : "n", 1);
    ::pause();
    ::_exit(0);
  }
  char ok = 0;
  ASSERT_EQ(::read(ready[0], &ok, 1), 1);
  EXPECT_EQ(ok, 'y');
  EXPECT_FALSE(Workspace::open(models.path(), "a.gguf", never));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(Workspace::open(models.path(), "a.gguf", never));
}

TEST(Workspace, WhereItCannotBe) {
  TemporaryFolder models;
  write_text(models.file("file"), "");
  EXPECT_EQ(Workspace::open(models.file("file"), "a.gguf", never).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace sotto::catalog
