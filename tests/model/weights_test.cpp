// Errors of loading: each names the tensor or key, what was found and what was expected.
#include "model/weights.h"

#include <gtest/gtest.h>

#include "model/model.h"
#include "support/python.h"
#include "tiny_models.h"

namespace sotto::model {
namespace {

Error load_error(const TinyModel& tiny) {
  const support::ScratchFolder folder;
  EXPECT_TRUE(TinyModelWriter(tiny).write(folder.file("tiny.gguf")));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  EXPECT_TRUE(file);
  auto model = Model::load(*file, {1, false});
  EXPECT_FALSE(model);
  return model ? Error{} : model.error();
}

void expect_mentions(const Error& error, std::initializer_list<const char*> words) {
  for (const char* word : words) EXPECT_NE(error.message.find(word), std::string::npos) << error.message;
}

TEST(Weights, NamesAnUnknownArchitectureAndTheKnownOnes) {
  const Error error = load_error({.architecture = "mamba"});
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  expect_mentions(error, {"tiny.gguf", "mamba", "llama", "gemma3"});
}

TEST(Weights, NamesAMissingTensor) {
  // A file that says gemma3 but was written without that family's norms.
  TinyModel tiny;
  tiny.architecture = "gemma3";
  tiny.window = 16;
  tiny.model_dim = 64;
  const support::ScratchFolder folder;
  ASSERT_TRUE(TinyModelWriter(tiny).write(folder.file("tiny.gguf")));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  ASSERT_TRUE(file);
  base::ThreadPool pool(1);
  DecoderSpec spec;
  spec.n_layers = tiny.n_layers + 1;  // one layer more than the file has
  spec.model_dim = tiny.model_dim;
  spec.ffn_dim = tiny.ffn_dim;
  spec.n_heads = tiny.n_heads;
  spec.n_kv_heads = tiny.n_kv_heads;
  spec.head_dim = tiny.head_dim;
  spec.rope_dim = tiny.head_dim;
  spec.n_vocab = tiny.n_vocab;
  auto weights = bind_weights(*file, spec, standard_weight_table(), {}, pool);
  ASSERT_FALSE(weights);
  expect_mentions(weights.error(), {"tiny.gguf", "blk.3.attn_q.weight", "missing", "[64, 64]"});

  spec.n_layers = tiny.n_layers;
  spec.ffn_dim = 128;
  auto wrong = bind_weights(*file, spec, standard_weight_table(), {}, pool);
  ASSERT_FALSE(wrong);
  expect_mentions(wrong.error(), {"blk.0.ffn_gate.weight", "[64, 96]", "expected [64, 128]"});
}

TEST(Weights, BindsShapesAndTiesTheHead) {
  for (bool untied : {true, false}) {
    TinyModel tiny;
    tiny.untied_head = untied;
    const support::ScratchFolder folder;
    ASSERT_TRUE(TinyModelWriter(tiny).write(folder.file("tiny.gguf")));
    const auto file = gguf::File::open(folder.file("tiny.gguf"));
    ASSERT_TRUE(file);
    const auto model = Model::load(*file, {1, false});
    ASSERT_TRUE(model);
    EXPECT_EQ((*model)->spec().n_vocab, tiny.n_vocab);
    EXPECT_EQ((*model)->spec().n_layers, tiny.n_layers);
  }
}

// What a file asks for and this version cannot do is said, not left out.
TEST(Weights, RefusesWhatItWouldHaveToLeaveOut) {
  TinyModel biased;
  biased.extra_tensor = "blk.1.ffn_up.bias";
  const Error bias = load_error(biased);
  EXPECT_EQ(bias.code, ErrorCode::kUnsupported);
  expect_mentions(bias, {"blk.1.ffn_up.bias"});
  TinyModel scaled;
  scaled.rope_scaling = "spiral";
  const Error scaling = load_error(scaled);
  EXPECT_EQ(scaling.code, ErrorCode::kUnsupported);
  expect_mentions(scaling, {"llama.rope.scaling.type", "spiral", "linear", "yarn"});
}

TEST(Weights, RefusesImpossibleMetadata) {
  TinyModel heads;
  heads.n_heads = 5;
  heads.n_kv_heads = 2;
  expect_mentions(load_error(heads), {"llama.attention.head_count_kv", "2", "divisor", "5"});
  TinyModel narrow;
  narrow.head_dim = 10;
  expect_mentions(load_error(narrow), {"llama.attention.key_length", "10", "multiple of 16"});
}

}  // namespace
}  // namespace sotto::model
