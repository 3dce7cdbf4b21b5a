#include "model/batch.h"

#include <gtest/gtest.h>

#include <tuple>

#include "model/kv_cache.h"

namespace sotto::model {
namespace {

DecoderSpec spec_of_batch_test() {
  DecoderSpec spec;
  spec.n_layers = spec.n_heads = spec.n_kv_heads = 1;
  spec.head_dim = 16;
  spec.windowed = {false};
  return spec;
}

struct BatchTest : testing::Test {
  DecoderSpec spec = spec_of_batch_test();
  KvCache a{spec, KvType::kF16, 100, 16}, b{spec, KvType::kF16, 100, 16};
  std::vector<std::int32_t> five{1, 2, 3, 4, 5}, two{6, 7}, none;
  Batch batch;
};

TEST_F(BatchTest, APartThatDoesNotFitGoesOnInTheNext) {
  a.advance(10);
  const std::vector<Part> parts = {{b, two, LogitsFor::kLast, {}}, {a, five, LogitsFor::kLast, {}}};
  batch.begin();
  ASSERT_TRUE(batch.take(parts, 4));
  ASSERT_EQ(batch.size(), 4);
  EXPECT_EQ(batch.at(1).token, 7);
  EXPECT_EQ(batch.at(1).position, 1);
  EXPECT_EQ(batch.at(2).cache, &a);
  EXPECT_EQ(batch.at(2).position, 10);
  EXPECT_EQ(batch.first_wanted(), 1);
  EXPECT_EQ(batch.pieces()[1].n_wanted(), 0) << "its last token comes later";
  batch.finish();
  EXPECT_EQ(a.size(), 12);
  EXPECT_EQ(b.size(), 2);
  ASSERT_TRUE(batch.take(parts, 4));
  ASSERT_EQ(batch.size(), 3);
  EXPECT_EQ(batch.at(0).token, 3);
  EXPECT_EQ(batch.at(0).position, 12);
  EXPECT_EQ(batch.first_wanted(), 2);
  batch.finish();
  EXPECT_FALSE(batch.take(parts, 4));
  EXPECT_EQ(a.size(), 15);
}

TEST_F(BatchTest, LanesSeeTheirShareOfEachPiece) {
  const std::vector<Part> parts = {
      {a, none, LogitsFor::kNone, {}}, {a, five, LogitsFor::kNone, {}}, {b, two, LogitsFor::kAll, {}}};
  batch.begin();
  ASSERT_TRUE(batch.take(parts, 100));
  ASSERT_EQ(batch.pieces().size(), 2u);
  base::ThreadPool pool(1);
  Lane lane(pool);
  lane.first = 3;
  lane.n_tokens = 3;
  EXPECT_EQ(batch.pieces_of(lane), std::pair(0, 2));
  const Batch::Run of_a = batch.run_of(0, lane), of_b = batch.run_of(1, lane);
  EXPECT_EQ(std::tuple(of_a.cache, of_a.first, of_a.n_tokens, of_a.position), std::tuple(&a, 3, 2, 3));
  EXPECT_EQ(std::tuple(of_b.cache, of_b.first, of_b.n_tokens, of_b.position), std::tuple(&b, 5, 1, 0));
  lane.first = 6;
  lane.n_tokens = 1;
  EXPECT_EQ(batch.pieces_of(lane), std::pair(1, 2));
  EXPECT_EQ(batch.first_wanted(), 5);
}

}  // namespace
}  // namespace sotto::model
