#include "gguf/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "support/python.h"

namespace sotto::gguf {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string content(const std::string& path) {
  const auto bytes = support::read_values<char>(path);
  return {bytes.begin(), bytes.end()};
}

std::size_t n_files(const support::ScratchFolder& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()));
}

TEST(AtomicFile, AppearsOnCommitAndReplaces) {
  support::ScratchFolder folder;
  const std::string path = folder.file("out");
  support::write_values<char>(path, {'o', 'l', 'd'});
  {
    auto file = AtomicFile::create(path);
    ASSERT_TRUE(file.has_value()) << file.error().message;
    ASSERT_TRUE(file->write(bytes_of("new ")).has_value());
    ASSERT_TRUE(file->write(bytes_of("text")).has_value());
    EXPECT_EQ(content(path), "old");
    ASSERT_TRUE(file->commit().has_value());
  }
  EXPECT_EQ(content(path), "new text");
  EXPECT_EQ(n_files(folder), 1u);
}

TEST(AtomicFile, WithoutCommitNothingIsLeft) {
  support::ScratchFolder folder;
  {
    auto file = AtomicFile::create(folder.file("out"));
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->write(bytes_of("half")).has_value());
    EXPECT_EQ(n_files(folder), 1u);
  }
  EXPECT_EQ(n_files(folder), 0u);
}

TEST(AtomicFile, TwoWritersDoNotMeet) {
  support::ScratchFolder folder;
  const std::string path = folder.file("out");
  auto first = AtomicFile::create(path);
  auto second = AtomicFile::create(path);
  ASSERT_TRUE(first.has_value() && second.has_value());
  ASSERT_TRUE(first->write(bytes_of("first")).has_value());
  ASSERT_TRUE(second->write(bytes_of("second")).has_value());
  ASSERT_TRUE(second->commit().has_value());
  EXPECT_EQ(content(path), "second");
  ASSERT_TRUE(first->commit().has_value());
  EXPECT_EQ(content(path), "first");
}

TEST(AtomicFile, ErrorsNameTheFileAndTheReason) {
  support::ScratchFolder folder;
  const auto missing = AtomicFile::create(folder.file("no/out"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("no/out"), std::string::npos);

  std::filesystem::create_directory(folder.file("taken"));
  auto file = AtomicFile::create(folder.file("taken"));
  ASSERT_TRUE(file.has_value());
  const auto committed = file->commit();
  ASSERT_FALSE(committed.has_value());
  EXPECT_EQ(committed.error().code, ErrorCode::kIo);
}

// A limit on the size of files stands for a full disk.
TEST(AtomicFile, WritesThatTheSystemRefusesAreErrors) {
  support::ScratchFolder folder;
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const rlimit small{1'000'000, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  {
    auto file = AtomicFile::create(folder.file("out"));
    ASSERT_TRUE(file.has_value());
    const std::string megabytes(2'000'000, 'x');
    const auto written = file->write(bytes_of(megabytes));
    const auto committed = file->commit();
    ASSERT_FALSE(committed.has_value());
    const Error& error = written.has_value() ? committed.error() : written.error();
    EXPECT_EQ(error.code, ErrorCode::kIo);
    EXPECT_NE(error.message.find("cannot write"), std::string::npos) << error.message;
  }
  EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(n_files(folder), 0u);
}

}  // namespace
}  // namespace sotto::gguf
