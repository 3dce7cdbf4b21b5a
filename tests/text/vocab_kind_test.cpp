#include "text/vocab_kind.h"

#include <gtest/gtest.h>

namespace sotto::text {
namespace {

TEST(VocabKinds, EachIsReadByATokenizerThatIsThere) {
  for (const char* name : {"gpt2", "llama", "gemma4", "bert"}) {
    const VocabKind* kind = find_vocab_kind(name);
    ASSERT_NE(kind, nullptr) << name;
    EXPECT_EQ(kind->name, name);
    const VocabKind* like = find_vocab_kind(kind->like);
    ASSERT_NE(like, nullptr) << name;
    EXPECT_EQ(like->like, like->name) << name;
    EXPECT_NE(vocab_kind_names().find(name), std::string::npos);
  }
}

TEST(VocabKinds, OthersAreUnknown) {
  for (const char* name : {"", "rwkv", "GPT2", "llama "}) EXPECT_EQ(find_vocab_kind(name), nullptr) << name;
}

}  // namespace
}  // namespace sotto::text
