// How a text is cut: as tools/quality.py cuts it.
#include "evaluate/chunks.h"

#include <gtest/gtest.h>

#include "engine/fake_model.h"

namespace sotto::evaluate {
namespace {

using engine::kBos;

// A token for each byte, and one that begins a text.
engine::Language bytes_with_bos(bool add_bos) {
  return engine::Language(std::make_unique<engine::FakeTokenizer>(add_bos), std::nullopt);
}

TEST(Chunks, EachBeginsAsTheModelWasTrainedTo) {
  const Chunks chunks = chunks_of(bytes_with_bos(true), "abcdefgh", 100, 4);
  EXPECT_EQ(chunks, (Chunks{{kBos, 'a', 'b', 'c'}, {kBos, 'd', 'e', 'f'}, {kBos, 'g', 'h'}}));
  EXPECT_EQ(count_tokens(chunks), 11u);
  EXPECT_EQ(chunks_of(bytes_with_bos(false), "abcdef", 100, 4), (Chunks{{'a', 'b', 'c', 'd'}, {'e', 'f'}}));
}

TEST(Chunks, TheBeginningCountsAmongTheTokens) {
  EXPECT_EQ(chunks_of(bytes_with_bos(true), "abcdefgh", 6, 4), (Chunks{{kBos, 'a', 'b', 'c'}, {kBos, 'd'}}));
  EXPECT_EQ(chunks_of(bytes_with_bos(true), "abcdefgh", 5, 4), (Chunks{{kBos, 'a', 'b', 'c'}}));
}

TEST(Chunks, OneTokenForetellsNothing) {
  EXPECT_EQ(chunks_of(bytes_with_bos(false), "abcde", 100, 4), (Chunks{{'a', 'b', 'c', 'd'}}));
  EXPECT_TRUE(chunks_of(bytes_with_bos(false), "a", 100, 4).empty());
  EXPECT_TRUE(chunks_of(bytes_with_bos(true), "", 100, 4).empty());
}

}  // namespace
}  // namespace sotto::evaluate
