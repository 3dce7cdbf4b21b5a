#include "gguf/tensor_table.h"

#include <gtest/gtest.h>

#include "gguf/bytes.h"

namespace sotto::gguf {
namespace {

Result<std::vector<TensorEntry>> read_table(Bytes& bytes, std::uint64_t n_tensors) {
  Cursor cursor(bytes.span());
  return read_tensor_table(cursor, n_tensors, Report("m.gguf"));
}

template <class T>
void expect_refused(const Result<T>& result, ErrorCode code, const std::vector<std::string>& words) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, code);
  const std::string& message = result.error().message;
  EXPECT_EQ(message.find("m.gguf: "), 0u) << message;
  for (const std::string& word : words) EXPECT_NE(message.find(word), std::string::npos) << word << " in " << message;
}

TEST(TensorTable, ReadsEntriesInFileOrder) {
  Bytes bytes;
  bytes.tensor("w", {64, 3}, 8, 320).tensor("scalar", {}, 0, 0);
  const auto entries = read_table(bytes, 2);
  ASSERT_TRUE(entries.has_value()) << entries.error().message;
  EXPECT_EQ((*entries)[0].tensor.name, "w");
  EXPECT_EQ((*entries)[0].tensor.type, TensorType::kQ8_0);
  EXPECT_EQ((*entries)[0].tensor.n_dims, 2);
  EXPECT_EQ((*entries)[0].tensor.dims, (std::array<std::uint64_t, 4>{64, 3, 1, 1}));
  EXPECT_EQ((*entries)[0].offset, 320u);
  EXPECT_EQ((*entries)[0].n_bytes, 2u * 3 * 34);
  EXPECT_EQ((*entries)[1].tensor.n_values(), 1u);
  EXPECT_EQ((*entries)[1].n_bytes, 4u);
}

TEST(TensorTable, CountsAreHeldAgainstTheBytesLeft) {
  for (const std::uint64_t count : {2ull, 1ull << 31, 1ull << 40, 1ull << 63, ~0ull}) {
    Bytes bytes;
    bytes.tensor("w", {4}, 0, 0);
    expect_refused(read_table(bytes, count), ErrorCode::kBadFile,
                   {"number of tensors", std::to_string(count), "at most 1"});
  }
  Bytes large;
  large.zeros(4'000'000);
  expect_refused(read_table(large, kMaxTensors + 1), ErrorCode::kBadFile, {"found 65537", "at most 65536"});
}

TEST(TensorTable, NamesHaveOneTo1024Bytes) {
  for (const std::uint64_t length : {0ull, 1'025ull, 1ull << 31, 1ull << 63, ~0ull}) {
    Bytes bytes;
    bytes.u64(length).zeros(2'000);
    expect_refused(read_table(bytes, 1), ErrorCode::kBadFile, {"tensor 0: length of the name", std::to_string(length)});
  }
}

TEST(TensorTable, AtMostFourDimensionsOfAtLeastOne) {
  for (const std::uint32_t n_dims : {5u, 1u << 31, ~0u}) {
    Bytes bytes;
    bytes.text("w").u32(n_dims).zeros(100);
    expect_refused(read_table(bytes, 1), ErrorCode::kBadFile,
                   {"tensor \"w\": number of dimensions", std::to_string(n_dims)});
  }
  Bytes zero;
  zero.tensor("w", {4, 0}, 0, 0);
  expect_refused(read_table(zero, 1), ErrorCode::kBadFile, {"dimension 1", "found 0"});
}

TEST(TensorTable, ProductsThatOverflowAreRefused) {
  const std::vector<std::vector<std::uint64_t>> shapes = {
      {1ull << 62}, {1ull << 63}, {~0ull}, {1ull << 31, 1ull << 31}, {2, 1ull << 62}, {65'536, 65'536, 65'536, 65'536}};
  for (const auto& shape : shapes) {
    Bytes bytes;
    bytes.tensor("w", shape, 0, 0);
    expect_refused(read_table(bytes, 1), ErrorCode::kBadFile, {"tensor \"w\": dimensions", std::to_string(shape[0])});
  }
}

TEST(TensorTable, RowsAreWholeBlocks) {
  Bytes bytes;
  bytes.tensor("w", {255, 2}, 12, 0);
  expect_refused(read_table(bytes, 1), ErrorCode::kBadFile, {"length of a row", "255", "256", "Q4_K"});
}

TEST(TensorTable, TypesThatCannotBeReadAreNamed) {
  Bytes removed, unsupported, unknown;
  removed.tensor("w", {32}, 4, 0);
  expect_refused(read_table(removed, 1), ErrorCode::kBadFile, {"tensor \"w\": type", "4 (Q4_2)", "removed"});
  unsupported.tensor("w", {256}, 9, 0);
  expect_refused(read_table(unsupported, 1), ErrorCode::kUnsupported, {"tensor \"w\": type", "9 (Q8_1)", "Q4_K"});
  unknown.tensor("w", {32}, 999, 0);
  expect_refused(read_table(unknown, 1), ErrorCode::kBadFile, {"tensor \"w\": type", "999"});
}

// Two F32 tensors of 8 values in a file of `n_bytes` whose table ends at 40.
Result<std::vector<Tensor>> place(std::uint64_t first, std::uint64_t second, std::size_t n_bytes) {
  static Bytes table, file;
  table = Bytes();
  table.tensor("a", {8}, 0, first).tensor("b", {8}, 0, second);
  file = Bytes();
  file.zeros(n_bytes);
  auto entries = read_table(table, 2);
  return place_tensors(*entries, file.span(), 40, 32, Report("m.gguf"));
}

TEST(TensorTable, DataBeginsAtTheNextMultipleOfTheAlignment) {
  const auto tensors = place(32, 0, 128);
  ASSERT_TRUE(tensors.has_value()) << tensors.error().message;
  const std::byte* base = (*tensors)[1].data.data();
  EXPECT_EQ((*tensors)[0].data.data(), base + 32);
  EXPECT_EQ((*tensors)[0].data.size(), 32u);
}

TEST(TensorTable, TensorsAreAligned) {
  for (const std::uint64_t offset : {1ull, 16ull, 33ull, ~0ull}) {
    expect_refused(place(0, offset, 4'096), ErrorCode::kBadFile,
                   {"tensor \"b\": offset", std::to_string(offset), "multiple of the alignment 32"});
  }
}

TEST(TensorTable, TensorsStayInTheFile) {
  for (const std::uint64_t offset : {64ull, 1ull << 31, 1ull << 63, ~0ull - 31}) {
    expect_refused(place(0, offset, 128), ErrorCode::kBadFile, {"tensor \"b\": data", std::to_string(offset), "64"});
  }
  expect_refused(place(0, 32, 127), ErrorCode::kBadFile, {"tensor \"b\": data"});
  expect_refused(place(0, 32, 50), ErrorCode::kBadFile, {"tensor \"a\": data", "0 bytes"});
  EXPECT_TRUE(place(0, 32, 128).has_value());
}

TEST(TensorTable, TensorsDoNotOverlap) {
  expect_refused(place(32, 32, 4'096), ErrorCode::kBadFile, {"offset", "found 32", "at least 64"});
  static Bytes table, file;
  table.tensor("small", {8}, 0, 64).tensor("large", {64}, 0, 0);
  file.zeros(4'096);
  auto entries = read_table(table, 2);
  expect_refused(place_tensors(*entries, file.span(), 40, 32, Report("m.gguf")), ErrorCode::kBadFile,
                 {"tensor \"small\": offset", "found 64", "at least 256", "\"large\""});
}

}  // namespace
}  // namespace sotto::gguf
