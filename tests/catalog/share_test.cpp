#include "catalog/share.h"

#include <gtest/gtest.h>

#include "catalog/server.h"
#include "catalog/sidecar.h"

namespace sotto::catalog {
namespace {

using test::Server;
using test::TemporaryFolder;
using test::tiny_entry;

TEST(Share, AFileWithTheSameBytesIsLinked) {
  TemporaryFolder models;
  ASSERT_TRUE(Store(models.path()).import(Server::get().model_path(), {.name = "mine"}));
  auto shared = share_stored(tiny_entry(), models.path());
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->model.name, "tiny:1m");
  EXPECT_EQ(shared->model.license, "MIT");
  EXPECT_EQ(shared->model.sha256, Server::get().model_sha256);
  EXPECT_EQ(shared->other_name, "mine");
  EXPECT_TRUE(std::filesystem::equivalent(models.file("mine.gguf"), models.file("tiny.gguf")));
  EXPECT_FALSE(share_stored(tiny_entry(), models.path())) << "its place is taken";
}

TEST(Share, AFileWithoutASidecarIsReadToo) {
  TemporaryFolder models;
  std::filesystem::copy_file(Server::get().model_path(), models.file("by-hand.gguf"));
  EXPECT_TRUE(share_stored(tiny_entry(), models.path()));
}

TEST(Share, OtherBytesAreNot) {
  TemporaryFolder models;
  EXPECT_FALSE(share_stored(tiny_entry(), models.path()));
  std::string bytes = test::read_text(Server::get().model_path());
  bytes.back() ^= 1;
  test::write_text(models.file("damaged.gguf"), bytes);
  // A sidecar that is no longer true.
  ASSERT_TRUE(write_sidecar(models.file("damaged.gguf"),
                            {.name = "damaged", .sha256 = Server::get().model_sha256, .bytes = bytes.size()}));
  EXPECT_FALSE(share_stored(tiny_entry(), models.path()));
  EXPECT_FALSE(std::filesystem::exists(models.file("tiny.gguf")));
  Entry unpinned = tiny_entry();
  unpinned.sha256.clear();
  EXPECT_FALSE(share_stored(unpinned, models.path()));
}

}  // namespace
}  // namespace sotto::catalog
