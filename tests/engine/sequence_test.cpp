#include "engine/sequence.h"

#include <gtest/gtest.h>

#include "engine/fake_model.h"

namespace sotto::engine {
namespace {

struct SequenceTest : testing::Test {
  FakeModel model{answers("")};
  Batcher batcher{model};
  Sequence sequence{model, batcher, 32};

  void append(const std::vector<Token>& tokens) { sequence.append(tokens, model::LogitsFor::kNone, {}); }
};

TEST_F(SequenceTest, KeepsTheLongestCommonBeginning) {
  append({1, 2, 3, 4, 5});
  sequence.keep_common(std::vector<Token>{1, 2, 3, 9, 5, 6});
  EXPECT_EQ(sequence.size(), 3);
}

TEST_F(SequenceTest, LeavesTheLastTokenToBeReadForItsLogits) {
  append({1, 2, 3});
  sequence.keep_common(std::vector<Token>{1, 2, 3});
  EXPECT_EQ(sequence.size(), 2);
}

TEST_F(SequenceTest, NothingInCommonOrNothingAtAll) {
  sequence.keep_common(std::vector<Token>{1, 2});
  EXPECT_EQ(sequence.size(), 0);
  append({1, 2, 3});
  sequence.keep_common(std::vector<Token>{7, 2, 3});
  EXPECT_EQ(sequence.size(), 0);
  append({1, 2, 3});
  sequence.keep_common({});
  EXPECT_EQ(sequence.size(), 0);
}

TEST_F(SequenceTest, AppendFillsUpToTheCapacity) {
  append(std::vector<Token>(32, 1));
  EXPECT_EQ(sequence.size(), sequence.capacity());
  sequence.clear();
  EXPECT_EQ(sequence.size(), 0);
}

TEST_F(SequenceTest, TakesBackTheEndOfWhatWasAppended) {
  append({1, 2, 3, 4, 5});
  sequence.take_back(3);
  EXPECT_EQ(sequence.size(), 3);
  sequence.take_back(4);
  EXPECT_EQ(sequence.size(), 3) << "nothing to take back";
  sequence.keep_common(std::vector<Token>{1, 2, 3, 4, 5, 6});
  EXPECT_EQ(sequence.size(), 3);
}

}  // namespace
}  // namespace sotto::engine
