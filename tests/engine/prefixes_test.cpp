#include "engine/prefixes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "engine/fake_model.h"
#include "engine/sequence.h"

namespace sotto::engine {
namespace {

struct PrefixesTest : testing::Test {
  std::vector<Token> seen;  // by the model, when logits were asked for last
  FakeModel model{[this](const std::vector<Token>& read) {
    seen = read;
    return Token('z');
  }};
  Batcher batcher{model};
  Prefixes prefixes;
  Sequence lender{model, batcher, 1000, &prefixes}, borrower{model, batcher, 500, &prefixes};
  std::vector<Token> text = std::vector<Token>(400, 7);

  void SetUp() override {
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<Token>('a' + i % 23);
  }
  static void append(Sequence& sequence, std::span<const Token> tokens) {
    for (std::size_t done = 0; done < tokens.size(); done += 16)
      sequence.append(tokens.subspan(done, std::min<std::size_t>(16, tokens.size() - done)), model::LogitsFor::kNone,
                      {});
  }
};

TEST_F(PrefixesTest, TakesWhatAnotherHasRead) {
  append(lender, text);
  borrower.keep_common(text);
  EXPECT_EQ(borrower.size(), 384) << "whole chunks of 64 of the 399";
  EXPECT_EQ(borrower.tokens(), std::vector<Token>(text.begin(), text.begin() + 384));
  EXPECT_EQ(lender.size(), 400);
}

TEST_F(PrefixesTest, WhatIsTakenIsACopy) {
  append(lender, text);
  borrower.keep_common(text);
  lender.clear();
  append(lender, std::vector<Token>(100, 'x'));
  append(borrower, std::span(text).subspan(384));
  std::vector<float> logits(static_cast<std::size_t>(borrower.n_vocab()));
  const Token next = 'y';
  borrower.append(std::span(&next, 1), model::LogitsFor::kLast, logits);
  text.push_back(next);
  EXPECT_EQ(seen, text);
}

TEST_F(PrefixesTest, TakesNothingForALittleMore) {
  append(lender, text);
  append(borrower, std::span(text).first(300));
  borrower.keep_common(text);
  EXPECT_EQ(borrower.size(), 300);
}

// What the lender reads at the moment is not read yet.
TEST_F(PrefixesTest, TakesWhileTheOtherReads) {
  append(lender, std::span(text).first(200));
  model.during_forward = [&] {
    model.during_forward = {};
    std::thread([&] { borrower.keep_common(text); }).join();
  };
  append(lender, std::span(text).subspan(200));
  EXPECT_EQ(borrower.size(), 192);
  EXPECT_EQ(lender.size(), 400);
}

TEST_F(PrefixesTest, TakesOnlyWhatIsTheSame) {
  append(lender, text);
  text[200] = 'Z';
  borrower.keep_common(text);
  EXPECT_EQ(borrower.size(), 192);
}

}  // namespace
}  // namespace sotto::engine
