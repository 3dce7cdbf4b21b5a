// The typed look-ups of File, on a file that the `gguf` package wrote and on files with the wrong
// types.
#include <gtest/gtest.h>

#include "gguf/bytes.h"
#include "gguf/file.h"
#include "support/python.h"

namespace sotto::gguf {
namespace {

class PackageFile : public testing::Test {
 protected:
  void SetUp() override {
    const std::string path = folder_.file("package.gguf");
    ASSERT_EQ(support::run_python("oracle_gguf.py", {"write", path}), 0) << "needs Python with gguf";
    auto opened = File::open(path);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    file_ = std::move(*opened);
  }
  support::ScratchFolder folder_;
  File file_;
};

// The numbers here are those that tools/oracle_gguf.py hands to the package.
TEST_F(PackageFile, Integers) {
  EXPECT_EQ(**file_.integer("t.u8"), 200);
  EXPECT_EQ(**file_.integer("t.i8"), -100);
  EXPECT_EQ(**file_.integer("t.u16"), 60'000);
  EXPECT_EQ(**file_.integer("t.i16"), -30'000);
  EXPECT_EQ(**file_.integer("t.u32"), 4'000'000'000);
  EXPECT_EQ(**file_.integer("t.i32"), -2'000'000'000);
  EXPECT_EQ(**file_.integer("t.i64"), -(std::int64_t{1} << 62));
  EXPECT_EQ(**file_.number("t.u64"), 9223372036854775813.0);
  const auto too_large = file_.integer("t.u64");
  ASSERT_FALSE(too_large.has_value());
  EXPECT_NE(too_large.error().message.find("\"t.u64\": found 9223372036854775813"), std::string::npos);
}

TEST_F(PackageFile, FloatsBoolsAndText) {
  EXPECT_EQ(**file_.number("t.f32"), static_cast<double>(0.1f));
  EXPECT_EQ(**file_.number("t.f64"), 0.1);
  EXPECT_EQ(**file_.number("t.i8"), -100.0);
  EXPECT_EQ(**file_.boolean("t.bool"), true);
  EXPECT_EQ(**file_.string("t.string"), "naïve ☕");
}

TEST_F(PackageFile, Arrays) {
  EXPECT_EQ(**file_.strings("t.strings"), (std::vector<std::string_view>{"", "a", "☕"}));
  EXPECT_EQ(**file_.integers("t.ints"), (std::vector<std::int64_t>{1, -2, 3}));
  EXPECT_EQ(**file_.integers("t.bytes"), (std::vector<std::int64_t>{1, 2, 255}));
  EXPECT_EQ(**file_.floats("t.floats"), (std::vector<float>{0.5f, -1.5f}));
}

TEST_F(PackageFile, Tensors) {
  ASSERT_EQ(file_.tensors().size(), 3u);
  const Tensor* f32 = file_.tensor("f32");
  ASSERT_NE(f32, nullptr);
  EXPECT_EQ(f32->dims, (std::array<std::uint64_t, 4>{3, 2, 1, 1}));
  float last;
  std::copy_n(f32->data.data() + 20, 4, reinterpret_cast<std::byte*>(&last));
  EXPECT_EQ(last, 5.0f);
  const Tensor* q8 = file_.tensor("q8_0");
  ASSERT_NE(q8, nullptr);
  EXPECT_EQ(q8->type, TensorType::kQ8_0);
  EXPECT_EQ(q8->dims, (std::array<std::uint64_t, 4>{32, 2, 1, 1}));
  EXPECT_EQ(std::to_integer<int>(q8->data[67]), 67);
}

TEST_F(PackageFile, AbsentKeysGiveNothing) {
  EXPECT_FALSE(file_.integer("absent")->has_value());
  EXPECT_FALSE(file_.number("absent")->has_value());
  EXPECT_FALSE(file_.boolean("absent")->has_value());
  EXPECT_FALSE(file_.string("absent")->has_value());
  EXPECT_FALSE(file_.strings("absent")->has_value());
  EXPECT_FALSE(file_.integers("absent")->has_value());
  EXPECT_FALSE(file_.floats("absent")->has_value());
}

template <class T>
void expect_kind(const Result<T>& result, const std::string& found, const std::string& expected) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kBadFile);
  EXPECT_NE(result.error().message.find("found " + found + ", expected " + expected), std::string::npos)
      << result.error().message;
}

TEST_F(PackageFile, OtherTypesNameBoth) {
  expect_kind(file_.integer("t.f32"), "float", "an integer");
  expect_kind(file_.integer("t.bool"), "bool", "an integer");
  expect_kind(file_.number("t.string"), "string", "a number");
  expect_kind(file_.boolean("t.u8"), "unsigned integer", "a bool");
  expect_kind(file_.string("t.strings"), "array of string", "a string");
  expect_kind(file_.strings("t.string"), "string", "an array of strings");
  expect_kind(file_.strings("t.ints"), "array of i32", "an array of strings");
  expect_kind(file_.integers("t.floats"), "array of f32", "an array of integers");
  expect_kind(file_.integers("t.bools"), "array of bool", "an array of integers");
  expect_kind(file_.floats("t.ints"), "array of i32", "an array of floats");
}

TEST(FileValues, IntegersThatDoNotFitAreRefused) {
  Bytes bytes;
  bytes.header(0, 1).text("k").u32(9).u32(10).u64(2).u64(5).u64(1ull << 63);
  const auto file = File::parse(bytes.span(), "m.gguf");
  ASSERT_TRUE(file.has_value());
  const auto numbers = file->integers("k");
  ASSERT_FALSE(numbers.has_value());
  EXPECT_NE(numbers.error().message.find("element 1"), std::string::npos) << numbers.error().message;
}

TEST(FileValues, WideningALongByteArrayIsRefused) {
  constexpr std::uint64_t kCount = (4u << 20) + 1;
  Bytes bytes;
  bytes.header(0, 1).text("k").u32(9).u32(0).u64(kCount).zeros(kCount);
  const auto file = File::parse(bytes.span(), "m.gguf");
  ASSERT_TRUE(file.has_value());
  EXPECT_FALSE(file->integers("k").has_value());
}

}  // namespace
}  // namespace sotto::gguf
