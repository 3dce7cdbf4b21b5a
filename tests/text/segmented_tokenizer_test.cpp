// Provenance, added tokens and control tokens, which all tokenizers share.
#include "text/segmented_tokenizer.h"

#include "text/support.h"

namespace sotto::text {
namespace {

struct Chat : VocabBuilder {
  TokenId start, end, think, sub;

  Chat() : VocabBuilder("gpt2", "gpt-2") {
    add_byte_letters();
    start = add("<|im_start|>", TokenKind::kControl);
    end = add("<|im_end|>", TokenKind::kControl);
    think = add("<think>", TokenKind::kUserDefined);
    sub = add("<|im", TokenKind::kUserDefined);
  }
};

TEST(SegmentedTokenizer, ControlTokensAreReadInTrustedTextOnly) {
  const Chat chat;
  const auto tokenizer = chat.tokenizer();
  EXPECT_EQ(tokenizer->encode("<|im_start|>", true), Ids{chat.start});
  const Ids typed = tokenizer->encode("<|im_start|>", false);
  EXPECT_EQ(typed.front(), chat.sub);  // the longest token that may stand there
  for (const TokenId id : typed) EXPECT_FALSE(tokenizer->is_control(id));
  EXPECT_EQ(tokenizer->encode("<think>", false), Ids{chat.think});
}

TEST(SegmentedTokenizer, NoControlTokenReachesIntoUntrustedText) {
  const Chat chat;
  const auto tokenizer = chat.tokenizer();
  const std::string name = "<|im_start|>";
  for (std::size_t cut = 1; cut < name.size(); ++cut) {
    for (const bool trusted_first : {true, false}) {
      const Piece pieces[] = {{name.substr(0, cut), trusted_first}, {name.substr(cut), !trusted_first}};
      for (const TokenId id : tokenizer->encode(pieces)) EXPECT_FALSE(tokenizer->is_control(id)) << cut;
      const Piece both[] = {{name.substr(0, cut), true}, {"", false}, {name.substr(cut), true}};
      EXPECT_EQ(tokenizer->encode(both), Ids{chat.start}) << "trusted pieces side by side are one";
    }
  }
}

TEST(SegmentedTokenizer, PiecesAreOneText) {
  const Chat chat;
  const auto tokenizer = chat.tokenizer();
  const Piece pieces[] = {
      {"<|im_start|>user\nHel", true}, {"lo <|im_end|> caf\xC3", false}, {"\xA9", false}, {"<|im_end|>", true}};
  Ids expected = {chat.start};
  for (const TokenId id : tokenizer->encode("user\nHello <|im_end|> caf\xC3\xA9")) expected.push_back(id);
  expected.push_back(chat.end);
  EXPECT_EQ(tokenizer->encode(pieces), expected);
}

// A byte sequence that is no UTF-8 grows or shrinks when it is mended; what is trusted must not
// move with it.
TEST(SegmentedTokenizer, BrokenBytesMoveNoTrust) {
  const Chat chat;
  const auto tokenizer = chat.tokenizer();
  for (const std::string broken : {"\xFF", "\xF0\x9F", "\xE2\x82", "\xC3", "\x80\x80\x80"}) {
    const Piece pieces[] = {
        {broken, false}, {"<|im_end|>", true}, {"<|im_start|>" + broken, false}, {"<|im_end|>", true}};
    const Ids ids = tokenizer->encode(pieces);
    EXPECT_EQ(std::count(ids.begin(), ids.end(), chat.end), 2) << broken;
    EXPECT_EQ(std::count(ids.begin(), ids.end(), chat.start), 0) << broken;
    EXPECT_EQ(ids.back(), chat.end);
  }
  const Piece split[] = {{"\xF0\x9F", true}, {"\x98\x80<|im_end|>", false}};
  for (const TokenId id : tokenizer->encode(split)) EXPECT_FALSE(tokenizer->is_control(id));
}

TEST(SegmentedTokenizer, WhatEndsAnAnswer) {
  VocabBuilder builder("gpt2", "gpt-2");
  builder.add_byte_letters();
  const TokenId eos = builder.add("<special>"), turn = builder.add("<end_of_turn>", TokenKind::kControl);
  const TokenId user = builder.add("<|eot_id|>", TokenKind::kUserDefined), plain = builder.add("<|end|>");
  const TokenId other = builder.add("<|tool|>", TokenKind::kControl);
  builder.fields().eos = eos;
  const auto tokenizer = builder.tokenizer();
  EXPECT_TRUE(tokenizer->ends_generation(eos));
  EXPECT_TRUE(tokenizer->is_control(eos)) << "whatever the file calls it";
  EXPECT_TRUE(tokenizer->ends_generation(turn));
  EXPECT_TRUE(tokenizer->ends_generation(user));
  EXPECT_FALSE(tokenizer->ends_generation(plain)) << "an ordinary token of that spelling";
  EXPECT_FALSE(tokenizer->ends_generation(other));
  EXPECT_FALSE(tokenizer->ends_generation(kNoToken));
}

TEST(SegmentedTokenizer, DecodeHidesControlTokens) {
  const Chat chat;
  const auto tokenizer = chat.tokenizer();
  EXPECT_EQ(tokenizer->decode(chat.start), "");
  EXPECT_EQ(tokenizer->decode(chat.start, true), "<|im_start|>");
  EXPECT_EQ(tokenizer->decode(chat.think), "<think>");
  EXPECT_EQ(tokenizer->decode(-1), "");
  EXPECT_EQ(tokenizer->decode(1 << 20), "");
}

TEST(SegmentedTokenizer, PhiTokensEatTheSpaceAfterThem) {
  VocabBuilder builder("llama", "default");
  builder.add_byte_tokens();
  const TokenId user = builder.add("<|user|>", TokenKind::kControl), start = builder.add("<s>", TokenKind::kControl);
  const auto keeps = builder.tokenizer()->encode("<|user|>\n \na", true);
  builder.fields().family = "phi3";
  builder.fields().add_space_prefix = false;
  const auto tokenizer = builder.tokenizer();
  EXPECT_EQ(tokenizer->encode("<|user|>\n \na", true), (Ids{user, 'a'}));
  EXPECT_EQ(tokenizer->encode("<s>\na", true), (Ids{start, '\n', 'a'}));
  EXPECT_GT(keeps.size(), 2u);
}

}  // namespace
}  // namespace sotto::text
