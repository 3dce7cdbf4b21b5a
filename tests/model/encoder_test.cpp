// The forward pass of encoders: against plain loops in double, and against itself in other company.
#include "model/encoder.h"

#include <gtest/gtest.h>

#include "support/python.h"
#include "tiny_encoder.h"

namespace sotto::model {
namespace {

using Texts = std::vector<Encoder::Text>;

Texts texts_of(std::initializer_list<int> lengths, int n_vocab) {
  Texts texts;
  for (const int n : lengths) {
    Encoder::Text& text = texts.emplace_back();
    for (int i = 0; i < n; ++i) text.push_back((i * 31 + n * 7 + i * i) % n_vocab);
  }
  return texts;
}

class LoadedEncoder {
 public:
  explicit LoadedEncoder(const TinyEncoder& tiny, int threads = 2) : written(tiny) {
    EXPECT_TRUE(written.write(folder.file("tiny.gguf")));
    auto opened = gguf::File::open(folder.file("tiny.gguf"));
    EXPECT_TRUE(opened) << opened.error().message;
    file = std::make_unique<gguf::File>(std::move(*opened));
    auto loaded = Encoder::load(*file, {.threads = threads});
    EXPECT_TRUE(loaded) << loaded.error().message;
    encoder = std::move(*loaded);
  }

  std::vector<float> embed(const Texts& texts) {
    std::vector<float> out(texts.size() * static_cast<std::size_t>(encoder->spec().model_dim));
    encoder->embed(texts, out.data());
    return out;
  }

  struct Likeness {
    double least_cosine = 1, greatest_error = 0;
  };

  // How near what the encoder makes of the texts comes to what the plain loops do.
  Likeness likeness(const Texts& texts) {
    const std::vector<float> found = embed(texts);
    Likeness likeness;
    for (std::size_t n = 0; n < texts.size(); ++n) {
      const std::vector<double> expected = written.embed(texts[n]);
      double cosine = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const double value = found[n * expected.size() + i];
        cosine += expected[i] * value;
        likeness.greatest_error = std::max(likeness.greatest_error, std::fabs(expected[i] - value));
      }
      likeness.least_cosine = std::min(likeness.least_cosine, cosine);
    }
    return likeness;
  }

  support::ScratchFolder folder;
  TinyEncoderFile written;
  std::unique_ptr<gguf::File> file;
  std::unique_ptr<Encoder> encoder;
};

TEST(Encoder, FollowsTheFormulas) {
  for (const int pooling : {1, 2, 3}) {
    LoadedEncoder loaded({.pooling = pooling});
    EXPECT_LT(loaded.likeness(texts_of({1, 2, 17, 64, 65, 130}, 71)).greatest_error, 3e-6) << "pooling " << pooling;
  }
}

TEST(Encoder, QuantizedWeightsComeClose) {
  LoadedEncoder loaded({.quantized = true});
  EXPECT_GT(loaded.likeness(texts_of({1, 2, 17, 64, 65, 130}, 71)).least_cosine, 0.9995);
}

TEST(Encoder, NeitherTheOtherTextsNorThreadsChangeAVector) {
  for (const bool quantized : {false, true}) {
    LoadedEncoder loaded({.quantized = quantized}), alone({.quantized = quantized}, 1);
    Texts texts;
    for (int n = 0; n < 40; ++n) texts.push_back(texts_of({1 + n * 3}, 71).front());  // more than a batch
    const std::vector<float> together = loaded.embed(texts);
    std::vector<float> one_by_one;
    for (const Encoder::Text& text : texts) {
      const std::vector<float> vector = alone.embed({text});
      one_by_one.insert(one_by_one.end(), vector.begin(), vector.end());
    }
    EXPECT_EQ(together, one_by_one);
  }
}

Error encoder_error(const TinyEncoder& tiny) {
  const support::ScratchFolder folder;
  EXPECT_TRUE(TinyEncoderFile(tiny).write(folder.file("tiny.gguf")));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  EXPECT_TRUE(file);
  auto encoder = Encoder::load(*file, {.threads = 1});
  EXPECT_FALSE(encoder);
  return encoder ? Error{} : encoder.error();
}

void expect_says(const Error& error, ErrorCode code, std::initializer_list<const char*> words) {
  EXPECT_EQ(error.code, code);
  for (const char* word : words) EXPECT_NE(error.message.find(word), std::string::npos) << error.message;
}

TEST(Encoder, NamesWhatIsWrongWithAFile) {
  expect_says(encoder_error({.left_out = "blk.1.ffn_up.bias"}), ErrorCode::kBadFile,
              {"tiny.gguf", "blk.1.ffn_up.bias", "missing", "[160, 1]"});
  expect_says(encoder_error({.left_out = "token_types.weight"}), ErrorCode::kBadFile,
              {"token_types.weight", "missing"});
  expect_says(encoder_error({.extra_tensor = "cls.weight"}), ErrorCode::kUnsupported, {"cls.weight"});
  expect_says(encoder_error({.n_heads = 5}), ErrorCode::kBadFile,
              {"embedding_length", "96", "multiple of head_count 5"});
  expect_says(encoder_error({.n_heads = 12}), ErrorCode::kBadFile, {"key_length", "8", "multiple of 16"});
  expect_says(encoder_error({.pooling = 4}), ErrorCode::kUnsupported, {"pooling_type", "4", "ranks"});
  expect_says(encoder_error({.pooling = 0}), ErrorCode::kUnsupported, {"pooling_type", "0"});
  expect_says(encoder_error({.pooling = 9}), ErrorCode::kBadFile, {"pooling_type", "9"});
  expect_says(encoder_error({.causal = true}), ErrorCode::kUnsupported, {"attention.causal"});
}

TEST(Encoder, IsNoModelThatWrites) {
  const support::ScratchFolder folder;
  ASSERT_TRUE(TinyEncoderFile(TinyEncoder{}).write(folder.file("tiny.gguf")));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  ASSERT_TRUE(file);
  auto model = Model::load(*file, {.threads = 1});
  ASSERT_FALSE(model);
  expect_says(model.error(), ErrorCode::kUnsupported, {"bert", "is an encoder", "sotto embed"});
}

}  // namespace
}  // namespace sotto::model
