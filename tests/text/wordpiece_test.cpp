#include "text/wordpiece.h"

#include "text/oracle.h"

namespace sotto::text {
namespace {

TEST(WordPiece, GivesWhatHuggingFaceGives) {
  const support::ScratchFolder folder;
  ASSERT_TRUE(run_oracle(folder, {"bert", "bert-cased"}));
  for (const char* name : {"bert", "bert-cased"}) {
    SCOPED_TRACE(name);
    const auto oracle = read_case(folder.file(std::string(name) + ".bin"));
    auto tokenizer = Tokenizer::create(oracle->vocab);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    expect_same_ids(*oracle, **tokenizer);
  }
}

}  // namespace
}  // namespace sotto::text
