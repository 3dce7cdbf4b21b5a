// Sums of squares as they are added, and the file that they become.
#include "evaluate/calibration.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "gguf/writer.h"
#include "support/temporary_folder.h"

namespace sotto::evaluate {
namespace {

using gguf::TensorType;

// "dense" [2 rows of 4], "fused" [4 rows of 4] and "experts" [3 of 2 rows of 4].
class CalibrationTest : public testing::Test {
 protected:
  void SetUp() override {
    gguf::Writer writer;
    const std::vector<std::vector<std::uint64_t>> dims = {{4, 2}, {4, 4}, {4, 2, 3}};
    const char* names[] = {"dense", "fused", "experts"};
    for (std::size_t i = 0; i < dims.size(); ++i) writer.add_tensor(names[i], TensorType::kF32, dims[i]);
    const std::vector<float> zeros(24);
    const std::size_t sizes[] = {8, 16, 24};
    const auto written = writer.write(path_, [&](std::size_t index, const gguf::Writer::Sink& sink) {
      return sink(std::as_bytes(std::span(zeros).first(sizes[index])));
    });
    ASSERT_TRUE(written) << written.error().message;
    auto opened = gguf::File::open(path_);
    ASSERT_TRUE(opened) << opened.error().message;
    file_.emplace(std::move(*opened));
  }

  ops::Matrix matrix(const char* name, std::int64_t first, std::int64_t count) const {
    return ops::Matrix(*file_, *file_->tensor(name), ops::Rows{first, count}, ops::Layout::kFile);
  }

  support::TemporaryFolder folder_;
  std::string path_ = folder_.file("m.gguf");
  std::optional<gguf::File> file_;
  Activity activity_;
};

TEST_F(CalibrationTest, SquaresOfEachColumnAreAddedUp) {
  const float x[] = {1, 2, 0, -3, 1, 0, 0, 4}, more[] = {0, 0, 2, 0};
  activity_.add(matrix("dense", 0, 2), x, 2);
  activity_.add(matrix("dense", 0, 2), more, 1);
  const quantize::Importance importance = activity_.importance();
  // Sums 2, 4, 4, 25 of mean 8.75.
  const std::vector<float> expected = {2 / 8.75f, 4 / 8.75f, 4 / 8.75f, 25 / 8.75f};
  ASSERT_NE(importance.find("dense"), nullptr);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(importance.find("dense")->values[i], expected[i]);
}

TEST_F(CalibrationTest, OfMatricesThatShareATensorAndItsInputTheFirstCounts) {
  const float x[] = {1, 1, 1, 1};
  for (const std::int64_t first : {0, 2, 3}) activity_.add(matrix("fused", first, 1), x, 1);
  const std::string out = folder_.file("i.gguf");
  ASSERT_TRUE(activity_.write(out, *file_, {"a text", 1, 1}));
  const auto written = gguf::File::open(out);
  ASSERT_TRUE(written) << written.error().message;
  float count = 0;
  std::memcpy(&count, written->tensor("fused.counts")->data.data(), sizeof count);
  EXPECT_EQ(count, 1);
}

TEST_F(CalibrationTest, ExpertsAreKeptApart) {
  const float x[] = {1, 2, 3, 4, 1, 2, 3, 4};
  activity_.add(matrix("experts", 0, 2), x, 1);
  activity_.add(matrix("experts", 4, 2), x, 2);
  const std::string out = folder_.file("i.gguf");
  ASSERT_TRUE(activity_.write(out, *file_, {"a text", 7, 512}));
  const auto written = gguf::File::open(out);
  ASSERT_TRUE(written) << written.error().message;
  const auto floats = [&](const char* name) {
    const auto bytes = written->tensor(name)->data;
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  };
  EXPECT_EQ(floats("experts.in_sum2"), (std::vector<float>{1, 4, 9, 16, 0, 0, 0, 0, 2, 8, 18, 32}));
  EXPECT_EQ(floats("experts.counts"), (std::vector<float>{1, 0, 2}));
  EXPECT_EQ(**written->string("general.type"), "imatrix");
  EXPECT_EQ(**written->integer("imatrix.chunk_count"), 7);
  EXPECT_EQ(**written->integer("imatrix.chunk_size"), 512);
  const auto read = quantize::Importance::open(out);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->check(*file_));
}

TEST_F(CalibrationTest, WhatTheFileCannotHoldIsSeen) {
  const float x[] = {1, 1e18f, 1, 1};
  activity_.add(matrix("dense", 0, 2), x, 1);
  EXPECT_TRUE(activity_.finite());
  for (const float bad : {1e30f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    Activity other;
    const float row[] = {1, bad, 1, 1};
    other.add(matrix("dense", 0, 2), row, 1);
    EXPECT_FALSE(other.finite()) << bad;
  }
}

}  // namespace
}  // namespace sotto::evaluate
