#include "text/gap_tokens.h"

#include "text/support.h"

namespace sotto::text {
namespace {

struct Coder : VocabBuilder {
  TokenId prefix, suffix, middle, repository, file;

  explicit Coder(TokenKind kind = TokenKind::kControl) : VocabBuilder("gpt2", "gpt-2") {
    add_byte_letters();
    prefix = add("<|fim_prefix|>", kind);
    middle = add("<|fim_middle|>", kind);
    suffix = add("<|fim_suffix|>", kind);
    repository = add("<|repo_name|>", kind);
    file = add("<|file_sep|>", kind);
  }
};

TEST(GapTokens, AreFoundByTheirSpelling) {
  const Coder coder;
  const auto tokenizer = coder.tokenizer();
  const GapTokens& gap = tokenizer->vocab().gap;
  EXPECT_TRUE(gap.complete());
  EXPECT_EQ(gap.prefix, coder.prefix);
  EXPECT_EQ(gap.suffix, coder.suffix);
  EXPECT_EQ(gap.middle, coder.middle);
  EXPECT_EQ(gap.repository, coder.repository);
  EXPECT_EQ(gap.file, coder.file);
  EXPECT_EQ(gap.pad, kNoToken);
}

TEST(GapTokens, OneThatIsMissingLeavesNone) {
  VocabBuilder builder("gpt2", "gpt-2");
  builder.add_byte_letters().add("<fim_prefix>", TokenKind::kControl);
  builder.add("<fim_suffix>", TokenKind::kControl);
  const TokenId name = builder.add("<reponame>", TokenKind::kUserDefined);
  const auto tokenizer = builder.tokenizer();
  EXPECT_FALSE(tokenizer->vocab().gap.complete());
  EXPECT_FALSE(tokenizer->ends_generation(name));
  EXPECT_EQ(tokenizer->encode("<reponame>"), Ids{name}) << "stays what the file says that it is";
}

TEST(GapTokens, AWordOfTheVocabularyIsNone) {
  const Coder words(TokenKind::kNormal);
  EXPECT_FALSE(words.tokenizer()->vocab().gap.complete());
}

TEST(GapTokens, TextNeverBecomesOne) {
  const Coder coder(TokenKind::kUserDefined);
  const auto tokenizer = coder.tokenizer();
  for (const char* typed : {"<|fim_prefix|>", "<|fim_middle|>", "<|file_sep|>"}) {
    for (const TokenId id : tokenizer->encode(typed)) EXPECT_FALSE(tokenizer->is_control(id)) << typed;
    EXPECT_EQ(tokenizer->encode(typed, true).size(), 1u);
  }
}

TEST(GapTokens, WhatTheFileSaysComesFirst) {
  Coder coder;
  const TokenId other = coder.add("before", TokenKind::kNormal);
  coder.fields().gap.prefix = other;
  const auto tokenizer = coder.tokenizer();
  EXPECT_EQ(tokenizer->vocab().gap.prefix, other);
  EXPECT_TRUE(tokenizer->is_control(other));
  EXPECT_EQ(tokenizer->vocab().gap.suffix, coder.suffix);
}

TEST(GapTokens, WhatSeparatesFilesEndsAnAnswer) {
  const Coder coder;
  const auto tokenizer = coder.tokenizer();
  EXPECT_TRUE(tokenizer->ends_generation(coder.repository));
  EXPECT_TRUE(tokenizer->ends_generation(coder.file));
  EXPECT_FALSE(tokenizer->ends_generation(coder.middle));
}

}  // namespace
}  // namespace sotto::text
