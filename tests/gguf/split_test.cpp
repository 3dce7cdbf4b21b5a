// Models that are split over several files: those the `gguf` package writes, and those that do not fit together.
#include "gguf/split.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "gguf/bytes.h"
#include "gguf/file.h"
#include "support/python.h"

namespace sotto::gguf {
namespace {

TEST(SplitName, IsReadFromTheEndOfAPath) {
  const auto name = read_split_name("some/folder/big-00002-of-00013.gguf");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->stem, "some/folder/big");
  EXPECT_EQ(name->part, 2u);
  EXPECT_EQ(name->count, 13u);
  EXPECT_EQ(name->path_of(13), "some/folder/big-00013-of-00013.gguf");
  for (const char* other :
       {"", "big.gguf", "-00001-of-00002.gguf", "a/-00001-of-00002.gguf", "big-00000-of-00002.gguf",
        "big-00003-of-00002.gguf", "big-0001-of-0002.gguf", "big-00001-of-00002", "big-00001-of-00002.GGUF",
        "big-00001 of 00002.gguf", "big-+0001-of-00002.gguf", "big-00001-of-99999.gguf", "big_00001-of-00002.gguf"}) {
    EXPECT_FALSE(read_split_name(other)) << other;
  }
}

// A part with one tensor of 32 f32; each test changes what it is about.
struct PartFile {
  std::string name;
  int no = 0, count = 3, n_tensors = 3;
  std::string tensor;
  std::string architecture;
  float value = 0;

  Bytes bytes() const {
    Bytes out;
    const bool split = count >= 0, counted = n_tensors >= 0;
    out.header(1, (split ? 2u : 0u) + (counted ? 1u : 0u) + (architecture.empty() ? 0u : 1u));
    if (!architecture.empty()) out.key_text("general.architecture", architecture);
    if (split) out.text("split.no").u32(2).number(static_cast<std::uint16_t>(no));
    if (split) out.text("split.count").u32(2).number(static_cast<std::uint16_t>(count));
    if (counted) out.text("split.tensors.count").u32(5).number(n_tensors);
    out.tensor(tensor, {32}, 0, 0).align();
    for (int i = 0; i < 32; ++i) out.number(value);
    return out;
  }
};

std::vector<PartFile> three_parts() {
  return {{.name = "m-00001-of-00003.gguf", .tensor = "a", .architecture = "llama", .value = 1},
          {.name = "m-00002-of-00003.gguf", .no = 1, .tensor = "b", .value = 2},
          {.name = "m-00003-of-00003.gguf", .no = 2, .tensor = "c", .value = 3}};
}

class SplitTest : public testing::Test {
 protected:
  Result<File> open(const std::vector<PartFile>& parts, const std::string& name = "m-00001-of-00003.gguf") {
    for (const PartFile& part : parts) {
      std::ofstream out(folder.file(part.name), std::ios::binary);
      Bytes bytes = part.bytes();
      out << bytes.data();
    }
    return File::open(folder.file(name));
  }

  void expect_refused(const std::function<void(std::vector<PartFile>&)>& change, ErrorCode code,
                      const std::vector<std::string>& words, const std::string& name = "m-00001-of-00003.gguf") {
    std::filesystem::remove_all(folder.path());
    std::filesystem::create_directory(folder.path());
    auto parts = three_parts();
    change(parts);
    const auto file = open(parts, name);
    ASSERT_FALSE(file.has_value()) << words.front();
    EXPECT_EQ(file.error().code, code) << file.error().message;
    for (const std::string& word : words)
      EXPECT_NE(file.error().message.find(word), std::string::npos) << word << " in " << file.error().message;
  }

  support::ScratchFolder folder;
};

TEST_F(SplitTest, PartsOfTheGgufPackageAreOneFile) {
  ASSERT_EQ(support::run_python("oracle_gguf.py", {"split", folder.file("model.gguf")}), 0);
  const auto file = File::open(folder.file("model-00001-of-00004.gguf"));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 7u);
  EXPECT_EQ(file->others().size(), 3u);
  EXPECT_EQ(**file->string("general.name"), "in parts");
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) bytes += entry.file_size();
  EXPECT_EQ(file->size_bytes(), bytes);
  for (int i = 0; i < 7; ++i) {
    const Tensor* tensor = file->tensor("t" + std::to_string(i));
    ASSERT_NE(tensor, nullptr) << i;
    std::vector<float> values(32), expected(32, static_cast<float>(i));
    ASSERT_EQ(tensor->data.size(), 128u);
    std::memcpy(values.data(), tensor->data.data(), 128);
    EXPECT_EQ(values, expected);
    file->drop(tensor->data);
    std::memcpy(values.data(), tensor->data.data(), 128);
    EXPECT_EQ(values, expected) << "read again from its part";
  }
  const auto third = File::open(folder.file("model-00003-of-00004.gguf"));
  ASSERT_FALSE(third);
  EXPECT_NE(third.error().message.find("model-00001-of-00004.gguf"), std::string::npos) << third.error().message;
}

TEST_F(SplitTest, AMovedFileKeepsItsParts) {
  auto opened = open(three_parts());
  ASSERT_TRUE(opened) << opened.error().message;
  const File file = std::move(*opened);
  float value = 0;
  std::memcpy(&value, file.tensor("c")->data.data(), sizeof value);
  EXPECT_EQ(value, 3.0f);
  EXPECT_EQ(file.tensor("d"), nullptr);
}

TEST_F(SplitTest, FilesThatAreNotSplitMaySaySo) {
  for (const int count : {0, 1}) {
    const auto file = open({{.name = "whole.gguf", .count = count, .n_tensors = 1, .tensor = "a"}}, "whole.gguf");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_TRUE(file->others().empty());
  }
  EXPECT_TRUE(
      open({{.name = "w-00001-of-00002.gguf", .count = -1, .n_tensors = -1, .tensor = "a"}}, "w-00001-of-00002.gguf"))
      << "a name alone splits nothing";
}

TEST_F(SplitTest, TheNumberOfAllTensorsMayBeMissing) {
  auto parts = three_parts();
  for (PartFile& part : parts) part.n_tensors = -1;
  EXPECT_TRUE(open(parts));
}

TEST_F(SplitTest, MissingPartsAreNamed) {
  expect_refused([](auto& parts) { parts.pop_back(); }, ErrorCode::kNotFound,
                 {"m-00003-of-00003.gguf: missing, part 3 of 3", "m-00001-of-00003.gguf"});
  expect_refused([](auto& parts) { parts.erase(parts.begin()); }, ErrorCode::kNotFound, {"m-00001-of-00003.gguf"});
}

TEST_F(SplitTest, OnlyTheFirstPartIsOpened) {
  expect_refused(
      [](auto&) {}, ErrorCode::kBadFile,
      {"m-00002-of-00003.gguf: metadata \"split.no\": found 1, expected 0", "open ", "m-00001-of-00003.gguf"},
      "m-00002-of-00003.gguf");
}

TEST_F(SplitTest, TheNameLeadsToTheOtherParts) {
  for (const char* name : {"m.gguf", "m-00001-of-00002.gguf", "m-00002-of-00003.gguf"}) {
    expect_refused([&](auto& parts) { parts = {parts[0]}, parts[0].name = name; }, ErrorCode::kBadFile,
                   {"name of the file", name, "-00001-of-00003.gguf"}, name);
  }
}

TEST_F(SplitTest, NumbersOfPartsFitTogether) {
  expect_refused([](auto& parts) { parts[1].no = 2; }, ErrorCode::kBadFile,
                 {"m-00002-of-00003.gguf: metadata \"split.no\": found 2, expected 1"});
  expect_refused([](auto& parts) { parts[2].count = 4; }, ErrorCode::kBadFile,
                 {"m-00003-of-00003.gguf: metadata \"split.count\": found 4, expected 3"});
  expect_refused([](auto& parts) { parts[2].count = -1; }, ErrorCode::kBadFile,
                 {"m-00003-of-00003.gguf: metadata \"split.no\": found nothing, expected 2"});
  expect_refused([](auto& parts) { parts[0].count = 60'000; }, ErrorCode::kBadFile,
                 {"\"split.count\": found 60000, expected 1 to 1024"});
}

TEST_F(SplitTest, PartsOfAnotherModelAreRefused) {
  expect_refused([](auto& parts) { parts[1].n_tensors = 5; }, ErrorCode::kBadFile,
                 {"m-00002-of-00003.gguf: metadata \"split.tensors.count\": found 5, expected 3"});
  expect_refused([](auto& parts) { parts[1].architecture = "gemma3"; }, ErrorCode::kBadFile,
                 {"m-00002-of-00003.gguf: metadata \"general.architecture\": found \"gemma3\"", "\"llama\""});
  expect_refused([](auto& parts) { parts[2].tensor = "a"; }, ErrorCode::kBadFile, {"tensor", "\"a\" twice"});
  expect_refused(
      [](auto& parts) {
        for (auto& part : parts) part.n_tensors = 4;
      },
      ErrorCode::kBadFile, {"m-00001-of-00003.gguf: metadata \"split.tensors.count\": found 4, expected 3"});
}

TEST_F(SplitTest, DamagedPartsAreNamed) {
  ASSERT_TRUE(open(three_parts()));
  for (const std::uintmax_t size : {0u, 3u, 20u, 90u, 200u}) {
    std::filesystem::resize_file(folder.file("m-00002-of-00003.gguf"), size);
    const auto file = File::open(folder.file("m-00001-of-00003.gguf"));
    ASSERT_FALSE(file) << size;
    EXPECT_NE(file.error().message.find("m-00002-of-00003.gguf: "), std::string::npos) << file.error().message;
  }
  Bytes text;
  text.header(1, 1).key_text("split.count", "three").tensor("a", {1}, 0, 0).align().zeros(4);
  std::ofstream(folder.file("x-00001-of-00003.gguf"), std::ios::binary) << text.data();
  EXPECT_EQ(File::open(folder.file("x-00001-of-00003.gguf")).error().code, ErrorCode::kBadFile);
}

// Bytes alone have no neighbours.
TEST_F(SplitTest, AParsedPartIsReadAlone) {
  const Bytes bytes = three_parts()[1].bytes();
  const auto file = File::parse(bytes.span(), "m.gguf");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tensors().size(), 1u);
}

}  // namespace
}  // namespace sotto::gguf
