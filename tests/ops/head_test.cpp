// The two-pass head against the full product, row by row: on random heads, and on those made to mislead it.
#include "ops/head.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>

#include "base/aligned_buffer.h"
#include "kernels/half.h"

namespace sotto::ops {
namespace {

using gguf::TensorType;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

class HeadTest : public testing::TestWithParam<TensorType> {
 protected:
  // Random integers and scales; the last panel is not whole.
  void make_rows(int rows, int cols) {
    const gguf::TypeInfo info = *gguf::type_info(GetParam());
    row_bytes = static_cast<std::size_t>(cols) / info.block_values * info.block_bytes;
    bytes.resize(static_cast<std::size_t>(rows) * row_bytes);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    for (std::size_t at = 0; at < bytes.size(); at += info.block_bytes) set_scale(at, 0x2000 + random() % 0x400);
    tensor = {"test", GetParam(), 2, {static_cast<std::uint64_t>(cols), static_cast<std::uint64_t>(rows), 1, 1}, bytes};
    x.resize(static_cast<std::size_t>(cols));
    for (float& value : x) value = std::normal_distribution<float>()(random);
    x[40] = 30;  // something to refine
  }

  // Of the block that begins at byte `at`, an f16.
  void set_scale(std::size_t at, unsigned half) {
    const std::size_t offset = GetParam() == TensorType::kQ6_K ? 208 : 0;
    const auto bits = static_cast<std::uint16_t>(half);
    std::memcpy(bytes.data() + at + offset, &bits, sizeof bits);
  }

  void copy_row(int from, int to) {
    std::copy_n(bytes.begin() + from * std::ptrdiff_t(row_bytes), row_bytes,
                bytes.begin() + to * std::ptrdiff_t(row_bytes));
  }

  void pack() {
    weights = Matrix(no_file, tensor, Layout::kTwoPlanes);
    panels = base::AlignedBuffer(weights.packed_bytes());
    weights.pack(panels.as<std::uint8_t>(), pool);
    whole = Matrix(no_file, tensor, Layout::kPanels);
    whole_panels = base::AlignedBuffer(whole.packed_bytes());
    whole.pack(whole_panels.as<std::uint8_t>(), pool);
    activations.set(x.data(), static_cast<std::int64_t>(x.size()) / weights.cols(), weights.cols(),
                    Precision::kRefined);
    full.assign(static_cast<std::size_t>(activations.n_tokens() * weights.rows()), NAN);
    multiply(activations, whole, full.data(), pool);
  }

  std::vector<float> run(const Best& best) {
    std::vector<float> out(full.size(), NAN);
    head.run(activations, weights, best, out.data(), pool);
    return out;
  }

  // What is there has the full product's bits, and what Best asks for is there.
  void expect_best(const std::vector<float>& out, const Best& best, std::int64_t token = 0) {
    const auto rows = static_cast<std::size_t>(weights.rows()), first = static_cast<std::size_t>(token) * rows;
    std::vector<bool> also(rows);
    for (const int row : best.also) also[static_cast<std::size_t>(row)] = true;
    std::vector<float> others;
    for (std::size_t r = 0; r < rows; ++r) {
      if (!also[r]) others.push_back(full[first + r]);
    }
    std::sort(others.begin(), others.end(), std::greater<>());
    const float least = others[std::min(static_cast<std::size_t>(best.count), others.size()) - 1];
    for (std::size_t r = 0; r < rows; ++r) {
      const float found = out[first + r], exact = full[first + r];
      EXPECT_TRUE(found == exact || found == -kInfinity) << r;
      if (also[r] || exact >= least) {
        EXPECT_EQ(found, exact) << "row " << r;
      }
    }
  }

  std::mt19937 random{7};
  base::ThreadPool pool{2};
  gguf::File no_file;
  std::size_t row_bytes = 0;
  std::vector<std::byte> bytes;
  gguf::Tensor tensor;
  std::vector<float> x, full;
  Activations activations;
  Matrix weights, whole;
  base::AlignedBuffer panels, whole_panels;
  Head head;
};

constexpr int kRows = 5003, kCols = 256;

TEST_P(HeadTest, FullProductHasTheBitsOfOnePlane) {
  make_rows(kRows, kCols);
  pack();
  EXPECT_TRUE(weights.has_planes());
  EXPECT_EQ(run({}), full);
  EXPECT_EQ(head.n_exact(), kRows);
}

TEST_P(HeadTest, FindsTheBest) {
  make_rows(kRows, kCols);
  pack();
  for (const int count : {1, 2, 40}) expect_best(run({.count = count}), {.count = count});
}

// One row is far above the others: hardly anything else may be computed.
TEST_P(HeadTest, PassesOverWhatCannotBeBest) {
  make_rows(kRows, kCols);
  for (std::size_t at = 0; at < row_bytes; at += gguf::type_info(GetParam())->block_bytes) {
    set_scale(777 * row_bytes + at, 0x3400);  // 16 to 32 times as large
    set_scale(778 * row_bytes + at, 0xb400);
  }
  pack();
  const auto out = run({.count = 1});
  expect_best(out, {.count = 1});
  EXPECT_LT(head.n_exact(), kRows / 4);
  EXPECT_GE(std::count(out.begin(), out.end(), -kInfinity), kRows * 3 / 4);
}

TEST_P(HeadTest, RowsAskedForAreThereAndTakeNoPlace) {
  make_rows(kRows, kCols);
  pack();
  std::vector<std::int32_t> also{0, 5002, 17, 17};
  const auto top = std::max_element(full.begin(), full.end()) - full.begin();
  also.push_back(static_cast<std::int32_t>(top));
  for (const int count : {1, 10}) expect_best(run({count, also}), {count, also});
}

TEST_P(HeadTest, EqualRowsAllCount) {
  make_rows(kRows, kCols);
  for (const int row : {3, 16, 300, 4000, 5002}) copy_row(77, row);
  pack();
  const auto out = run({.count = 1});
  expect_best(out, {.count = 1});
  for (int row = 0; row < kRows; ++row) copy_row(77, row);
  pack();
  EXPECT_EQ(run({.count = 1}), full) << "nothing is below the best";
}

TEST_P(HeadTest, OutliersInRowsAndActivations) {
  make_rows(kRows, kCols);
  for (int i = 0; i < 50; ++i) set_scale(random() % kRows * row_bytes, 0x4c00 + random() % 0x2000);
  x[100] = -3000;
  x[101] = 1e-7f;
  pack();
  for (const int count : {1, 40}) expect_best(run({.count = count}), {.count = count});
}

TEST_P(HeadTest, MoreThanThereAre) {
  make_rows(50, kCols);
  pack();
  for (const int count : {1, 49, 50, 51, 1 << 30}) expect_best(run({.count = count}), {.count = count});
}

TEST_P(HeadTest, WhatIsNoNumberComesOut) {
  for (const unsigned half : {0x7e00u, 0x7c00u, 0xfc00u}) {  // NaN and the infinities
    make_rows(kRows, kCols);
    set_scale(1234 * row_bytes, half);
    pack();
    ASSERT_FALSE(std::isfinite(full[1234]));
    const float found = run({.count = 1})[1234];
    EXPECT_TRUE(std::isnan(full[1234]) ? std::isnan(found) : found == full[1234]) << half;
  }
  make_rows(kRows, kCols);
  x[3] = NAN;
  pack();
  for (const float value : run({.count = 1})) EXPECT_TRUE(std::isnan(value));
}

TEST_P(HeadTest, EachPositionGetsItsOwnBest) {
  make_rows(kRows, kCols);
  for (int i = 0; i < 10 * kCols; ++i) x.push_back(std::normal_distribution<float>()(random));
  pack();
  const std::vector<std::int32_t> also{12, 2000};
  const auto out = run({3, also});
  for (int t = 0; t < 11; ++t) expect_best(out, {3, also}, t);
}

INSTANTIATE_TEST_SUITE_P(Types, HeadTest, testing::Values(TensorType::kQ8_0, TensorType::kQ6_K),
                         [](const auto& test) { return test.param == TensorType::kQ8_0 ? "Q8_0" : "Q6_K"; });

}  // namespace
}  // namespace sotto::ops
