// An answer is the same with speculation and without: the same events, whatever ends it. On fake models and on small
// ones of random weights; real_model_test.cpp has a real one.
#include "engine/generation.h"

#include <gtest/gtest.h>
#include <atomic>
#include <filesystem>

#include "engine/fake_model.h"
#include "gguf/file.h"
#include "model/tiny_models.h"

namespace sotto::engine {
namespace {

// Mostly what followed the last two tokens before, now and then something else: drafts are right, and in part.
Token copies_with_edits(const std::vector<Token>& text) {
  std::uint32_t hash = 2166136261u;
  for (const Token token : text) hash = (hash ^ static_cast<std::uint32_t>(token)) * 16777619u;
  const auto other = static_cast<Token>('a' + hash % 26);
  if (hash / 26 % 8 == 0) return other;
  for (std::size_t i = text.size() - 1; i-- > 1;)
    if (text[i] == text.back() && text[i - 1] == text[text.size() - 2]) return text[i + 1];
  return other;
}

const std::string kPrompt = "the rain in spain stays mainly in the plain; the rain in spain>";

Request sampled(std::uint64_t seed, float temperature) {
  Request request = greedy(kPrompt);
  request.sampling.temperature = temperature;
  request.sampling.top_k = 0;
  request.sampling.top_p = 1;
  request.sampling.min_p = 0;
  request.sampling.seed = seed;
  request.max_tokens = 100;
  request.ignore_eos = true;
  return request;
}

struct Outcome {
  std::vector<std::string> pieces;
  FinishReason finish = FinishReason::kStop;
  Usage usage;
};

struct Setup {
  int ctx_tokens = 256;
  int window = 0;
  int cancel_after = -1;  // pieces of text
};

Outcome outcome(Request request, const Setup& setup, int draft_tokens) {
  Bench bench(copies_with_edits, setup.ctx_tokens, setup.window, {.draft_tokens = draft_tokens});
  std::atomic<bool> cancel{false};
  Outcome outcome;
  bench.on_event = [&](const Event& event) {
    if (event.kind != Event::Kind::kText) return;
    outcome.pieces.push_back(event.text);
    cancel = static_cast<int>(outcome.pieces.size()) == setup.cancel_after;
  };
  request.cancel = &cancel;
  const auto usage = bench.run(request);
  EXPECT_TRUE(usage) << usage.error().message;
  outcome.finish = bench.finish();
  outcome.usage = *usage;
  return outcome;
}

// Returns how many guesses were right and how many wrong, over all lengths of drafts.
std::pair<int, int> expect_same(const Request& request, const Setup& setup = {}) {
  const Outcome plain = outcome(request, setup, 0);
  EXPECT_EQ(plain.usage.drafted_tokens, 0);
  std::pair<int, int> guesses;
  for (const int draft_tokens : {1, 2, 3, 7, 15}) {
    const Outcome guessed = outcome(request, setup, draft_tokens);
    EXPECT_EQ(guessed.pieces, plain.pieces) << draft_tokens;
    EXPECT_EQ(guessed.finish, plain.finish) << draft_tokens;
    EXPECT_EQ(guessed.usage.completion_tokens, plain.usage.completion_tokens) << draft_tokens;
    guesses.first += guessed.usage.accepted_tokens;
    guesses.second += guessed.usage.drafted_tokens - guessed.usage.accepted_tokens;
  }
  return guesses;
}

TEST(Speculated, GreedyAnswersAreTheSame) {
  Request request = greedy(kPrompt);
  request.max_tokens = 150;
  const auto [right, wrong] = expect_same(request);
  EXPECT_GT(right, 150);
  EXPECT_GT(wrong, 50);
}

TEST(Speculated, SampledAnswersAreTheSame) {
  int right = 0;
  for (const float temperature : {0.5f, 1.5f, 3.0f, 10.0f})
    for (std::uint64_t seed = 0; seed < 5; ++seed) right += expect_same(sampled(seed, temperature)).first;
  EXPECT_GT(right, 500);
}

TEST(Speculated, PenaltiesSeeTheTokensInOrder) {
  int right = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Request request = sampled(seed, 2.0f);
    request.sampling.repeat_penalty = 1.3f;
    request.sampling.presence_penalty = 2;
    request.sampling.frequency_penalty = 1;
    request.sampling.penalty_last_n = 5;
    right += expect_same(request).first;
  }
  EXPECT_GT(right, 0);
}

TEST(Speculated, EveryLimitOfTokensIsKept) {
  for (int most = 0; most < 60; ++most) {
    Request request = greedy(kPrompt);
    request.max_tokens = most;
    expect_same(request);
  }
}

TEST(Speculated, TheContextMayFillAnywhereInADraft) {
  const int prompt_tokens = 1 + static_cast<int>(kPrompt.size());
  for (int room = 0; room < 60; ++room) expect_same(greedy(kPrompt), {.ctx_tokens = prompt_tokens + room});
}

TEST(Speculated, StopStringsEndInTheMiddleOfADraft) {
  const Outcome plain = outcome(greedy(kPrompt), {}, 0);
  std::string text;
  for (const std::string& piece : plain.pieces) text += piece;
  for (std::size_t i = 5; i + 3 < std::min<std::size_t>(text.size(), 80); i += 3) {
    Request request = greedy(kPrompt);
    request.stop = {text.substr(i, 3)};
    expect_same(request);
  }
}

TEST(Speculated, CancellingIsObeyedAfterTheSameToken) {
  for (int after = 1; after < 60; ++after) expect_same(greedy(kPrompt), {.cancel_after = after});
}

TEST(Speculated, WindowLayersGiveADraftBack) {
  Request request = greedy(kPrompt);
  request.max_tokens = 180;  // the ring has 64 slots
  const auto [right, wrong] = expect_same(request, {.window = 24});
  EXPECT_GT(right, 50);
  EXPECT_GT(wrong, 50);
}

TEST(Speculated, TheSessionGoesOnFromWhatWasChosen) {
  Bench bench(answers("one two one two one two one 2"), 256, 0, {.draft_tokens = 7});
  ASSERT_TRUE(bench.run(greedy("say>")));
  EXPECT_EQ(bench.text, "one two one two one two one 2");
  const auto usage = bench.run(greedy("say>one two one two one two one 2!>"));
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->cached_tokens, 5 + 29);
  EXPECT_EQ(bench.text, "one two one two one two one 2");
}

TEST(Speculated, ARequestCanDoWithout) {
  Bench bench(answers(std::string(40, 'x')), 256, 0, {.draft_tokens = 7});
  Request request = greedy(">");
  EXPECT_GT(bench.run(request)->accepted_tokens, 0);
  request.speculate = false;
  EXPECT_EQ(bench.run(request)->drafted_tokens, 0);
  EXPECT_EQ(bench.text, std::string(40, 'x'));
}

TEST(Speculated, FewerPassesWhereTheTextRepeats) {
  Bench bench(answers(std::string(100, 'x')), 256, 0, {.draft_tokens = 7});
  const auto usage = bench.run(greedy(">"));
  ASSERT_TRUE(usage);
  EXPECT_LT(bench.model.calls.size(), 25u);
  EXPECT_EQ(usage->completion_tokens, 100);
}

// Real forward passes of random weights, one token of the FakeTokenizer each byte.
std::string answer_of(model::Model& model, const Request& request, int draft_tokens, Usage& usage) {
  const Language language{std::make_unique<FakeTokenizer>(), std::nullopt};
  Batcher batcher{model};
  const auto session = make_session({language, model, batcher, 1024}, {.draft_tokens = draft_tokens});
  std::string text;
  const auto result = session->run(request, [&text](const Event& event) { text += event.text; });
  EXPECT_TRUE(result) << result.error().message;
  usage = *result;
  return text;
}

// favoured: what the model says often, so that its text repeats.
void expect_same_on(const model::TinyModel& tiny, int max_tokens, std::string_view favoured = {}) {
  const std::string path = testing::TempDir() + "speculated_" + tiny.architecture + ".gguf";
  ASSERT_TRUE(model::TinyModelWriter(tiny).write(path));
  const auto file = gguf::File::open(path);
  ASSERT_TRUE(file);
  const auto model = model::Model::load(*file, {.threads = 2});
  ASSERT_TRUE(model) << model.error().message;
  int accepted = 0;
  for (const float temperature : {0.0f, 0.3f}) {
    Request request = sampled(1, temperature);
    request.max_tokens = max_tokens;
    for (const char c : favoured) request.sampling.logit_bias.push_back({c, 4.0f});
    Usage usage;
    const std::string plain = answer_of(**model, request, 0, usage);
    for (const int draft_tokens : {1, 7, 15}) {
      EXPECT_EQ(answer_of(**model, request, draft_tokens, usage), plain) << temperature << " " << draft_tokens;
      accepted += usage.accepted_tokens;
    }
  }
  EXPECT_GT(accepted, 0);
  std::filesystem::remove(path);
}

TEST(Speculated, AnswersOfRandomWeightsAreTheSame) {
  expect_same_on({.n_vocab = kFakeVocab, .type = gguf::TensorType::kQ8_0}, 120);
}

TEST(Speculated, AnswersOfRandomWeightsWithWindowLayersAreTheSame) {
  expect_same_on({.architecture = "gemma3",
                  .n_layers = 7,
                  .n_vocab = kFakeVocab,
                  .window = 16,
                  .untied_head = false,
                  .rope_factors = false,
                  .type = gguf::TensorType::kQ8_0},
                 800);  // the ring has 576 slots
}

TEST(Speculated, AnswersOfRandomWeightsWithStatesAreTheSame) {
  for (const char* architecture : {"lfm2", "qwen35"})
    expect_same_on(
        {.architecture = architecture, .n_vocab = kFakeVocab, .rope_factors = false, .type = gguf::TensorType::kQ8_0},
        120, "abc");
}

// A session that goes back, to a copy of its states or to the beginning, answers as a new one does.
TEST(Continued, AnswersWithStatesAreThoseOfANewSession) {
  for (const char* architecture : {"lfm2", "qwen35"}) {
    const std::string path = testing::TempDir() + "continued_" + architecture + ".gguf";
    ASSERT_TRUE(model::TinyModelWriter({.architecture = architecture,
                                        .n_vocab = kFakeVocab,
                                        .rope_factors = false,
                                        .type = gguf::TensorType::kQ8_0})
                    .write(path));
    const auto file = gguf::File::open(path);
    ASSERT_TRUE(file);
    const auto model = model::Model::load(*file, {.threads = 2});
    ASSERT_TRUE(model) << model.error().message;
    const Language language{std::make_unique<FakeTokenizer>(), std::nullopt};
    Batcher batcher{**model};
    const auto session = make_session({language, **model, batcher, 1024}, {.chunk_tokens = 50, .draft_tokens = 3});
    const std::string document(200, 'd'), question = document + "what is this?";
    int reused = 0;
    for (const std::string& prompt : {question, document + "and that?", question + " tell", question + " tell",
                                      document.substr(0, 100), std::string("x"), question}) {
      Request request = greedy(prompt);
      request.max_tokens = 30;
      std::string text;
      const auto usage = session->run(request, [&text](const Event& event) { text += event.text; });
      ASSERT_TRUE(usage);
      reused += usage->cached_tokens;
      Usage unused;
      EXPECT_EQ(text, answer_of(**model, request, 0, unused)) << architecture << ": " << prompt;
    }
    EXPECT_GT(reused, 300) << "copies were of use";
    std::filesystem::remove(path);
  }
}

}  // namespace
}  // namespace sotto::engine
