// Lists of merges as files bring them; what tokenizers make of good ones stands in bpe_test.cpp and
// sentencepiece_test.cpp.
#include "text/support.h"

namespace sotto::text {
namespace {

std::string merge_error(const std::string& line, bool ranked) {
  VocabBuilder builder(ranked ? "llama" : "gpt2", "default");
  builder.add("a");
  builder.add("b");
  builder.add("ab");
  builder.fields().ranked_merges = ranked;
  builder.add_merge_line("a b");
  builder.add_merge_line(line);
  const auto tokenizer = Tokenizer::create(builder.vocab());
  return tokenizer ? "no error" : tokenizer.error().message;
}

TEST(MergeList, NamesTheLineThatIsWrong) {
  for (const bool ranked : {false, true}) {
    for (const char* line : {"a", "a ", "ab", "a x", "x b", "b a"}) {
      const std::string message = merge_error(line, ranked);
      EXPECT_NE(message.find(std::string("merges[1] is '") + line + "'"), std::string::npos) << message;
    }
    EXPECT_EQ(merge_error("a b", ranked), "no error") << "twice the same";
  }
}

}  // namespace
}  // namespace sotto::text
