// What the folder tells, and what it lets go.
#include "model/packed/folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>

#include "packed_model.h"

namespace sotto::model::packed {
namespace {

TEST(PackedFolder, IsMadeForThisUserAlone) {
  const PackedModel model;
  const auto none = Folder::open_existing(model.folder());
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  EXPECT_TRUE(Folder::open(model.folder()));
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(model.folder()).permissions(), perms::owner_all);
}

TEST(PackedFolder, IsNotReachedThroughALink) {
  const PackedModel model;
  std::filesystem::create_directories(model.folder() + ".real");
  std::filesystem::create_directory_symlink(model.folder() + ".real", model.folder());
  EXPECT_FALSE(Folder::open(model.folder()));
}

TEST(PackedFolder, OfAnotherUserIsRefused) {
  const PackedModel model;
  std::filesystem::create_directories(model.folder());
  if (::chown(model.folder().c_str(), 12345, static_cast<gid_t>(-1)) != 0) GTEST_SKIP() << "only root can give it away";
  const auto folder = Folder::open(model.folder());
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("another user"), std::string::npos);
}

TEST(PackedFolder, ListsAndPrunesWhatNoStartWillUse) {
  const PackedModel gone, here;
  start(here);
  start(gone.path(), {.folder = here.folder()});  // the same bytes: the same file
  const PackedModel other;
  other.write(2);
  start(other.path(), {.folder = here.folder()});
  const auto folder = Folder::open(here.folder());
  ASSERT_TRUE(folder);
  ASSERT_EQ(folder->list().size(), 2u);
  for (const Kept& kept : folder->list()) EXPECT_EQ(kept.problem, "");
  EXPECT_EQ(folder->prune(), 0u);

  std::filesystem::remove(other.path());
  std::ofstream(folder->file("junk.packed")) << "junk";
  int n_problems = 0;
  for (const Kept& kept : folder->list()) n_problems += !kept.problem.empty();
  EXPECT_EQ(n_problems, 2);
  EXPECT_GT(folder->prune(), 0u);
  EXPECT_EQ(folder->list().size(), 1u);
  EXPECT_FALSE(start(gone.path(), {.folder = here.folder()}).packed);
}

TEST(PackedFolder, VerifiesEveryByte) {
  const PackedModel model;
  start(model);
  const auto folder = Folder::open(model.folder());
  const Kept kept = folder->list().at(0);
  EXPECT_EQ(folder->verify(kept), "");
  {
    std::fstream file(kept.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-100, std::ios::end);
    file << "XYZ";
  }
  EXPECT_NE(folder->verify(kept).find("blk.2.ffn_down.weight"), std::string::npos) << folder->verify(kept);
}

TEST(PackedFolder, LeavesWhatIsBeingWritten) {
  const PackedModel model;
  const auto folder = Folder::open(model.folder());
  ASSERT_TRUE(folder);
  const auto locked = open_own(*folder, "a.packed.part", O_RDWR | O_CREAT);
  const auto left = open_own(*folder, "b.packed.part", O_RDWR | O_CREAT);
  ASSERT_TRUE(locked && left);
  ASSERT_EQ(::flock(locked->get(), LOCK_EX), 0);
  folder->remove_unfinished();
  EXPECT_EQ(model.files(".part"), std::vector{folder->file("a.packed.part")});
}

}  // namespace
}  // namespace sotto::model::packed
