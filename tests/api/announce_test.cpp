#include "api/announce.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "catalog/running.h"
#include "support/temporary_folder.h"

namespace sotto::api {
namespace {

TEST(Announcer, OthersSeeWhatIsLoaded) {
  const support::TemporaryFolder folder;
  const Announcer announce(folder.file("running"), {});
  const LoadedModel a{.name = "a", .path = "/a.gguf", .bytes = 7, .ctx_tokens = 9}, b{.name = "b", .path = "/b.gguf"};
  announce(a, true);
  announce(b, true);
  const auto both = catalog::list_running(folder.file("running"));
  ASSERT_TRUE(both);
  ASSERT_EQ(both->size(), 2u);
  announce(b, false);
  const auto one = catalog::list_running(folder.file("running"));
  ASSERT_EQ(one->size(), 1u);
  EXPECT_EQ((*one)[0].name, "a");
  EXPECT_EQ((*one)[0].pid, ::getpid());
  EXPECT_EQ((*one)[0].memory_bytes, 7u);
  EXPECT_EQ((*one)[0].ctx_tokens, 9);
}

TEST(Announcer, AFolderThatCannotBeMadeIsNoted) {
  const support::TemporaryFolder folder;
  folder.write("file", "x");
  std::vector<std::string> notes;
  const Announcer announce(folder.file("file") + "/running", [&](std::string_view note) { notes.emplace_back(note); });
  announce({.name = "a"}, true);
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0], "loaded a");
  announce({.name = "a"}, false);
}

}  // namespace
}  // namespace sotto::api
