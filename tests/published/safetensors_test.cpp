#include "published/safetensors.h"

#include <gtest/gtest.h>

#include "published/support.h"

namespace sotto::published {
namespace {

using test::bytes_of;
using test::safetensors;

TEST(Safetensors, ReadsWhatIsThere) {
  const std::string bytes = safetensors(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2],"data_offsets":[12,16]},)"
      R"("a":{"dtype":"F32","shape":[1,3],"data_offsets":[0,12]},"scalar":{"dtype":"BF16","shape":[],"data_offsets":[16,18]},)"
      R"("none":{"dtype":"I64","shape":[0,5],"data_offsets":[16,16]}}   )",
      18);
  const auto file = SafetensorsFile::parse(bytes_of(bytes), "x.safetensors");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 4u);
  const StoredTensor& a = file->tensors()[0];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.dtype, "F32");
  EXPECT_EQ(a.shape, (std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(a.data.size(), 12u);
  EXPECT_EQ(a.data.data(), bytes_of(bytes).data() + bytes.size() - 18);
  EXPECT_EQ(a.n_values(), 3u);
  EXPECT_EQ(file->tensors()[3].n_values(), 1u);
}

TEST(Safetensors, ReadsAFileWithoutTensors) {
  const std::string bytes = safetensors("{}", 0);
  const auto file = SafetensorsFile::parse(bytes_of(bytes), "x");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->tensors().empty());
}

struct Hostile {
  const char* name;
  std::string bytes;
  const char* said;  // a part of the error
};

std::string one(const std::string& entry, std::size_t n_data = 4) {
  return safetensors("{\"t\":" + entry + "}", n_data);
}

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(length >> shift);
  return bytes + rest;
}

std::vector<Hostile> hostile_files() {
  using test::nested;
  return {
      {"empty", "", "0 bytes long"},
      {"shorter_than_a_length", "abc", "3 bytes long"},
      {"length_alone", with_length(2, ""), "header's length is 2"},
      {"length_past_the_end", with_length(1000, "{}"), "header's length is 1000"},
      {"length_of_all_bits", with_length(UINT64_MAX, "{}"), "header's length is 18446744073709551615"},
      {"length_that_wraps", with_length(UINT64_MAX - 7, "{}"), "expected at most"},
      {"length_of_zero", with_length(0, "{}"), "no valid JSON"},
      {"no_json", safetensors("weights", 0), "no valid JSON"},
      {"a_list", safetensors("[]", 0), "expected a JSON object"},
      {"a_number", safetensors("17", 0), "expected a JSON object"},
      {"cut_json", safetensors("{\"t\":{\"dtype\":\"F32\"", 0), "no valid JSON"},
      {"rubbish_behind_json", safetensors("{}x", 0), "no valid JSON"},
      {"no_utf8", safetensors("{\"\xff\":1}", 0), "no valid JSON"},
      {"number_out_of_range", safetensors("{\"t\":1e999}", 0), "no valid JSON at byte 10"},
      {"deep_lists", safetensors("{\"t\":" + nested("[", 100'000, "", "]") + "}", 0), "expected at most 64"},
      {"deep_objects", safetensors(nested("{\"t\":", 100'000, "1", "}"), 0), "expected at most 64"},
      {"deep_and_open", safetensors("{\"t\":" + nested("[", 100'000, "", ""), 0), "expected at most 64"},
      {"twin_names",
       safetensors(
           R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
           8),
       "stands twice"},
      {"twin_fields", one(R"({"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]})"), "stands twice"},
      {"tensor_is_no_object", one("7"), "dtype is nothing"},
      {"no_dtype", one(R"({"shape":[1],"data_offsets":[0,4]})"), "dtype is nothing"},
      {"unknown_dtype", one(R"({"dtype":"F31","shape":[1],"data_offsets":[0,4]})"), "dtype is \"F31\""},
      {"dtype_is_a_number", one(R"({"dtype":32,"shape":[1],"data_offsets":[0,4]})"), "dtype is 32"},
      {"no_shape", one(R"({"dtype":"F32","data_offsets":[0,4]})"), "shape is nothing"},
      {"negative_dimension", one(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})"), "shape is [-1]"},
      {"half_a_dimension", one(R"({"dtype":"F32","shape":[1.0],"data_offsets":[0,4]})"), "shape is [1.0]"},
      {"dimension_is_a_text", one(R"({"dtype":"F32","shape":["1"],"data_offsets":[0,4]})"), "shape is [\"1\"]"},
      {"nine_dimensions", one(R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]})"), "at most 8"},
      {"product_wraps_to_one", one(R"({"dtype":"F32","shape":[4294967296,4294967296,1],"data_offsets":[0,4]})"),
       "do not go together"},
      {"product_wraps_to_the_size", one(R"({"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]})"),
       "do not go together"},
      {"dimension_beyond_64_bits", one(R"({"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]})"),
       "shape is"},
      {"no_offsets", one(R"({"dtype":"F32","shape":[1]})"), "data_offsets is nothing"},
      {"one_offset", one(R"({"dtype":"F32","shape":[1],"data_offsets":[0]})"), "data_offsets is [0]"},
      {"three_offsets", one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4,8]})"), "data_offsets is"},
      {"offsets_descend", one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})"), "that ascend"},
      {"offset_past_the_end", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})"), "expected at most 4"},
      {"offset_of_all_bits",
       one(R"({"dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,18446744073709551615]})"),
       "expected at most 4"},
      {"too_few_bytes", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})"), "do not go together"},
      {"too_many_bytes", one(R"({"dtype":"F16","shape":[1],"data_offsets":[0,4]})"), "do not go together"},
      {"bytes_for_no_values", one(R"({"dtype":"F16","shape":[0],"data_offsets":[0,4]})"), "do not go together"},
      {"overlap",
       safetensors(
           R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
           12),
       "tensors overlap"},
      {"same_bytes_twice",
       safetensors(
           R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
           4),
       "tensors overlap"},
      {"gap",
       safetensors(
           R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
           12),
       "bytes of no tensor"},
      {"gap_before_the_first", one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})", 8), "bytes of no tensor"},
      {"bytes_behind_the_last", one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})", 9), "5 bytes behind"},
      {"bytes_without_tensors", safetensors("{}", 3), "3 bytes behind"},
      {"notes_are_no_object", safetensors(R"({"__metadata__":[]})", 0), "__metadata__ is []"},
      {"note_is_a_number", safetensors(R"({"__metadata__":{"a":1}})", 0), "expected a text"},
  };
}

TEST(Safetensors, RefusesHostileFilesInAClearWay) {
  for (const Hostile& hostile : hostile_files()) {
    const auto file = SafetensorsFile::parse(bytes_of(hostile.bytes), "hostile.safetensors");
    ASSERT_FALSE(file) << hostile.name;
    EXPECT_EQ(file.error().code, ErrorCode::kBadFile) << hostile.name;
    EXPECT_TRUE(file.error().message.starts_with("hostile.safetensors: ")) << hostile.name;
    EXPECT_NE(file.error().message.find(hostile.said), std::string::npos)
        << hostile.name << ": " << file.error().message;
    EXPECT_LT(file.error().message.size(), 700u) << hostile.name;
  }
}

TEST(Safetensors, EveryCutOfAFileIsRefused) {
  const std::string whole = one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(SafetensorsFile::parse(bytes_of(whole).first(size), "cut")) << size;
  }
}

}  // namespace
}  // namespace sotto::published
