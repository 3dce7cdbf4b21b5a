#include "adapter/merge.h"

#include "adapter/support.h"

namespace sotto::adapter {
namespace {

using test::AdapterFiles;

class Merge : public AdapterFiles {
 protected:
  std::vector<Adapter> two() const {
    return {{"x", {{"blk.0.attn_q.weight", 8, 8, 2, 0.5f, test::numbers(16, 5), test::numbers(16, 6)}}, 0},
            {"y", {{"blk.0.attn_q.weight", 8, 8, 1, -2, test::numbers(8, 7), test::numbers(8, 8)}}, 0}};
  }
};

TEST_F(Merge, AddsTheProductsAndCopiesTheRest) {
  const auto adapters = two();
  const auto merged = merge(*model_, adapters, file("out.gguf"), {.threads = 2});
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(merged->n_changed, 1u);
  const auto out = gguf::File::open(file("out.gguf"));
  ASSERT_TRUE(out) << out.error().message;
  ASSERT_EQ(out->tensors().size(), model_->tensors().size());
  for (const gguf::Tensor& tensor : model_->tensors()) {
    const gguf::Tensor* found = out->tensor(tensor.name);
    ASSERT_NE(found, nullptr) << tensor.name;
    EXPECT_EQ(found->type, tensor.type);
    const bool same = std::memcmp(found->data.data(), tensor.data.data(), tensor.data.size()) == 0;
    EXPECT_EQ(same, tensor.name != "blk.0.attn_q.weight") << tensor.name;
  }
  const auto* before = reinterpret_cast<const float*>(model_->tensor("blk.0.attn_q.weight")->data.data());
  const auto* after = reinterpret_cast<const float*>(out->tensor("blk.0.attn_q.weight")->data.data());
  for (std::size_t row = 0; row < 8; ++row) {
    for (std::size_t col = 0; col < 8; ++col) {
      double expected = before[row * 8 + col];
      for (const Adapter& adapter : adapters) {
        const Change& change = adapter.changes[0];
        const auto rank = static_cast<std::size_t>(change.rank);
        for (std::size_t i = 0; i < rank; ++i)
          expected += double{change.scale} * change.up[row * rank + i] * change.down[i * 8 + col];
      }
      EXPECT_NEAR(after[row * 8 + col], expected, 1e-5) << row << ", " << col;
    }
  }
}

TEST_F(Merge, ALicenceIsWrittenWhereTheModelSaysNone) {
  ASSERT_TRUE(merge(*model_, two(), file("out.gguf"), {.license_if_missing = {"MIT", "its maker"}}));
  EXPECT_EQ(gguf::File::open(file("out.gguf"))->string("general.license")->value(), "MIT");
}

TEST_F(Merge, WritesOverNothingUnasked) {
  write_text("out.gguf", "mine");
  EXPECT_EQ(merge(*model_, two(), file("out.gguf"), {}).error().code, ErrorCode::kBadRequest);
  EXPECT_EQ(merge(*model_, two(), file("model.gguf"), {.replace = true}).error().code, ErrorCode::kBadRequest);
  EXPECT_TRUE(merge(*model_, two(), file("out.gguf"), {.replace = true}));
}

TEST_F(Merge, StopsWhenAskedAndLeavesNothing) {
  const std::atomic<bool> cancel = true;
  const auto merged = merge(*model_, two(), file("out.gguf"), {.cancel = &cancel});
  EXPECT_EQ(merged.error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(std::filesystem::exists(file("out.gguf")));
}

}  // namespace
}  // namespace sotto::adapter
