#include "published/vocab_merges.h"

#include <gtest/gtest.h>

#include "published/support.h"

namespace sotto::published {
namespace {

class VocabMerges : public testing::Test {
 protected:
  void SetUp() override {
    folder.write("vocab.json", R"({"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3, "<end>": 4})");
    folder.write("merges.txt", "#version: 0.2\r\na b\r\n\r\n");
    files.tokenizer_config = {{"tokenizer_class", "GPT2Tokenizer"}, {"eos_token", {{"content", "<end>"}}}};
  }

  test::TemporaryFolder folder;
  TokenFiles files;
};

TEST_F(VocabMerges, ReadsTokensMergesAndWhatIsSpecial) {
  const auto vocabulary = read_vocab_merges(folder.path(), files, 5);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->model, "gpt2");
  EXPECT_EQ(vocabulary->pre, "gpt-2");
  EXPECT_EQ(vocabulary->merges, std::vector<std::string>{"a b"});
  EXPECT_EQ(vocabulary->kinds[2], TokenKind::kNormal);
  EXPECT_EQ(vocabulary->kinds[3], TokenKind::kControl);
  EXPECT_EQ(vocabulary->kinds[4], TokenKind::kControl);
}

TEST_F(VocabMerges, QwenNeedsNoNameOfAClass) {
  files.tokenizer_config = Json::object();
  EXPECT_EQ(read_vocab_merges(folder.path(), files, 5).error().code, ErrorCode::kUnsupported);
  files.config = {{"model_type", "qwen3"}};
  EXPECT_EQ(read_vocab_merges(folder.path(), files, 5)->pre, "qwen2");
}

TEST_F(VocabMerges, IsNotFoundWithoutItsVocabulary) {
  std::filesystem::remove(folder.file("vocab.json"));
  EXPECT_EQ(read_vocab_merges(folder.path(), files, 5).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace sotto::published
