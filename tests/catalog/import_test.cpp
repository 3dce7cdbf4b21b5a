#include <sys/stat.h>

#include <gtest/gtest.h>

#include "catalog/server.h"
#include "catalog/sha256.h"
#include "catalog/split_parts.h"
#include "catalog/store.h"
#include "gguf/file.h"

namespace sotto::catalog {
namespace {

using test::Server;
using test::TemporaryFolder;
using test::write_text;

TEST(Import, UnderTheFilesOwnName) {
  TemporaryFolder models;
  Store store(models.path());
  auto model = store.import(Server::get().model_path(), {});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->path, models.file(Server::get().model_file));
  EXPECT_EQ(model->name, "tiny-model.q4_1");
  EXPECT_EQ(model->license, "apache-2.0");
  EXPECT_EQ(model->sha256, Server::get().model_sha256);
  EXPECT_EQ(*sha256_of_file(model->path), Server::get().model_sha256);
  EXPECT_EQ(model->source, Server::get().model_path());
  EXPECT_TRUE(store.resolve("tiny-model.q4_1"));
  EXPECT_FALSE(std::filesystem::exists(models.file(".partial")));
}

TEST(Import, SaysHowFarItIsAndStopsWhenTold) {
  TemporaryFolder models;
  const Store store(models.path());
  std::uint64_t last = 0, total = 0;
  ImportOptions options;
  options.on_progress = [&](std::uint64_t done, std::uint64_t of) {
    EXPECT_GE(done, last);
    last = done;
    total = of;
  };
  ASSERT_TRUE(store.import(Server::get().model_path(), options));
  EXPECT_GT(total, 0u);
  EXPECT_EQ(last, total);
  const std::atomic<bool> cancel = true;
  options = {.name = "another"};
  options.cancel = &cancel;
  EXPECT_EQ(store.import(Server::get().model_path(), options).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(store.list()->size(), 1u);
}

TEST(Import, UnderAGivenName) {
  TemporaryFolder models;
  Store store(models.path());
  auto model = store.import(Server::get().model_path(), {.name = "Mine:Fine", .license = "MIT"});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->name, "mine:fine");
  EXPECT_EQ(model->path, models.file("mine-fine.gguf"));
  EXPECT_EQ(model->license, "MIT");
  auto again = store.import(Server::get().model_path(), {.name = "mine:fine"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kBadRequest);
  EXPECT_NE(again.error().message.find("sotto rm mine:fine"), std::string::npos);
}

TEST(Import, SharesTheBytesWhenAsked) {
  TemporaryFolder models;
  std::filesystem::copy_file(Server::get().model_path(), models.file("original"));
  auto model = Store(models.file("store")).import(models.file("original"), {.name = "linked", .hard_link = true});
  ASSERT_TRUE(model) << model.error().message;
  struct stat a, b;
  ASSERT_EQ(::stat(models.file("original").c_str(), &a), 0);
  ASSERT_EQ(::stat(model->path.c_str(), &b), 0);
  EXPECT_EQ(a.st_ino, b.st_ino);
}

// The number of tensors that the model has, all parts together; 0 when it cannot be opened.
std::size_t n_tensors(const std::string& path) {
  const auto file = gguf::File::open(path);
  return file ? file->tensors().size() : 0;
}

TEST(Import, AllPartsOfASplitModel) {
  TemporaryFolder home;
  std::filesystem::create_directory(home.file("from"));
  test::write_parts(home.file("from"));
  const Store store(home.file("models"));
  const std::string first = home.file("from/" + test::part_name(1));
  auto model = store.import(first, {});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->name, "parts");
  EXPECT_EQ(model->path, home.file("models/" + test::part_name(1)));
  EXPECT_EQ(n_tensors(model->path), test::kSplitParts);
  auto named = store.import(first, {.name = "other:1b", .hard_link = true});
  ASSERT_TRUE(named) << named.error().message;
  EXPECT_EQ(named->path, home.file("models/other-1b-00001-of-00003.gguf"));
  EXPECT_EQ(named->file_bytes, model->file_bytes);
  EXPECT_EQ(n_tensors(named->path), test::kSplitParts);
  EXPECT_EQ(store.list()->size(), 2u);
  EXPECT_EQ(store.locate("other:1b").value(), named->path);
  EXPECT_EQ(store.locate("Other-1b-00001-of-00003.gguf").value(), named->path);
  ASSERT_TRUE(store.remove("other-1b-00001-of-00003.gguf"));
  ASSERT_TRUE(store.remove("parts"));
  EXPECT_TRUE(std::filesystem::is_empty(home.file("models")));
}

TEST(Import, ASplitModelWithoutAPartOrByALaterOne) {
  TemporaryFolder home;
  test::write_parts(home.path());
  const Store store(home.file("models"));
  const auto later = store.import(home.file(test::part_name(2)), {});
  ASSERT_FALSE(later);
  EXPECT_NE(later.error().message.find("open "), std::string::npos) << later.error().message;
  std::filesystem::remove(home.file(test::part_name(3)));
  const auto missing = store.import(home.file(test::part_name(1)), {});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find(test::part_name(3)), std::string::npos) << missing.error().message;
  EXPECT_FALSE(std::filesystem::exists(home.file("models/" + test::part_name(1))));
}

TEST(Import, RefusesWhatIsNoModel) {
  TemporaryFolder models;
  Store store(models.path());
  write_text(models.file("junk.bin"), "junk");
  EXPECT_EQ(store.import(models.file("junk.bin"), {.name = "junk"}).error().code, ErrorCode::kBadFile);
  EXPECT_EQ(store.import(models.file("absent.gguf"), {}).error().code, ErrorCode::kNotFound);
  for (const char* bad : {"../escape", "a/b", ".hidden", "a b"}) {
    EXPECT_EQ(store.import(Server::get().model_path(), {.name = bad}).error().code, ErrorCode::kBadRequest) << bad;
  }
  EXPECT_TRUE(store.list()->empty());
  EXPECT_FALSE(std::filesystem::exists(models.file("escape.gguf")));
}

TEST(Import, DoesNotOverwriteAStrangersFile) {
  TemporaryFolder models;
  // It has another name in the catalog's eyes, but the file's place is taken.
  write_text(models.file("mine.gguf"), "a stranger's file");
  write_text(models.file("mine.gguf.json"), "{\"name\": \"other\", \"bytes\": 17}");
  auto model = Store(models.path()).import(Server::get().model_path(), {.name = "mine"});
  ASSERT_FALSE(model);
  EXPECT_EQ(test::read_text(models.file("mine.gguf")), "a stranger's file");
}

}  // namespace
}  // namespace sotto::catalog
