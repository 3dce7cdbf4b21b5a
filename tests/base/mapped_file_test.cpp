#include "base/mapped_file.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include "support/python.h"

namespace sotto::base {
namespace {

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(MappedFile, ShowsTheBytesOfTheFile) {
  support::ScratchFolder folder;
  support::write_values<char>(folder.file("f"), {'s', 'o', 't', 't', 'o'});
  const auto file = MappedFile::open(folder.file("f"));
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(text_of(file->bytes()), "sotto");
  EXPECT_EQ(file->path(), folder.file("f"));
}

TEST(MappedFile, AnEmptyFileHasNoBytes) {
  support::ScratchFolder folder;
  support::write_values<char>(folder.file("f"), {});
  const auto file = MappedFile::open(folder.file("f"));
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_TRUE(file->bytes().empty());
}

TEST(MappedFile, MovingKeepsTheAddresses) {
  support::ScratchFolder folder;
  support::write_values<char>(folder.file("f"), {'a', 'b'});
  auto opened = MappedFile::open(folder.file("f"));
  ASSERT_TRUE(opened.has_value());
  const std::byte* address = opened->bytes().data();
  MappedFile moved = std::move(*opened);
  EXPECT_EQ(moved.bytes().data(), address);
  MappedFile assigned;
  assigned = std::move(moved);
  EXPECT_EQ(assigned.bytes().data(), address);
  EXPECT_EQ(text_of(assigned.bytes()), "ab");
}

TEST(MappedFile, DroppedPagesAreReadAgain) {
  support::ScratchFolder folder;
  std::vector<char> content(5 * 4'096 + 7);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 / 7);
  support::write_values(folder.file("f"), content);
  const auto file = MappedFile::open(folder.file("f"));
  ASSERT_TRUE(file.has_value());
  file->drop(file->bytes());
  file->drop(file->bytes().subspan(100, 9'000));
  file->drop(file->bytes().subspan(10, 20));
  file->drop(file->bytes().first(0));
  EXPECT_EQ(text_of(file->bytes()), std::string(content.begin(), content.end()));
}

TEST(MappedFile, KnowsAnotherFileByItsId) {
  support::ScratchFolder folder;
  const auto id = [&](const char* name) { return MappedFile::open(folder.file(name))->id(); };
  support::write_values(folder.file("a"), std::vector<char>{'a', 'b'});
  support::write_values(folder.file("b"), std::vector<char>{'a', 'b'});
  const FileId first = id("a");
  EXPECT_EQ(first.size_bytes, 2u);
  EXPECT_EQ(id("a"), first);
  EXPECT_NE(id("b"), first);
  using namespace std::chrono_literals;
  std::filesystem::last_write_time(folder.file("a"), std::filesystem::last_write_time(folder.file("a")) + 1s);
  EXPECT_EQ(id("a").modified_ns, first.modified_ns + 1'000'000'000);
}

TEST(MappedFile, ErrorsNameTheFile) {
  support::ScratchFolder folder;
  const auto absent = MappedFile::open(folder.file("absent"));
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_NE(absent.error().message.find(folder.file("absent")), std::string::npos);

  const auto directory = MappedFile::open(folder.path().string());
  ASSERT_FALSE(directory.has_value());
  EXPECT_EQ(directory.error().code, ErrorCode::kIo);

  const auto device = MappedFile::open("/dev/null");
  ASSERT_FALSE(device.has_value());
  EXPECT_NE(device.error().message.find("not a regular file"), std::string::npos);
}

}  // namespace
}  // namespace sotto::base
