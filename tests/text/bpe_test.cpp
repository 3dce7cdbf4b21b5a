#include "text/bpe.h"

#include "text/oracle.h"
#include "text/support.h"

namespace sotto::text {
namespace {

TEST(Bpe, RealVocabularyGivesWhatHuggingFaceGives) {
  const support::ScratchFolder folder;
  ASSERT_TRUE(run_oracle(folder, {"smollm2"}));
  const auto oracle = read_case(folder.file("smollm2.bin"));
  auto tokenizer = Tokenizer::create(oracle->vocab);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  expect_same_ids(*oracle, **tokenizer);
}

TEST(Bpe, MergesByRankAndNeverIntoAControlToken) {
  VocabBuilder builder("gpt2", "gpt-2");
  builder.add_byte_letters();
  const TokenId bc = builder.merge("b", "c"), ab = builder.merge("a", "b");
  const auto tokenizer = builder.tokenizer();
  EXPECT_EQ(tokenizer->encode("abc"), (Ids{'a', bc}));
  EXPECT_EQ(tokenizer->encode("abb"), (Ids{ab, 'b'}));

  builder.fields().kinds[static_cast<std::size_t>(bc)] = TokenKind::kControl;
  EXPECT_EQ(builder.tokenizer()->encode("bc"), (Ids{'b', 'c'}));
  EXPECT_EQ(builder.tokenizer()->encode("bc", true), Ids{bc});
}

}  // namespace
}  // namespace sotto::text
