#include "text/bpe.h"

#include "text/oracle.h"

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

}  // namespace
}  // namespace sotto::text
