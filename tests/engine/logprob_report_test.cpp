#include "engine/logprob_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "engine/fake_model.h"
#include "engine/generation.h"
#include "gguf/file.h"
#include "support/models.h"

namespace sotto::engine {
namespace {

// log-softmax in double precision.
std::vector<double> logprobs_of(std::span<const float> logits) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (const float logit : logits) total += std::exp(logit - highest);
  std::vector<double> logprobs;
  for (const float logit : logits) logprobs.push_back(logit - highest - std::log(total));
  return logprobs;
}

void expect_described(const ChosenToken& told, std::span<const float> logits, int n_top) {
  const std::vector<double> expected = logprobs_of(logits);
  EXPECT_NEAR(told.chosen.logprob, expected[static_cast<std::size_t>(told.chosen.token)], 2e-5);
  std::vector<Token> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](Token a, Token b) {
    return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)];
  });
  ASSERT_EQ(told.top.size(), static_cast<std::size_t>(n_top));
  for (std::size_t i = 0; i < told.top.size(); ++i) {
    EXPECT_EQ(told.top[i].token, order[i]);
    EXPECT_NEAR(told.top[i].logprob, expected[static_cast<std::size_t>(order[i])], 2e-5);
  }
}

TEST(LogprobReport, IsTheLogSoftmax) {
  const FakeTokenizer tokenizer;
  std::vector<ChosenToken> told;
  const EventSink sink = [&](const Event& event) { told = event.tokens; };
  LogprobReport report(3, tokenizer, sink);
  std::vector<float> logits(kFakeVocab);
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i * 37 % 101) * 0.7f - 300;
  logits[7] = -std::numeric_limits<float>::infinity();
  report.see(logits);
  report.choose('A');
  report.sink()({.kind = Event::Kind::kText, .text = "A"});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].chosen.text, "A");
  expect_described(told[0], logits, 3);
}

TEST(LogprobReport, TokensComeWithTheNextText) {
  const FakeTokenizer tokenizer;
  std::vector<std::string> told;
  const EventSink sink = [&](const Event& event) {
    std::string tokens;
    for (const ChosenToken& token : event.tokens) tokens += token.chosen.text + std::to_string(token.top.size());
    told.push_back(tokens);
  };
  LogprobReport report(0, tokenizer, sink);
  report.see(std::vector<float>(kFakeVocab));
  report.choose('a');
  report.choose('b');
  report.sink()({.kind = Event::Kind::kPrefill});
  report.sink()({.kind = Event::Kind::kText, .text = "ab"});
  report.choose('c');
  report.forget();
  report.choose(kTurn);
  report.sink()({.kind = Event::Kind::kThought, .text = "x"});
  report.sink()({.kind = Event::Kind::kDone});
  EXPECT_EQ(told, (std::vector<std::string>{"", "a0b0", "<|turn|>0", ""}));
  const EventSink nobody;
  LogprobReport silent(0, tokenizer, nobody);
  silent.see(std::vector<float>(kFakeVocab));
  silent.choose('a');
  silent.sink()({.kind = Event::Kind::kText, .text = "a"});
}

// What a session tells of an answer, beside the logits of the whole text at once.
struct Told {
  std::vector<Token> tokens;
  std::vector<ChosenToken> logprobs;
  std::string text;
};

Told run_and_compare(Session& session, const Language& language, Request request, int n_top) {
  Told told;
  request.n_top_logprobs = n_top;
  std::string spelled;
  const auto usage = session.run(request, [&](const Event& event) {
    told.text += event.text;
    for (const ChosenToken& token : event.tokens) {
      told.tokens.push_back(token.chosen.token);
      told.logprobs.push_back(token);
      spelled += token.chosen.text;
    }
  });
  EXPECT_TRUE(usage) << usage.error().message;
  EXPECT_EQ(spelled, told.text);
  EXPECT_EQ(told.tokens.size(), static_cast<std::size_t>(usage->completion_tokens));
  std::vector<Token> all = language.tokenize(request.prompt, true);
  const std::size_t n_prompt = all.size();
  all.insert(all.end(), told.tokens.begin(), told.tokens.end());
  const auto logits = session.logits(all);
  EXPECT_TRUE(logits) << logits.error().message;
  const std::size_t n_vocab = logits->size() / all.size();
  const auto n_known = static_cast<std::size_t>(language.tokenizer().size());
  for (std::size_t i = 0; i < told.logprobs.size(); ++i)
    expect_described(told.logprobs[i], std::span(*logits).subspan((n_prompt + i - 1) * n_vocab, n_known), n_top);
  return told;
}

TEST(Logprobs, AreOfTheModelAndNotOfTheSampler) {
  Bench bench(answers("abcabcabcabcab"));
  Request request = greedy(">");
  request.ignore_eos = true;
  request.max_tokens = 20;
  request.sampling.logit_bias = {{'a', -100.0f}, {'z', 30.0f}};
  request.sampling.presence_penalty = 50;
  const Told told = run_and_compare(*bench.session, bench.language, request, 5);
  EXPECT_EQ(told.text[0], 'z');
  EXPECT_EQ(told.logprobs[0].top[0].text, "a");
  EXPECT_GT(told.logprobs[0].top[0].logprob, told.logprobs[0].chosen.logprob + 5);
}

TEST(Logprobs, NoneUnlessTheyAreAskedFor) {
  Bench bench(answers("abc"));
  ASSERT_TRUE(bench.run(greedy(">")));
  for (const Event& event : bench.events) EXPECT_TRUE(event.tokens.empty());
  for (const int n_top : {-2, kMostTopLogprobs + 1}) {
    Request request = greedy(">");
    request.n_top_logprobs = n_top;
    const auto refused = bench.run(request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kBadRequest);
    EXPECT_NE(refused.error().message.find(std::to_string(n_top)), std::string::npos);
  }
}

TEST(Logprobs, WhatAStopStringCutsIsNotTold) {
  Bench bench(answers("one two three"));
  Request request = greedy(">");
  request.stop = {"two"};
  request.n_top_logprobs = 0;
  ASSERT_TRUE(bench.run(request));
  std::string spelled;
  for (const Event& event : bench.events)
    for (const ChosenToken& token : event.tokens) spelled += token.chosen.text;
  EXPECT_EQ(spelled, "one ");
}

TEST(Logprobs, TheMarksOfAThoughtBelongToNothing) {
  static constexpr text::ThoughtMarks kMarks{"<think>", "</think>"};
  const std::string writes = "hm</think>\n\nyes";
  FakeModel model([&](const std::vector<Token>& text) -> Token {
    const std::size_t said = text.size() - 2;
    return said < writes.size() ? static_cast<unsigned char>(writes[said]) : kEos;
  });
  Batcher batcher(model);
  Sequence sequence(model, batcher, 256);
  const FakeTokenizer tokenizer;
  std::string thought, answer;
  const EventSink sink = [&](const Event& event) {
    std::string& place = event.kind == Event::Kind::kThought ? thought : answer;
    for (const ChosenToken& token : event.tokens) place += token.chosen.text;
  };
  LogprobReport report(1, tokenizer, sink);
  const Request request = greedy("");
  auto generation = Generation::prepare(request, {'?', '>'}, sequence, tokenizer, report.sink(),
                                        {.marks = &kMarks, .within_thought = true, .logprobs = &report});
  ASSERT_TRUE(generation);
  ASSERT_TRUE(generation->run());
  EXPECT_EQ(thought, "hm");
  EXPECT_EQ(answer, "yes");
}

// Where the head is read in two passes otherwise, and where drafts are read with the text.
class RealLogprobs : public testing::TestWithParam<const char*> {};

TEST_P(RealLogprobs, AreThoseOfTheFullLogits) {
  const bool is_short = std::getenv("SOTTO_SHORT") != nullptr;
  const auto file = gguf::File::open(support::model_path(GetParam()));
  ASSERT_TRUE(file) << "make data fetches the models";
  const auto language = Language::read(*file);
  const auto model = model::Model::load(*file, {.threads = 2});
  ASSERT_TRUE(language && model);
  Batcher batcher(**model);
  Request request = greedy("red fish, blue fish, one fish, two fish, red fish, blue fish, one fish, two");
  request.sampling.repeat_penalty = 1.05f;
  request.max_tokens = is_short ? 3 : 24;
  request.speculate = false;
  const auto plain = make_session({*language, **model, batcher, 256});
  const Told expected = run_and_compare(*plain, *language, request, 20);
  request.speculate = true;
  for (const int draft_tokens : {3, 15}) {
    const auto session = make_session({*language, **model, batcher, 256}, {.draft_tokens = draft_tokens});
    EXPECT_EQ(run_and_compare(*session, *language, request, 20).tokens, expected.tokens);
  }
  // Asking for them changes nothing.
  std::string text;
  ASSERT_TRUE(plain->run(request, [&text](const Event& event) { text += event.text; }));
  EXPECT_EQ(text, expected.text);
}

INSTANTIATE_TEST_SUITE_P(Models, RealLogprobs, testing::Values(support::kSmolLm2, support::kGemma3),
                         [](const auto& test) { return test.index == 0 ? "SmolLm2" : "Gemma3"; });

}  // namespace
}  // namespace sotto::engine
