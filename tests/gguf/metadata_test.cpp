#include "gguf/metadata.h"

#include <gtest/gtest.h>

#include "gguf/bytes.h"

namespace sotto::gguf {
namespace {

Result<Metadata> read(Bytes& bytes, std::uint64_t n_pairs) {
  Cursor cursor(bytes.span());
  return read_metadata(cursor, n_pairs, Report("m.gguf"));
}

// The pair must be refused with this code, naming all of `words`.
void expect_refused(Bytes& bytes, ErrorCode code, const std::vector<std::string>& words, std::uint64_t n_pairs = 1) {
  const auto metadata = read(bytes, n_pairs);
  ASSERT_FALSE(metadata.has_value());
  EXPECT_EQ(metadata.error().code, code);
  const std::string& message = metadata.error().message;
  EXPECT_EQ(message.find("m.gguf: "), 0u) << message;
  for (const std::string& word : words) EXPECT_NE(message.find(word), std::string::npos) << word << " in " << message;
}

TEST(Metadata, ReadsPairsInFileOrder) {
  Bytes bytes;
  bytes.key_text("b", "text").key_u32("a", 9).raw("behind");
  Cursor cursor(bytes.span());
  const auto metadata = read_metadata(cursor, 2, Report("m.gguf"));
  ASSERT_TRUE(metadata.has_value());
  ASSERT_EQ(metadata->size(), 2u);
  EXPECT_EQ((*metadata)[0].first, "b");
  EXPECT_EQ(std::get<std::string_view>((*metadata)[0].second), "text");
  EXPECT_EQ((*metadata)[1].first, "a");
  EXPECT_EQ(std::get<std::uint64_t>((*metadata)[1].second), 9u);
  EXPECT_EQ(cursor.left(), 6u);
}

TEST(Metadata, ArraysAreViewsOfTheFile) {
  Bytes bytes;
  bytes.text("words").u32(9).u32(8).u64(2).text("x").text("yz");
  bytes.text("empty").u32(9).u32(6).u64(0);
  const auto metadata = read(bytes, 2);
  ASSERT_TRUE(metadata.has_value());
  const Array words = std::get<Array>((*metadata)[0].second);
  EXPECT_EQ(words.count, 2u);
  EXPECT_EQ(words.bytes.size(), 8u + 1 + 8 + 2);
  EXPECT_EQ(words.bytes.data(), bytes.span().data() + 8 + 5 + 4 + 4 + 8);
  EXPECT_EQ(std::get<Array>((*metadata)[1].second).bytes.size(), 0u);
}

TEST(Metadata, CountsAreHeldAgainstTheBytesLeft) {
  for (const std::uint64_t count : {3ull, 1ull << 31, 1ull << 40, 1ull << 63, ~0ull}) {
    Bytes bytes;
    bytes.key_u32("a", 1).key_u32("b", 2);
    expect_refused(bytes, ErrorCode::kBadFile, {"number of metadata keys", std::to_string(count), "at most 2"}, count);
  }
}

TEST(Metadata, NoMoreKeysThanTheLimit) {
  Bytes bytes;
  bytes.zeros(2'000'000);
  expect_refused(bytes, ErrorCode::kBadFile, {"found 65537", "at most 65536"}, kMaxKeys + 1);
}

TEST(Metadata, LengthsOfNames) {
  for (const std::uint64_t length : {0ull, 100ull, 65'536ull, 1ull << 31, 1ull << 63, ~0ull}) {
    Bytes bytes;
    bytes.u64(length).zeros(60);
    expect_refused(bytes, ErrorCode::kBadFile, {"metadata key 0: length of the name", std::to_string(length)});
  }
  Bytes long_name;
  long_name.key_u32(std::string(65'536, 'k'), 1);
  expect_refused(long_name, ErrorCode::kBadFile, {"found 65536", "65535"});
}

TEST(Metadata, LengthsOfStrings) {
  for (const std::uint64_t length : {100ull, 1ull << 31, 1ull << 63, ~0ull}) {
    Bytes bytes;
    bytes.text("name").u32(8).u64(length).raw("x");
    expect_refused(bytes, ErrorCode::kBadFile, {"metadata \"name\": length", std::to_string(length), "1 bytes"});
  }
}

TEST(Metadata, UnknownTypesAreRefused) {
  for (const std::uint32_t type : {13u, 255u, 1u << 31, ~0u}) {
    Bytes bytes;
    bytes.text("k").u32(type).u64(0);
    expect_refused(bytes, ErrorCode::kBadFile, {"metadata \"k\": type", std::to_string(type)});
    Bytes array;
    array.text("k").u32(9).u32(type).u64(0);
    expect_refused(array, ErrorCode::kBadFile, {"type of the elements", std::to_string(type)});
  }
}

TEST(Metadata, ArraysOfArraysAreUnsupported) {
  Bytes bytes;
  bytes.text("nested").u32(9).u32(9).u64(1).u32(4).u64(1).u32(7);
  expect_refused(bytes, ErrorCode::kUnsupported, {"\"nested\"", "array of arrays"});
}

TEST(Metadata, NumbersOfElements) {
  for (const std::uint64_t count : {4ull, 1ull << 31, 1ull << 40, 1ull << 61, 1ull << 62, 1ull << 63, ~0ull}) {
    for (const std::uint32_t type : {4u, 8u, 10u}) {
      Bytes bytes;
      bytes.text("k").u32(9).u32(type).u64(count).zeros(12);
      expect_refused(bytes, ErrorCode::kBadFile, {"number of elements", std::to_string(count), "12 bytes"});
    }
  }
}

TEST(Metadata, StringsInArrays) {
  for (const std::uint64_t length : {2ull, 1ull << 31, 1ull << 63, ~0ull}) {
    Bytes bytes;
    bytes.text("k").u32(9).u32(8).u64(2).text("abc").u64(length).raw("x");
    expect_refused(bytes, ErrorCode::kBadFile, {"length of element 1", std::to_string(length)});
  }
}

TEST(Metadata, BoolsAreZeroOrOne) {
  Bytes single, array;
  single.text("k").u32(7).u8(2);
  expect_refused(single, ErrorCode::kBadFile, {"\"k\": bool", "found 2"});
  array.text("k").u32(9).u32(7).u64(3).u8(0).u8(1).u8(255);
  expect_refused(array, ErrorCode::kBadFile, {"\"k\": bool", "found 255"});
}

TEST(Metadata, ErrorsPrintHostileNamesSafely) {
  Bytes bytes;
  bytes.text("\x1b[31m\n").u32(77).u64(0);
  expect_refused(bytes, ErrorCode::kBadFile, {"\\x1b[31m\\x0a"});
}

}  // namespace
}  // namespace sotto::gguf
