#include "adapter/adapter.h"

#include <functional>
#include <limits>

#include "adapter/support.h"

namespace sotto::adapter {
namespace {

using test::AdapterFiles;
using test::tensor;
using test::Tensor;

// What a test changes before the file is written.
struct Draft {
  gguf::Writer writer;
  std::vector<Tensor> tensors = {tensor("blk.0.attn_q.weight.lora_a", {8, 3}, 3),
                                 tensor("blk.0.attn_q.weight.lora_b", {3, 8}, 4)};

  Draft() {
    writer.set("general.architecture", "llama");
    writer.set("general.type", "adapter");
    writer.set("adapter.type", "lora");
    writer.set("adapter.lora.alpha", 6.0f);
  }
};

class GgufAdapter : public AdapterFiles {
 protected:
  Result<Adapter> read(const std::function<void(Draft&)>& edit, float strength = 1) {
    Draft draft;
    edit(draft);
    test::write_gguf(file("adapter.gguf"), draft.writer, draft.tensors);
    return read_adapter(file("adapter.gguf"), strength, *model_);
  }

  void refuse(const std::function<void(Draft&)>& edit, ErrorCode code, const std::string& part) {
    const auto adapter = read(edit);
    ASSERT_FALSE(adapter);
    EXPECT_EQ(adapter.error().code, code) << adapter.error().message;
    EXPECT_NE(adapter.error().message.find(part), std::string::npos) << adapter.error().message;
    EXPECT_TRUE(adapter.error().message.starts_with(file("adapter.gguf"))) << adapter.error().message;
  }
};

TEST_F(GgufAdapter, GivesBothHalvesAndTheScale) {
  const auto adapter = read([](Draft&) {}, 0.5f);
  ASSERT_TRUE(adapter) << adapter.error().message;
  ASSERT_EQ(adapter->changes.size(), 1u);
  const Change& change = adapter->changes[0];
  EXPECT_EQ(change.tensor, "blk.0.attn_q.weight");
  EXPECT_EQ(change.rows, 8);
  EXPECT_EQ(change.cols, 8);
  EXPECT_EQ(change.rank, 3);
  EXPECT_FLOAT_EQ(change.scale, 6.0f / 3 * 0.5f);
  EXPECT_EQ(change.down, test::numbers(24, 3));
  EXPECT_EQ(change.up, test::numbers(24, 4));
}

TEST_F(GgufAdapter, ChecksumTellsScaleAndNumbersApart) {
  const auto same = read([](Draft&) {}), half = read([](Draft&) {}, 0.5f);
  const auto other = read([](Draft& draft) { draft.tensors[1].values[7] += 1; });
  EXPECT_EQ(same->checksum, read([](Draft&) {})->checksum);
  EXPECT_NE(same->checksum, half->checksum);
  EXPECT_NE(same->checksum, other->checksum);
}

TEST_F(GgufAdapter, AlphaOfZeroMeansNoScaling) {
  EXPECT_FLOAT_EQ(read([](Draft& draft) { draft.writer.set("adapter.lora.alpha", 0.0f); })->changes[0].scale, 1);
}

TEST_F(GgufAdapter, RefusesHalfAPair) {
  refuse([](Draft& draft) { draft.tensors.pop_back(); }, ErrorCode::kBadFile, "only .lora_a is there");
  refuse([](Draft& draft) { draft.tensors.erase(draft.tensors.begin()); }, ErrorCode::kBadFile, "only .lora_b");
}

TEST_F(GgufAdapter, RefusesRanksThatDiffer) {
  refuse([](Draft& draft) { draft.tensors[1] = tensor("blk.0.attn_q.weight.lora_b", {2, 8}); }, ErrorCode::kBadFile,
         ".lora_a is [8, 3] and .lora_b [2, 8]");
}

TEST_F(GgufAdapter, RefusesAHugeRank) {
  refuse(
      [](Draft& draft) {
        draft.tensors = {tensor("blk.0.attn_q.weight.lora_a", {8, 5000}),
                         tensor("blk.0.attn_q.weight.lora_b", {5000, 8})};
      },
      ErrorCode::kBadFile, "at most 4096");
}

TEST_F(GgufAdapter, RefusesAMatrixOfAnotherShape) {
  refuse([](Draft& draft) { draft.tensors[1] = tensor("blk.0.attn_q.weight.lora_b", {3, 16}); }, ErrorCode::kBadFile,
         "changes a matrix of 16 rows and 8 columns, and blk.0.attn_q.weight");
  refuse([](Draft& draft) { draft.tensors[0] = tensor("blk.0.attn_q.weight.lora_a", {32, 3}); }, ErrorCode::kBadFile,
         "32 columns");
}

TEST_F(GgufAdapter, RefusesNumbersThatAreNone) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  refuse([&](Draft& draft) { draft.writer.set("adapter.lora.alpha", nan); }, ErrorCode::kBadFile, "adapter.lora.alpha");
  refuse([&](Draft& draft) { draft.writer.set("adapter.lora.alpha", infinity); }, ErrorCode::kBadFile, "finite");
  refuse([&](Draft& draft) { draft.writer.remove("adapter.lora.alpha"); }, ErrorCode::kBadFile, "found nothing");
  refuse([&](Draft& draft) { draft.tensors[0].values[5] = nan; }, ErrorCode::kBadFile, "NaN or infinite");
  refuse([&](Draft& draft) { draft.tensors[1].values[23] = infinity; }, ErrorCode::kBadFile, "NaN or infinite");
  EXPECT_EQ(read([](Draft&) {}, std::numeric_limits<float>::max()).error().code, ErrorCode::kBadRequest);
}

TEST_F(GgufAdapter, RefusesAnotherArchitecture) {
  refuse([](Draft& draft) { draft.writer.set("general.architecture", "qwen2"); }, ErrorCode::kUnsupported,
         "found \"qwen2\", expected that of the model");
}

TEST_F(GgufAdapter, RefusesWhatIsNoLora) {
  refuse([](Draft& draft) { draft.writer.remove("general.type"); }, ErrorCode::kUnsupported, "is no adapter");
  refuse([](Draft& draft) { draft.writer.set("adapter.type", "control_vector"); }, ErrorCode::kUnsupported,
         "control_vector");
  refuse([](Draft& draft) { draft.tensors.push_back(tensor("blk.0.attn_q.bias", {8})); }, ErrorCode::kUnsupported,
         "expected a name that ends in .lora_a or .lora_b");
  refuse([](Draft& draft) { draft.tensors.clear(); }, ErrorCode::kBadFile, "holds no tensors");
  const std::uint32_t words[] = {1, 2};
  refuse(
      [&](Draft& draft) {
        draft.writer.set_array("adapter.alora.invocation_tokens", std::span<const std::uint32_t>(words));
      },
      ErrorCode::kUnsupported, "aLoRA");
}

TEST_F(GgufAdapter, RefusesTensorsThatTheModelLacksOrThatAreNoMatrix) {
  const auto of = [](const std::string& name, std::vector<std::uint64_t> a, std::vector<std::uint64_t> b) {
    return [=](Draft& draft) { draft.tensors = {tensor(name + ".lora_a", a), tensor(name + ".lora_b", b)}; };
  };
  refuse(of("blk.1.attn_q.weight", {8, 3}, {3, 8}), ErrorCode::kUnsupported, "has no tensor \"blk.1.attn_q.weight\"");
  refuse(of("blk.0.attn_norm.weight", {8, 3}, {3, 1}), ErrorCode::kUnsupported, "has 1 dimensions");
  refuse(of("token_embd.weight", {3, 20}, {3, 8}), ErrorCode::kUnsupported, "embedding");
  refuse(of("blk.0.ffn_gate_exps.weight", {8, 3, 3}, {3, 6, 3}), ErrorCode::kUnsupported, "stack of experts");
}

TEST_F(GgufAdapter, SaysWhenThereIsNoFile) {
  EXPECT_EQ(read_adapter(file("absent.gguf"), 1, *model_).error().code, ErrorCode::kNotFound);
  write_text("adapter_model.safetensors", "????");
  const auto loose = read_adapter(file("adapter_model.safetensors"), 1, *model_);
  EXPECT_NE(loose.error().message.find("name the folder"), std::string::npos) << loose.error().message;
}

}  // namespace
}  // namespace sotto::adapter
