// The index: what goes in comes out, and nothing that lies outside the file comes out.
#include "model/packed/index.h"

#include <gtest/gtest.h>

#include <functional>

#include "packed_model.h"

#include "base/checksum.h"

namespace sotto::model::packed {
namespace {

constexpr std::size_t kHeadBytes = 4096;

Index two_parts() {
  Index index;
  index.key = {1, 2, 3};
  index.source = {1000, 7, -5, 6};
  index.source_path = "/models/a.gguf";
  index.parts = {{"a", 0, 16, 32, kHeadBytes, 384, 11, 12}, {"b", 3, 1, 32, kHeadBytes + 384, 600, 13, 14}};
  return index;
}

// A whole file: the index, then the parts' bytes.
std::vector<std::byte> file_of(const Index& index, std::size_t bytes = kHeadBytes + 384 + 640) {
  std::vector<std::byte> file = encode(index);
  file.resize(bytes);
  return file;
}

Error error_of(const std::vector<std::byte>& file) {
  const auto index = parse(file, "x.packed");
  EXPECT_FALSE(index);
  return index ? Error{} : index.error();
}

TEST(PackedIndex, ComesBackAsItWas) {
  const Index index = two_parts();
  EXPECT_EQ(index.file_bytes(), kHeadBytes + 384 + 640);  // 600, to the next multiple of 64
  const auto found = parse(file_of(index), "x.packed");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(same_layout(*found, index));
  EXPECT_EQ(found->source, index.source);
  EXPECT_EQ(found->source_path, "/models/a.gguf");
  EXPECT_EQ(found->parts[1].offset, kHeadBytes + 384);
  EXPECT_EQ(found->parts[1].checksum, 13u);
  EXPECT_EQ(found->parts[1].source_checksum, 14u);
}

TEST(PackedIndex, NoBitOfTheHeadMayBeWrong) {
  const std::vector<std::byte> whole = file_of(two_parts());
  for (std::size_t i = 0; i < kHeadBytes; ++i) {
    std::vector<std::byte> file = whole;
    file[i] ^= std::byte{0x10};
    const Error error = error_of(file);
    EXPECT_NE(error.message.find("x.packed"), std::string::npos);
    const bool version = i >= 8 && i < 16;
    EXPECT_EQ(error.code, version ? ErrorCode::kUnsupported : ErrorCode::kBadFile) << i;
  }
}

TEST(PackedIndex, NoLengthMayBeWrong) {
  const std::vector<std::byte> whole = file_of(two_parts());
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, std::size_t{32}, kHeadBytes - 1, kHeadBytes,
                                 whole.size() - 1, whole.size() + 64})
    error_of(file_of(two_parts(), size));
}

// Checksums are no defence: whoever forges the index computes them too.
TEST(PackedIndex, PartsLieInOrderWithinTheFile) {
  const std::vector<std::function<void(Index&)>> forgeries = {
      [](Index& index) { index.parts[0].offset = 0; },                        // in the head
      [](Index& index) { index.parts[1].offset = kHeadBytes; },               // one over the other
      [](Index& index) { index.parts[1].offset += 64; },                      // a gap
      [](Index& index) { index.parts[1].bytes += 64; },                       // behind the end
      [](Index& index) { index.parts[1].bytes = ~std::uint64_t{0}; },         // the sum wraps round
      [](Index& index) { index.parts[1].bytes = ~std::uint64_t{0} - 4000; },  // and so does this
      [](Index& index) { index.parts[0].bytes = 0; },
      [](Index& index) { index.parts[0].packing = 99; },
      [](Index& index) { index.parts.pop_back(); },
      [](Index& index) { index.parts.push_back(index.parts[1]); },
  };
  for (const auto& forge : forgeries) {
    Index index = two_parts();
    forge(index);
    EXPECT_EQ(error_of(file_of(index)).code, ErrorCode::kBadFile);
  }
}

TEST(PackedIndex, NamesTheDamagedParts) {
  Index index = two_parts();
  std::vector<std::byte> file = file_of(index);
  for (Part& part : index.parts) part.checksum = base::Checksum::of(std::span(file).subspan(part.offset, part.bytes));
  EXPECT_TRUE(damaged_parts(index, file).empty());
  file[index.parts[1].offset + 599] = std::byte{1};
  EXPECT_EQ(damaged_parts(index, file), std::vector<std::string>{"b"});
}

TEST(PackedIndex, TheKeyIsOfTheBytesAndNotOfTheName) {
  const PackedModel model;
  const auto key = [](const std::string& path) { return key_of(*gguf::File::open(path)); };
  const Key first = key(model.path());
  std::filesystem::copy(model.path(), model.path() + ".copy");
  EXPECT_EQ(key(model.path() + ".copy"), first);
  model.write(2);
  EXPECT_NE(key(model.path()), first);
}

void write_part(const std::string& path, std::uint16_t no, std::byte weight) {
  gguf::Writer writer;
  writer.set("split.no", no);
  writer.set("split.count", std::uint16_t{2});
  writer.add_tensor("t" + std::to_string(no), gguf::TensorType::kF32, std::vector<std::uint64_t>{8});
  ASSERT_TRUE(writer.write(path, [&](std::size_t, const auto& sink) { return sink(std::vector(32, weight)); }));
}

TEST(PackedIndex, TheKeyOfASplitModelIsOfAllItsParts) {
  const support::ScratchFolder folder;
  const std::string first = folder.file("m-00001-of-00002.gguf"), second = folder.file("m-00002-of-00002.gguf");
  write_part(first, 0, std::byte{0});
  write_part(second, 1, std::byte{0});
  const auto key = [&] { return key_of(*gguf::File::open(first)); };
  const Key before = key();
  EXPECT_EQ(key(), before);
  std::filesystem::remove(second);
  write_part(second, 1, std::byte{1});
  EXPECT_NE(key(), before);
}

}  // namespace
}  // namespace sotto::model::packed
