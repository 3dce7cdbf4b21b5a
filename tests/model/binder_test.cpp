#include "model/binder.h"

#include <gtest/gtest.h>

#include "support/python.h"
#include "tiny_models.h"

namespace sotto::model {
namespace {

class BinderTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(TinyModelWriter({}).write(folder_.file("tiny.gguf")));
    auto opened = gguf::File::open(folder_.file("tiny.gguf"));
    ASSERT_TRUE(opened);
    file_ = std::make_unique<gguf::File>(std::move(*opened));
  }

  support::ScratchFolder folder_;
  std::unique_ptr<gguf::File> file_;
};

TEST_F(BinderTest, BindsMatricesAndVectors) {
  Binder binder(*file_, true);
  ops::Matrix matrix;
  std::vector<float> vector, none;
  binder.matrix("blk.0.ffn_up.weight", 96, 64, matrix);
  binder.vector("blk.0.attn_norm.weight", 64, vector);
  binder.vector("no.such.bias", 64, none, true);
  EXPECT_FALSE(binder.failed());
  EXPECT_EQ(matrix.rows(), 96);
  EXPECT_EQ(matrix.cols(), 64);
  EXPECT_EQ(vector.size(), 64u);
  EXPECT_TRUE(none.empty());
}

TEST_F(BinderTest, KeepsTheFirstFailure) {
  Binder binder(*file_, true);
  std::vector<float> vector;
  binder.vector("blk.0.attn_norm.weight", 65, vector);
  binder.vector("no.such.weight", 64, vector);
  ASSERT_TRUE(binder.failed());
  const Error error = binder.take_error();
  EXPECT_EQ(error.code, ErrorCode::kBadFile);
  EXPECT_NE(error.message.find("blk.0.attn_norm.weight: shape [64, 1], expected [65, 1]"), std::string::npos)
      << error.message;
  EXPECT_TRUE(vector.empty());
}

TEST_F(BinderTest, NamesWhatNothingBound) {
  Binder binder(*file_, true);
  binder.refuse_leftovers();
  ASSERT_TRUE(binder.failed());
  EXPECT_EQ(binder.take_error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace sotto::model
