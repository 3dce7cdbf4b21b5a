#include "engine/embedding.h"

#include <gtest/gtest.h>

#include "model/tiny_encoder.h"
#include "support/python.h"

namespace sotto::engine {
namespace {

// An encoder of 71 words, w0 to w66 behind four control tokens.
class Embedding : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(model::TinyEncoderFile({.n_positions = 20}).write(folder_.file("tiny.gguf")));
    auto opened = gguf::File::open(folder_.file("tiny.gguf"));
    ASSERT_TRUE(opened);
    file_ = std::make_unique<gguf::File>(std::move(*opened));
    auto loaded = model::Encoder::load(*file_, {.threads = 1});
    ASSERT_TRUE(loaded) << loaded.error().message;
    encoder_ = std::move(*loaded);
    auto tokenizer = text::Tokenizer::create(words());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    language_ = std::make_unique<Language>(std::move(*tokenizer), std::nullopt);
  }

  text::Vocab words() {
    text::Vocab vocab;
    vocab.model = "bert";
    names_ = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"};
    for (int i = 0; i < 67; ++i) names_.push_back("\xE2\x96\x81w" + std::to_string(i));
    vocab.tokens.assign(names_.begin(), names_.end());
    vocab.kinds.assign(names_.size(), text::TokenKind::kNormal);
    std::fill_n(vocab.kinds.begin(), 4, text::TokenKind::kControl);
    vocab.pad = 0, vocab.unk = 1, vocab.bos = vocab.cls = 2, vocab.sep = 3;
    vocab.add_bos = vocab.add_eos = true;
    return vocab;
  }

  Result<std::vector<std::vector<float>>> embed(const std::vector<std::string>& texts) {
    return embed_texts(texts, *language_, *encoder_, turn_, 20);
  }

  std::vector<float> of_tokens(const model::Encoder::Text& tokens) {
    std::vector<float> out(static_cast<std::size_t>(encoder_->spec().model_dim));
    encoder_->embed({&tokens, 1}, out.data());
    return out;
  }

  support::ScratchFolder folder_;
  std::vector<std::string> names_;
  std::unique_ptr<gguf::File> file_;
  std::unique_ptr<model::Encoder> encoder_;
  std::unique_ptr<Language> language_;
  TurnLock turn_;
};

TEST_F(Embedding, BeginsAndEndsATextAsTheModelWasTrainedTo) {
  const auto vectors = embed({"w0 w5", "", "[SEP]"});
  ASSERT_TRUE(vectors) << vectors.error().message;
  EXPECT_EQ((*vectors)[0], of_tokens({2, 4, 9, 3}));
  EXPECT_EQ((*vectors)[1], of_tokens({2, 3}));
  EXPECT_EQ((*vectors)[2], of_tokens({2, 1, 1, 1, 3})) << "a control token's name in a text is text";
}

TEST_F(Embedding, KeepsTheOrderOfManyTexts) {
  std::vector<std::string> texts;
  for (int i = 0; i < 150; ++i) texts.push_back("w" + std::to_string(i % 67));
  const auto vectors = embed(texts);
  ASSERT_TRUE(vectors);
  ASSERT_EQ(vectors->size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ((*vectors)[i], of_tokens({2, static_cast<std::int32_t>(4 + i % 67), 3})) << i;
  }
}

TEST_F(Embedding, SaysWhichTextIsTooLong) {
  std::string longest, longer = "w1";
  for (int i = 0; i < 18; ++i) longest += "w1 ", longer += " w1";
  EXPECT_TRUE(embed({longest}));
  const auto refused = embed({"w1", longer});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kContextFull);
  EXPECT_EQ(refused.error().message, "text 2 of 2 has 21 tokens, and the model takes 20 at a time; split it");
}

TEST_F(Embedding, NoTextsGiveNoVectors) { EXPECT_TRUE(embed({})->empty()); }

}  // namespace
}  // namespace sotto::engine
