#include "catalog/model_copy.h"

#include <gtest/gtest.h>

#include "catalog/sha256.h"
#include "catalog/support.h"

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

  Result<void> place() {
    auto workspace = Workspace::open(home.file("to"), "a", [] { return false; });
    if (!workspace) return forward_error(workspace);
    auto placed = place_files(files, *workspace, /*hard_link=*/false);
    workspace->clear();
    return placed;
  }

  bool is_there(const std::string& name) const { return std::filesystem::exists(home.file("to/" + name)); }

  TemporaryFolder home;
  std::vector<FileCopy> files;
};

TEST_F(PlaceFiles, AllOfThem) {
  ASSERT_TRUE(place());
  for (const char* name : {"a", "b", "c"})
    EXPECT_EQ(read_text(home.file(std::string("to/") + name)), std::string("bytes of ") + name);
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
  ASSERT_FALSE(place());
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
