#include "catalog/running.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "catalog/support.h"

namespace sotto::catalog {
namespace {

using test::TemporaryFolder;

RunningModel model(const std::string& name, std::int64_t since) {
  return {
      .name = name, .path = "/m/" + name + ".gguf", .memory_bytes = 1234, .ctx_tokens = 4096, .since_unix_s = since};
}

std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(Running, ListedAsLongAsItRuns) {
  TemporaryFolder base;
  std::string folder = base.file("deep/sotto");
  EXPECT_TRUE(list_running(folder)->empty());
  {
    auto later = Announcement::publish(folder, model("b", 200));
    auto earlier = Announcement::publish(folder, model("a", 100));
    ASSERT_TRUE(later && earlier);
    auto list = list_running(folder);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 2u);
    EXPECT_EQ((*list)[0].name, "a");
    EXPECT_EQ((*list)[0].pid, ::getpid());
    EXPECT_EQ((*list)[1].path, "/m/b.gguf");
    EXPECT_EQ((*list)[1].memory_bytes, 1234u);
    EXPECT_EQ((*list)[1].ctx_tokens, 4096);
    Announcement moved = std::move(*earlier);
    EXPECT_EQ(list_running(folder)->size(), 2u);
  }
  EXPECT_TRUE(list_running(folder)->empty());
  struct stat status;
  ASSERT_EQ(::stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST(Running, KilledProcessesAreCleanedUp) {
  TemporaryFolder base;
  std::string folder = base.file("sotto");
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t child = ::fork();
  if (child == 0) {
    auto announced = Announcement::publish(folder, model("doomed", 1));
    char ok = announced ? 'y' : 'n';
    (void)!::write(ready[1], &ok, 1);
    ::pause();
    ::_exit(0);
  }
  char ok = 0;
  ASSERT_EQ(::read(ready[0], &ok, 1), 1);
  EXPECT_EQ(ok, 'y');
  auto list = list_running(folder);
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ((*list)[0].pid, child);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(list_running(folder)->empty());
  EXPECT_EQ(files_in(folder), 0u);
}

TEST(Running, AnotherProcessWithTheSameNumberDoesNotCount) {
  TemporaryFolder base;
  auto announced = Announcement::publish(base.file("sotto"), model("a", 1));
  ASSERT_TRUE(announced);
  // As if an older process with this number had left it.
  std::string pid = std::to_string(::getpid());
  test::write_text(base.file("sotto/" + pid + "-9.json"),
                   "{\"pid\": " + pid + ", \"start_ticks\": 1, \"name\": \"old\"}");
  auto list = list_running(base.file("sotto"));
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ((*list)[0].name, "a");
}

TEST(Running, HostileFolders) {
  TemporaryFolder base;
  ASSERT_EQ(::mkdir(base.file("open").c_str(), 0777), 0);
  ASSERT_EQ(::chmod(base.file("open").c_str(), 0777), 0);
  EXPECT_EQ(Announcement::publish(base.file("open"), model("a", 1)).error().code, ErrorCode::kIo);
  EXPECT_EQ(list_running(base.file("open")).error().code, ErrorCode::kIo);
  ASSERT_EQ(::mkdir(base.file("mine").c_str(), 0700), 0);
  ASSERT_EQ(::symlink(base.file("mine").c_str(), base.file("link").c_str()), 0);
  EXPECT_FALSE(Announcement::publish(base.file("link"), model("a", 1)));
  EXPECT_FALSE(list_running(base.file("link")));
  EXPECT_EQ(files_in(base.file("mine")), 0u);
}

TEST(Running, DamagedEntriesAreLeftOut) {
  TemporaryFolder base;
  std::string folder = base.file("sotto");
  auto announced = Announcement::publish(folder, model("a", 1));
  test::write_text(folder + "/1.json", "{");
  test::write_text(folder + "/2.json", "{\"pid\": -4, \"start_ticks\": 1, \"name\": \"x\"}");
  test::write_text(folder + "/3.json", "{\"pid\": 99999999999, \"start_ticks\": 1, \"name\": \"x\"}");
  test::write_text(folder + "/4.json", std::string(100'000, ' '));
  ASSERT_EQ(::symlink("/etc/passwd", (folder + "/5.json").c_str()), 0);
  auto list = list_running(folder);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->size(), 1u);
}

}  // namespace
}  // namespace sotto::catalog
