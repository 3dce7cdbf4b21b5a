#include "model/vocab_reader.h"

#include <gtest/gtest.h>

#include "gguf/writer.h"
#include "support/python.h"
#include "text/tokenizer.h"

namespace sotto::model {
namespace {

constexpr std::string_view kTokens[] = {"<s>", "a", "b"};

class VocabReader : public testing::Test {
 protected:
  VocabReader() {
    writer.set("general.architecture", "llama");
    writer.set("tokenizer.ggml.model", "gpt2");
    writer.set("tokenizer.ggml.pre", "gpt-2");
    writer.set_array("tokenizer.ggml.tokens", kTokens);
  }

  Result<text::Vocab> read() {
    const auto written = writer.write(folder.file("v.gguf"), [](std::size_t, const auto&) { return Result<void>(); });
    EXPECT_TRUE(written);
    auto opened = gguf::File::open(folder.file("v.gguf"));
    if (!opened) return forward_error(opened);
    file = std::make_unique<gguf::File>(std::move(*opened));
    return read_vocab(*file);
  }
  // The message of the error that reading gives.
  std::string refusal(ErrorCode code = ErrorCode::kBadFile) {
    const auto vocab = read();
    if (vocab) return "no error";
    EXPECT_EQ(vocab.error().code, code);
    EXPECT_NE(vocab.error().message.find("v.gguf"), std::string::npos) << "names the file";
    return vocab.error().message;
  }
  void expect_refused(std::string_view key, std::string_view what) {
    const std::string message = refusal();
    EXPECT_NE(message.find(key), std::string::npos) << message;
    EXPECT_NE(message.find(what), std::string::npos) << message;
  }

  support::ScratchFolder folder;
  gguf::Writer writer;
  std::unique_ptr<gguf::File> file;
};

TEST_F(VocabReader, AKindMayBeAnotherWithMergesByTheirOrder) {
  writer.set("tokenizer.ggml.model", "gemma4");
  const auto vocab = read();
  ASSERT_TRUE(vocab) << vocab.error().message;
  EXPECT_EQ(vocab->model, "llama");
  EXPECT_TRUE(vocab->ranked_merges && vocab->add_bos);
  EXPECT_FALSE(vocab->add_space_prefix);
}

TEST_F(VocabReader, ReadsWhatTheFileSays) {
  constexpr std::int32_t kKinds[] = {3, 1, 4};
  constexpr float kScores[] = {0, -1, -2.5f};
  constexpr std::string_view kMerges[] = {"a b"};
  writer.set_array<std::int32_t>("tokenizer.ggml.token_type", kKinds);
  writer.set_array<float>("tokenizer.ggml.scores", kScores);
  writer.set_array("tokenizer.ggml.merges", kMerges);
  writer.set("tokenizer.ggml.bos_token_id", std::uint32_t{0});
  writer.set("tokenizer.ggml.eos_token_id", std::int64_t{2});
  writer.set("tokenizer.ggml.padding_token_id", std::int32_t{-1});
  writer.set("tokenizer.ggml.unknown_token_id", std::uint32_t{0xFFFFFFFF});
  writer.set("tokenizer.ggml.add_bos_token", true);
  writer.set("tokenizer.ggml.normalizer.lowercase", false);
  const auto vocab = read();
  ASSERT_TRUE(vocab) << vocab.error().message;
  EXPECT_EQ(vocab->model, "gpt2");
  EXPECT_EQ(vocab->family, "llama");
  EXPECT_EQ(vocab->tokens, (std::vector<std::string_view>{"<s>", "a", "b"}));
  EXPECT_EQ(vocab->kinds[2], text::TokenKind::kUserDefined);
  EXPECT_EQ(vocab->scores[2], -2.5f);
  EXPECT_EQ(vocab->merges[0], "a b");
  EXPECT_EQ(vocab->bos, 0);
  EXPECT_EQ(vocab->eos, 2);
  EXPECT_EQ(vocab->pad, text::kNoToken);
  EXPECT_EQ(vocab->unk, text::kNoToken);
  EXPECT_TRUE(vocab->add_bos);
  EXPECT_FALSE(vocab->add_space_prefix);
  EXPECT_EQ(vocab->lowercase, false);
}

TEST_F(VocabReader, KnowsWhatFilesLeaveUnsaid) {
  auto vocab = read();
  ASSERT_TRUE(vocab) << vocab.error().message;
  EXPECT_FALSE(vocab->add_bos);
  EXPECT_EQ(vocab->bos, text::kNoToken);
  writer.set("tokenizer.ggml.pre", "llama-bpe");
  EXPECT_TRUE(read()->add_bos);
  writer.set("tokenizer.ggml.model", "llama");
  vocab = read();
  EXPECT_TRUE(vocab->add_bos);
  EXPECT_TRUE(vocab->add_space_prefix);
  EXPECT_EQ(vocab->bos, 1);
  EXPECT_EQ(vocab->eos, 2);
  EXPECT_EQ(vocab->unk, 0);
  writer.set("tokenizer.ggml.model", "bert");
  EXPECT_EQ(read()->cls, text::kNoToken) << "101 is beyond this vocabulary";
}

TEST_F(VocabReader, ReadsIntegerScores) {
  constexpr std::int32_t kScores[] = {0, -1, -2};
  writer.set_array<std::int32_t>("tokenizer.ggml.scores", kScores);
  const auto vocab = read();
  ASSERT_TRUE(vocab) << vocab.error().message;
  EXPECT_EQ(vocab->scores, (std::vector<float>{0, -1, -2}));
}

TEST_F(VocabReader, ReadsTheTokensAroundAGap) {
  writer.set("tokenizer.ggml.prefix_token_id", std::uint32_t{0});
  writer.set("tokenizer.ggml.suffix_token_id", std::uint32_t{1});
  writer.set("tokenizer.ggml.fim_pre_token_id", std::uint32_t{2});
  writer.set("tokenizer.ggml.fim_sep_token_id", std::uint32_t{1});
  const auto vocab = read();
  ASSERT_TRUE(vocab) << vocab.error().message;
  EXPECT_EQ(vocab->gap.prefix, 2) << "the newer key";
  EXPECT_EQ(vocab->gap.suffix, 1);
  EXPECT_EQ(vocab->gap.file, 1);
  EXPECT_EQ(vocab->gap.middle, text::kNoToken);
  EXPECT_FALSE(vocab->gap.complete());
  writer.set("tokenizer.ggml.fim_mid_token_id", std::uint32_t{3});
  expect_refused("tokenizer.ggml.fim_mid_token_id", "is 3");
}

TEST_F(VocabReader, RefusesIdsOutOfRange) {
  writer.set("tokenizer.ggml.eos_token_id", std::uint32_t{3});
  expect_refused("tokenizer.ggml.eos_token_id", "is 3; expected a token id from 0 to 2");
  writer.set("tokenizer.ggml.eos_token_id", std::int32_t{-2});
  expect_refused("tokenizer.ggml.eos_token_id", "is -2");
  writer.set("tokenizer.ggml.eos_token_id", "two");
  expect_refused("tokenizer.ggml.eos_token_id", "integer");
}

TEST_F(VocabReader, RefusesArraysOfAnotherLength) {
  constexpr std::int32_t kKinds[] = {3, 1};
  writer.set_array<std::int32_t>("tokenizer.ggml.token_type", kKinds);
  expect_refused("tokenizer.ggml.token_type", "is an array of 2; expected one of 3");
  constexpr std::int32_t kAll[] = {3, 1, 1};
  writer.set_array<std::int32_t>("tokenizer.ggml.token_type", kAll);
  constexpr float kScores[] = {0, 1, 2, 3};
  writer.set_array<float>("tokenizer.ggml.scores", kScores);
  expect_refused("tokenizer.ggml.scores", "is an array of 4; expected one of 3");
}

TEST_F(VocabReader, SaysThatThereIsNoTokenizer) {
  writer = gguf::Writer();
  writer.set("general.architecture", "llama");
  EXPECT_NE(refusal(ErrorCode::kNotFound).find("tokenizer.ggml.tokens"), std::string::npos);
}

// The real files, end to end.
TEST(VocabReaderOnRealFiles, MakesTokenizers) {
  const char* named = std::getenv("SOTTO_TEST_DATA");
  const std::string data = named != nullptr ? named : std::string(std::getenv("HOME")) + "/.cache/sotto-test";
  for (const char* name : {"SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-Q4_K_M.gguf"}) {
    const auto opened = gguf::File::open(data + "/" + name);
    ASSERT_TRUE(opened) << opened.error().message << " (tools/fetch_test_data.py fetches it)";
    auto vocab = read_vocab(*opened);
    ASSERT_TRUE(vocab) << vocab.error().message;
    const auto tokenizer = text::Tokenizer::create(std::move(*vocab));
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    const std::string text = "The quick brown fox isn't 12 years old.\n\n\tna\xC3\xAFve \xF0\x9F\x98\x80   end";
    EXPECT_EQ((*tokenizer)->decode((*tokenizer)->encode(text)), text);
    const auto eos = (*tokenizer)->vocab().eos;
    EXPECT_TRUE((*tokenizer)->ends_generation(eos));
    EXPECT_TRUE((*tokenizer)->is_control(eos));
  }
}

}  // namespace
}  // namespace sotto::model
