#include "gguf/file.h"

#include <gtest/gtest.h>

#include "gguf/bytes.h"
#include "support/python.h"

namespace sotto::gguf {
namespace {

void expect_refused(const Bytes& bytes, ErrorCode code, const std::vector<std::string>& words) {
  const auto file = File::parse(bytes.span(), "m.gguf");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, code);
  const std::string& message = file.error().message;
  EXPECT_EQ(message.find("m.gguf: "), 0u) << message;
  for (const std::string& word : words) EXPECT_NE(message.find(word), std::string::npos) << word << " in " << message;
}

TEST(File, ReadsMetadataAndTensors) {
  const Bytes bytes = sample_file();
  const auto file = File::parse(bytes.span(), "m.gguf");
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(file->path(), "m.gguf");
  EXPECT_EQ(file->version(), 3u);
  EXPECT_EQ(file->size_bytes(), bytes.size());
  ASSERT_EQ(file->metadata().size(), 5u);
  EXPECT_EQ(file->metadata()[1].first, "llama.block_count");
  ASSERT_EQ(file->tensors().size(), 3u);
  const Tensor* c = file->tensor("c");
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->n_values(), 6u);
  EXPECT_EQ(c->n_rows(), 2u);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(c->data.data()), c->data.size()), "twelve bytes");
  EXPECT_EQ(file->tensor("d"), nullptr);
  ASSERT_NE(file->find("flag"), nullptr);
  EXPECT_EQ(std::get<bool>(*file->find("flag")), true);
  EXPECT_EQ(file->find("flags"), nullptr);
  EXPECT_EQ(file->find(""), nullptr);
}

TEST(File, Version2IsReadAsVersion3) {
  Bytes bytes;
  bytes.header(0, 1, 2).key_text("general.architecture", "llama");
  const auto file = File::parse(bytes.span(), "m.gguf");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->version(), 2u);
}

TEST(File, FilesWithoutTensorsOrMetadataAreWhole) {
  Bytes empty, vocabulary;
  empty.header(0, 0);
  EXPECT_TRUE(File::parse(empty.span(), "m.gguf").has_value());
  vocabulary.header(0, 1).key_text("tokenizer.ggml.model", "gpt2");
  const auto file = File::parse(vocabulary.span(), "m.gguf");
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(file->tensors().empty());
}

TEST(File, OtherVersionsSayWhatToDo) {
  const auto versioned = [](std::uint32_t version) {
    Bytes bytes;
    return bytes.header(0, 0, version);
  };
  expect_refused(versioned(0), ErrorCode::kBadFile, {"version", "found 0", "2 or 3"});
  expect_refused(versioned(1), ErrorCode::kUnsupported, {"version", "found 1", "convert"});
  expect_refused(versioned(4), ErrorCode::kUnsupported, {"version", "found 4", "newer"});
  expect_refused(versioned(~0u), ErrorCode::kUnsupported, {"version", "4294967295"});
  expect_refused(versioned(3u << 24), ErrorCode::kUnsupported, {"byte order", "big-endian (version 3)", "convert"});
  expect_refused(versioned(2u << 24), ErrorCode::kUnsupported, {"byte order", "big-endian (version 2)"});
}

TEST(File, OtherFormatsAreNamed) {
  const auto beginning = [](std::string_view magic) {
    Bytes bytes;
    return bytes.raw(magic).zeros(60);
  };
  expect_refused(beginning("ABCD"), ErrorCode::kBadFile, {"magic", "\"ABCD\"", "GGUF"});
  expect_refused(beginning("PK\x03\x04"), ErrorCode::kBadFile, {"zip", "runs code", "safetensors"});
  expect_refused(beginning("\x80\x02}q"), ErrorCode::kBadFile, {"pickle", "runs code", "safetensors"});
  expect_refused(beginning("version https://"), ErrorCode::kBadFile, {"Git LFS"});
  expect_refused(beginning("<!DOCTYPE html>"), ErrorCode::kBadFile, {"web page"});
  expect_refused(beginning("tjgg"), ErrorCode::kBadFile, {"GGJT"});
  expect_refused(Bytes().raw("GG"), ErrorCode::kBadFile, {"magic", "2 bytes"});
  expect_refused(Bytes(), ErrorCode::kBadFile, {"magic", "0 bytes"});
}

TEST(File, NamesStandOnce) {
  Bytes keys, tensors;
  keys.header(0, 3).key_u32("a", 1).key_u32("b", 2).key_u32("a", 1);
  expect_refused(keys, ErrorCode::kBadFile, {"metadata key", "\"a\" twice"});
  tensors.header(2, 0).tensor("w", {8}, 0, 0).tensor("w", {8}, 0, 32).align().zeros(64);
  expect_refused(tensors, ErrorCode::kBadFile, {"tensor", "\"w\" twice"});
}

TEST(File, AlignmentIsAPowerOfTwo) {
  const auto aligned = [](std::uint32_t alignment, std::size_t padding) {
    Bytes bytes;
    bytes.header(1, 1).key_u32("general.alignment", alignment).tensor("w", {8}, 0, 0);
    return bytes.align(padding).raw("thirty-two bytes of tensor data.");
  };
  for (const std::uint32_t alignment : {0u, 1u, 4u, 13u, 48u, 1u << 17, 1u << 31, ~0u}) {
    expect_refused(aligned(alignment, 32), ErrorCode::kBadFile, {"general.alignment", std::to_string(alignment)});
  }
  for (const std::uint32_t alignment : {8u, 64u, 4'096u, 65'536u}) {
    const Bytes bytes = aligned(alignment, alignment);
    const auto file = File::parse(bytes.span(), "m.gguf");
    ASSERT_TRUE(file.has_value()) << file.error().message;
    EXPECT_EQ(file->tensors()[0].data.data(), bytes.span().data() + bytes.size() - 32);
  }
  Bytes negative, text;
  negative.header(0, 1).text("general.alignment").u32(5).number(std::int32_t{-32});
  expect_refused(negative, ErrorCode::kBadFile, {"general.alignment", "-32"});
  text.header(0, 1).key_text("general.alignment", "32");
  expect_refused(text, ErrorCode::kBadFile, {"general.alignment", "string", "integer"});
}

TEST(File, StoredGivesEachValueAsItStandsInTheFile) {
  const Bytes bytes = sample_file();
  const auto file = File::parse(bytes.span(), "m.gguf");
  ASSERT_TRUE(file.has_value());
  Bytes block_count, scores;
  block_count.u32(4).u32(2);
  scores.u32(9).u32(6).u64(2).number(0.5f).number(-1.5f);
  const auto text = [](std::span<const std::byte> part) {
    return std::string(reinterpret_cast<const char*>(part.data()), part.size());
  };
  EXPECT_EQ(text(file->stored(1)), block_count.data());
  EXPECT_EQ(text(file->stored(4)), scores.data());
}

TEST(File, OpenMapsTheFileAndSurvivesAMove) {
  support::ScratchFolder folder;
  Bytes bytes = sample_file();
  const std::string path = folder.file("sample.gguf");
  support::write_values(path, std::vector<char>(bytes.data().begin(), bytes.data().end()));
  auto opened = File::open(path);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  const File file = std::move(*opened);
  ASSERT_NE(file.tensor("c"), nullptr);
  file.drop(file.tensor("c")->data);
  EXPECT_EQ(std::to_integer<char>(file.tensor("c")->data[0]), 't');
  EXPECT_EQ(**file.string("general.architecture"), "llama");
}

TEST(File, DropLeavesTheCallersBytesAlone) {
  Bytes bytes;
  bytes.header(1, 0).tensor("w", {65'536}, 0, 0).align();
  bytes.raw(std::string(4 * 65'536, 'x'));
  const auto file = File::parse(bytes.span(), "m.gguf");
  ASSERT_TRUE(file.has_value());
  file->drop(file->tensors()[0].data);
  EXPECT_EQ(std::to_integer<char>(file->tensors()[0].data[100'000]), 'x');
}

TEST(File, AbsentFilesAreNotFound) {
  const auto file = File::open("/nowhere/absent.gguf");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
  EXPECT_NE(file.error().message.find("/nowhere/absent.gguf"), std::string::npos);
}

}  // namespace
}  // namespace sotto::gguf
