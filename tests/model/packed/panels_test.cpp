// A start that finds packed weights computes what a start that packs computes, whatever happened to the files.
#include "model/packed/panels.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>

#include "model/packed/folder.h"
#include "packed_model.h"

namespace sotto::model::packed {
namespace {

// A few bytes of a file, overwritten.
void overwrite(const std::string& path, std::int64_t offset, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset, offset < 0 ? std::ios::end : std::ios::beg);
  file << bytes;
}

void touch(const std::string& path, std::chrono::seconds by) {
  std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + by);
}

TEST(Panels, LaterStartsPackNothing) {
  const PackedModel model;
  const std::vector<float> right = right_logits(model);
  for (const std::uint64_t copied_bytes : {kCopiedBytes, std::uint64_t{0}}) {  // copied, then mapped
    const PackedModel fresh;
    const Options options{.folder = fresh.folder(), .copied_bytes = copied_bytes};
    for (const bool first : {true, false, false}) {
      const Start begun = start(fresh.path(), options);
      EXPECT_EQ(begun.packed, first);
      EXPECT_EQ(begun.logits, right);
      EXPECT_EQ(begun.warning, "");
    }
    EXPECT_EQ(fresh.files(".packed").size(), 1u);
    EXPECT_EQ(fresh.files("").size(), 1u);
  }
}

TEST(Panels, WithoutAFolderNothingIsWritten) {
  const PackedModel model;
  EXPECT_TRUE(start(model.path(), {}).packed);
  EXPECT_TRUE(model.files("").empty());
}

TEST(Panels, AReplacedModelIsPackedAnewAndTheOldFileGoes) {
  const PackedModel model;
  const std::vector<float> before = start(model).logits;
  const std::string old_file = model.files(".packed").at(0);
  model.write(2);
  touch(model.path(), std::chrono::seconds(5));
  const Start after = start(model);
  EXPECT_TRUE(after.packed);
  EXPECT_NE(after.logits, before);
  EXPECT_EQ(after.logits, right_logits(model));
  EXPECT_EQ(model.files(".packed").size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(old_file));
}

TEST(Panels, AMovedOrTouchedModelIsReadOnceAndNotPackedAgain) {
  const PackedModel model;
  start(model);
  touch(model.path(), std::chrono::seconds(5));
  EXPECT_FALSE(start(model).packed);
  const std::string moved = model.path() + ".moved";
  std::filesystem::rename(model.path(), moved);
  EXPECT_FALSE(start(moved, {.folder = model.folder()}).packed);
  const auto folder = Folder::open(model.folder());
  ASSERT_TRUE(folder);
  ASSERT_EQ(folder->list().size(), 1u);
  EXPECT_EQ(folder->list()[0].source_path, moved);
  EXPECT_EQ(folder->list()[0].problem, "");
}

// Some weights, away from the samples that the key is of: same key, other bytes.
TEST(Panels, AnEditedModelOfTheSameKeyIsPackedAnew) {
  const PackedModel model(4096);  // large enough that the samples leave most of it out
  start(model);
  const std::vector<std::string> names = model.files(".packed");
  const auto key = [&] { return key_of(*gguf::File::open(model.path())); };
  const Key before = key();
  std::int64_t edited = -40000;
  overwrite(model.path(), edited, "\x11\x22\x33\x44");
  for (; key() != before; overwrite(model.path(), edited, "\x11\x22\x33\x44")) {
    model.write(1);
    edited -= 1000;
    ASSERT_GT(edited, -80000);
  }
  const Start after = start(model);
  EXPECT_TRUE(after.packed);
  EXPECT_EQ(after.logits, right_logits(model));
  EXPECT_EQ(model.files(".packed"), names);
}

TEST(Panels, ADamagedFileIsReplaced) {
  const PackedModel model;
  const std::vector<float> right = start(model).logits;
  const std::string path = model.files(".packed").at(0);
  const auto size = std::filesystem::file_size(path);
  const std::vector<std::function<void()>> damages = {
      [&] { std::filesystem::resize_file(path, 0); },
      [&] { std::filesystem::resize_file(path, 20); },
      [&] { std::filesystem::resize_file(path, size - 64); },
      [&] { std::filesystem::resize_file(path, size + 64); },
      [&] { overwrite(path, 0, "X"); },
      [&] { overwrite(path, 8, "\x7f"); },     // the layout's version
      [&] { overwrite(path, 16, "\x01"); },    // the length of the head
      [&] { overwrite(path, 300, "hello"); },  // the index
      [&] {
        std::filesystem::permissions(path, std::filesystem::perms::others_write, std::filesystem::perm_options::add);
      },
      [&] {
        std::filesystem::remove(path);
        std::filesystem::create_symlink(model.path(), path);
      },
      [&] {
        std::filesystem::remove(path);
        ::mkfifo(path.c_str(), 0600);
      },
  };
  for (const auto& damage : damages) {
    damage();
    const Start begun = start(model);
    EXPECT_TRUE(begun.packed);
    EXPECT_EQ(begun.warning, "");
    EXPECT_EQ(begun.logits, right);
    EXPECT_FALSE(start(model).packed);
  }
}

TEST(Panels, AFolderThatOthersMayWriteIsNotUsed) {
  const PackedModel model;
  std::filesystem::create_directories(model.folder());
  std::filesystem::permissions(model.folder(), std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  const Start begun = start(model);
  EXPECT_NE(begun.warning.find("other users may write"), std::string::npos) << begun.warning;
  EXPECT_EQ(begun.logits, right_logits(model));
  EXPECT_TRUE(model.files("").empty());
}

TEST(Panels, AFolderThatCannotBeMadeIsNoError) {
  const PackedModel model;
  const Start begun = start(model.path(), {.folder = model.path() + "/packed"});  // below a file
  EXPECT_NE(begun.warning, "");
  EXPECT_EQ(begun.logits, right_logits(model));
}

TEST(Panels, WithoutRoomWeightsArePackedInMemory) {
  const PackedModel model;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit little{16384, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  const Start begun = start(model);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_NE(begun.warning.find("16384"), std::string::npos) << begun.warning;
  EXPECT_EQ(begun.logits, right_logits(model));
  EXPECT_TRUE(model.files("").empty());
  EXPECT_TRUE(start(model).packed);
  EXPECT_FALSE(start(model).packed);
}

TEST(Panels, PackingCanBeRefused) {
  const PackedModel model;
  const auto file = gguf::File::open(model.path());
  ASSERT_TRUE(file);
  bool packed = false;
  const auto refuse = [] { return Unexpected(ErrorCode::kUnsupported, "not this one"); };
  for (const std::string& folder : {model.folder(), std::string()}) {
    const Options options{.folder = folder, .progress = [&packed](int) { packed = true; }, .may_pack = refuse};
    const auto loaded = Model::load(*file, {.threads = 2, .keep = options});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().message, "not this one");
  }
  EXPECT_FALSE(packed);
  EXPECT_TRUE(model.files("").empty());
  start(model);
  EXPECT_TRUE(Model::load(*file, {.threads = 2, .keep = {.folder = model.folder(), .may_pack = refuse}}));
}

TEST(Panels, PackingThatIsStoppedLeavesNothing) {
  const PackedModel model;
  const auto file = gguf::File::open(model.path());
  ASSERT_TRUE(file);
  for (const std::string& folder : {model.folder(), std::string()}) {
    int n_packed = 0;
    const auto stop = [&n_packed]() -> Result<void> {
      return n_packed < 3 ? Result<void>() : Unexpected(ErrorCode::kCancelled, "stopped");
    };
    const Options options{.folder = folder, .progress = [&n_packed](int) { ++n_packed; }, .may_go_on = stop};
    const auto loaded = Model::load(*file, {.threads = 2, .keep = options});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::kCancelled);
    EXPECT_EQ(n_packed, 3);
    EXPECT_TRUE(model.files("").empty());
  }
  EXPECT_EQ(start(model).logits, right_logits(model));
}

TEST(Panels, AStartThatPacksNothingIsStoppedToo) {
  const PackedModel model;
  const std::vector<float> right = start(model).logits;
  const auto stopped = [&](std::uint64_t copied_bytes) {
    const auto stop = [] { return Unexpected(ErrorCode::kCancelled, "stopped"); };
    const auto file = gguf::File::open(model.path());
    const auto loaded = Model::load(
        *file, {.threads = 2, .keep = {.folder = model.folder(), .copied_bytes = copied_bytes, .may_go_on = stop}});
    return !loaded && loaded.error().code == ErrorCode::kCancelled;
  };
  EXPECT_TRUE(stopped(kCopiedBytes)) << "while it copies";
  EXPECT_FALSE(stopped(0)) << "mapping takes no time";
  touch(model.path(), std::chrono::seconds(5));
  EXPECT_TRUE(stopped(0)) << "while it compares";
  const Start after = start(model);
  EXPECT_FALSE(after.packed);
  EXPECT_EQ(after.logits, right);
}

}  // namespace
}  // namespace sotto::model::packed
