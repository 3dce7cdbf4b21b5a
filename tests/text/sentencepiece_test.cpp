#include "text/sentencepiece.h"

#include "text/oracle.h"
#include "text/support.h"

namespace sotto::text {
namespace {

TEST(SentencePiece, GivesWhatHuggingFaceGives) {
  const support::ScratchFolder folder;
  ASSERT_TRUE(run_oracle(folder, {"gemma3", "llama2"}));
  for (const char* name : {"gemma3", "llama2"}) {
    SCOPED_TRACE(name);
    const auto oracle = read_case(folder.file(std::string(name) + ".bin"));
    auto tokenizer = Tokenizer::create(oracle->vocab);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    expect_same_ids(*oracle, **tokenizer);
  }
}

// Pieces for "a b" and a token spelt as a byte token is.
struct Small : VocabBuilder {
  TokenId space, a, b;

  Small() : VocabBuilder("llama", "default") {
    add_byte_tokens();
    space = add("\xE2\x96\x81");
    a = add("a");
    b = add("b");
    fields().add_space_prefix = false;
  }
};

// "ab" and "bc" both may merge: by score it would be "bc", by their order in the list it is "ab".
TEST(SentencePiece, MergesMayGoByTheirOrder) {
  const std::string space = "\xE2\x96\x81";
  Small small;
  const TokenId c = small.add("c"), ab = small.add("ab", TokenKind::kNormal, -2);
  const TokenId bc = small.add("bc", TokenKind::kNormal, -1), marked = small.add(space + "ab", TokenKind::kNormal, -3);
  EXPECT_EQ(small.tokenizer()->encode("abc"), (Ids{small.a, bc}));
  small.fields().ranked_merges = true;
  for (const std::string& line : {std::string("a b"), std::string("b c"), space + " ab"}) small.add_merge_line(line);
  const auto tokenizer = small.tokenizer();
  EXPECT_EQ(tokenizer->encode("abc"), (Ids{ab, c}));
  EXPECT_EQ(tokenizer->encode("bc ab"), (Ids{bc, marked}));
  EXPECT_EQ(tokenizer->encode("\xC3\xA9"), (Ids{0xC3, 0xA9})) << "bytes for what the vocabulary lacks";
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("bc ab")), "bc ab");
}

TEST(SentencePiece, NamesAMergeOfWhatIsNoToken) {
  Small small;
  small.fields().ranked_merges = true;
  small.add_merge_line("a z");
  const auto tokenizer = Tokenizer::create(small.vocab());
  ASSERT_FALSE(tokenizer);
  EXPECT_NE(tokenizer.error().message.find("merges[0] is 'a z'"), std::string::npos) << tokenizer.error().message;
}

TEST(SentencePiece, CollapsesSpacesWhereTheFileAsksForIt) {
  Small small;
  EXPECT_EQ(small.tokenizer()->encode("a  b"), (Ids{small.a, small.space, small.space, small.b}));
  small.fields().remove_extra_whitespaces = true;
  EXPECT_EQ(small.tokenizer()->encode("  a   b"), (Ids{small.a, small.space, small.b}));
}

TEST(SentencePiece, PrefixIsTakenBackWhenDecoding) {
  Small small;
  small.fields().add_space_prefix = true;
  const auto tokenizer = small.tokenizer();
  EXPECT_EQ(tokenizer->encode("a"), (Ids{small.space, small.a}));
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("a")), "a");
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(" a")), " a");
}

TEST(SentencePiece, TextSpeltAsAByteTokenStaysText) {
  const Small small;
  const auto tokenizer = small.tokenizer();
  const Ids ids = tokenizer->encode("<0x41>");
  EXPECT_EQ(ids, (Ids{'<', '0', 'x', '4', '1', '>'}));
  EXPECT_EQ(tokenizer->decode(ids), "<0x41>");
}

}  // namespace
}  // namespace sotto::text
