// A file appears whole or not at all.
#include "model/packed/writer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "packed_model.h"

namespace sotto::model::packed {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(PackedWriter, AppearsOnCommit) {
  const PackedModel model;
  const auto folder = Folder::open(model.folder());
  ASSERT_TRUE(folder);
  {
    auto writer = Writer::begin(*folder, "a.packed", 6);
    ASSERT_TRUE(writer && *writer);
    ASSERT_TRUE((*writer)->write(bytes_of("def"), 3));
    ASSERT_TRUE((*writer)->write(bytes_of("abc"), 0));
    EXPECT_TRUE(model.files(".packed").empty());
    ASSERT_TRUE((*writer)->commit("a.packed"));
  }
  std::ifstream file(folder->file("a.packed"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "abcdef");
  EXPECT_EQ(model.files("").size(), 1u);
}

TEST(PackedWriter, LeavesNothingWithoutCommit) {
  const PackedModel model;
  const auto folder = Folder::open(model.folder());
  {
    auto writer = Writer::begin(*folder, "a.packed", 6);
    ASSERT_TRUE(writer && *writer);
    ASSERT_TRUE((*writer)->write(bytes_of("abc"), 0));
    EXPECT_EQ(model.files(".part").size(), 1u);
  }
  EXPECT_TRUE(model.files("").empty());
}

TEST(PackedWriter, WaitsForAnotherOnlyAsLongAsItMay) {
  const PackedModel model;
  const auto folder = Folder::open(model.folder());
  const auto first = Writer::begin(*folder, "a.packed", 6);
  ASSERT_TRUE(first && *first);
  int n_asked = 0;
  const auto three_times = [&n_asked]() -> Result<void> {
    return ++n_asked < 3 ? Result<void>() : Unexpected(ErrorCode::kCancelled, "stopped");
  };
  const auto second = Writer::begin(*folder, "a.packed", 6, three_times);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(n_asked, 3);
  EXPECT_EQ(model.files(".part").size(), 1u);  // of the first
}

TEST(PackedWriter, AsksForTheRoomFirst) {
  const PackedModel model;
  const auto folder = Folder::open(model.folder());
  const auto writer = Writer::begin(*folder, "a.packed", std::uint64_t{1} << 61);  // no disk has that
  ASSERT_FALSE(writer);
  EXPECT_NE(writer.error().message.find("room"), std::string::npos) << writer.error().message;
  EXPECT_TRUE(model.files("").empty());
}

}  // namespace
}  // namespace sotto::model::packed
