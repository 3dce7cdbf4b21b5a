// What must not change an answer: the number of threads, and how the prompt is cut into chunks.
#include <gtest/gtest.h>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "engine/language.h"
#include "engine/session.h"
#include "support/models.h"
#include "support/python.h"

namespace sotto::engine {
namespace {

const std::string kRealPrompt =
    "The sea was calm that morning, and the harbour was full of small boats coming home. An old "
    "woman stood at the end "
    "of the pier and counted them one by one, as she had done every day since the winter of the "
    "great storm. When the "
    "last boat had passed the lighthouse she turned around,";

// Sanitizers make the forward pass slow: they get less of the same.
const bool kShort = std::getenv("SOTTO_SHORT") != nullptr;

struct Loaded {
  explicit Loaded(const char* name, int threads) : file(gguf::File::open(support::model_path(name))) {
    if (!file) return;
    language = Language::read(*file);
    model = model::Model::load(*file, {.threads = threads});
    if (model) batcher.emplace(**model);
  }

  std::string answer(int chunk_tokens) {
    Request request;
    request.prompt = kRealPrompt;
    request.sampling.temperature = 0;
    request.max_tokens = kShort ? 3 : 16;
    return answer(request, {.chunk_tokens = chunk_tokens});
  }

  std::string answer(const Request& request, const SessionTuning& tuning) {
    const auto session = make_session({*language, **model, *batcher, 256}, tuning);
    std::string text;
    const auto usage = session->run(request, [&text](const Event& event) { text += event.text; });
    EXPECT_TRUE(usage) << usage.error().message;
    accepted_tokens += usage->accepted_tokens;
    return text;
  }

  Result<gguf::File> file;
  Result<Language> language = Unexpected(ErrorCode::kNotFound, "");
  Result<std::unique_ptr<model::Model>> model = Unexpected(ErrorCode::kNotFound, "");
  std::optional<Batcher> batcher;
  std::atomic<int> accepted_tokens = 0;
};

std::string said(Session& session, const Request& request, Usage* usage = nullptr) {
  std::string text;
  const auto found = session.run(request, [&text](const Event& event) { text += event.text; });
  EXPECT_TRUE(found) << found.error().message;
  if (usage != nullptr) *usage = *found;
  return text;
}

class RealModel : public testing::TestWithParam<const char*> {};

TEST_P(RealModel, NeitherThreadsNorChunksChangeTheAnswer) {
  Loaded one(GetParam(), 1), two(GetParam(), 2);
  for (const Loaded* loaded : {&one, &two})
    ASSERT_TRUE(loaded->file && loaded->language && loaded->model) << "make data fetches the models";
  const std::string expected = one.answer(512);
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(two.answer(512), expected);
  for (const int chunk : kShort ? std::vector{30} : std::vector{1, 7, 32})
    EXPECT_EQ(two.answer(chunk), expected) << "chunks of " << chunk;
}

// Each answers as it does alone, whoever is read in the same passes.
TEST_P(RealModel, ManyAtOnceDoNotChangeTheAnswers) {
  Loaded loaded(GetParam(), 2);
  ASSERT_TRUE(loaded.file && loaded.language && loaded.model) << "make data fetches the models";
  std::vector<Request> requests(kShort ? 3 : 6);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].prompt = std::string(kRealPrompt).substr(0, 40 + 60 * i);
    requests[i].sampling.temperature = i % 2 == 0 ? 0.0f : 0.7f;
    requests[i].max_tokens = (kShort ? 3 : 10) + static_cast<int>(i);
  }
  std::vector<std::string> alone, together(requests.size());
  for (const Request& request : requests) alone.push_back(loaded.answer(request, {}));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < requests.size(); ++i)
    threads.emplace_back([&, i] { together[i] = loaded.answer(requests[i], {}); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(together, alone);
}

// Whether another session has it or is just reading it; of Gemma the window layers have forgotten its beginning.
TEST_P(RealModel, WhatASessionTakesFromAnotherDoesNotChangeTheAnswer) {
  if (kShort) GTEST_SKIP() << "it reads thousands of tokens; PrefixesTest has the same threads";
  Loaded loaded(GetParam(), 2);
  ASSERT_TRUE(loaded.file && loaded.language && loaded.model) << "make data fetches the models";
  Prefixes prefixes;
  const auto new_session = [&](Prefixes* from) {
    return make_session({.language = *loaded.language,
                         .model = **loaded.model,
                         .batcher = *loaded.batcher,
                         .ctx_tokens = 1500,
                         .prefixes = from});
  };
  std::string text;
  for (int i = 0; i < 13; ++i) text += kRealPrompt + " ";
  std::vector<Request> requests;
  for (const char* end : {"She saw", "Then the old woman", "A boat"})
    requests.push_back({.prompt = text + end, .sampling = {.temperature = 0}, .max_tokens = 12});
  std::vector<std::string> alone, together(requests.size());
  for (const Request& request : requests) alone.push_back(said(*new_session(nullptr), request));
  std::vector<std::unique_ptr<Session>> sessions;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Usage usage;
    EXPECT_EQ(said(*sessions.emplace_back(new_session(&prefixes)), requests[i], &usage), alone[i]);
    EXPECT_GT(2 * usage.cached_tokens, i > 0 ? usage.prompt_tokens : -1);
  }
  sessions.resize(1);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < requests.size(); ++i)
    threads.emplace_back([&, i] { together[i] = said(*new_session(&prefixes), requests[i]); });
  EXPECT_EQ(said(*sessions.front(), requests.back()), alone.back());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(together, alone);
}

// Whatever the length of drafts, and also where the clock decides it.
TEST_P(RealModel, SpeculationDoesNotChangeTheAnswer) {
  Loaded loaded(GetParam(), 2);
  ASSERT_TRUE(loaded.file && loaded.language && loaded.model) << "make data fetches the models";
  for (const float temperature : kShort ? std::vector{0.0f} : std::vector{0.0f, 0.3f, 1.0f}) {
    Request request;
    request.prompt = "red fish, blue fish, one fish, two fish, red fish, blue fish, one fish, two fish, red fish, blue";
    request.sampling.temperature = temperature;
    request.sampling.repeat_penalty = temperature > 0 ? 1.1f : 1.0f;
    request.sampling.seed = 5;
    request.max_tokens = kShort ? 4 : 48;
    request.speculate = false;
    const std::string plain = loaded.answer(request, {});
    request.speculate = true;
    EXPECT_EQ(loaded.answer(request, {}), plain);
    for (const int draft_tokens : {3, 15}) EXPECT_EQ(loaded.answer(request, {.draft_tokens = draft_tokens}), plain);
  }
  EXPECT_GT(loaded.accepted_tokens, 0);
}

// An answer of a form: the parts of the vocabulary that are read differ from step to step, the answer must not.
TEST_P(RealModel, StructuredAnswersAreTheSameHoweverTheyAreFound) {
  Loaded loaded(GetParam(), 2);
  ASSERT_TRUE(loaded.file && loaded.language && loaded.model) << "make data fetches the models";
  for (const float temperature : kShort ? std::vector{0.0f} : std::vector{0.0f, 0.8f}) {
    Request request;
    request.prompt = "red fish, blue fish, one fish, two fish, red fish, blue fish as JSON: ";
    request.json_schema = R"({"type": "array", "minItems": 3, "maxItems": 5, "items": {"type": "object", "properties":
        {"color": {"enum": ["red", "blue"]}, "kind": {"type": "string", "maxLength": 12}, "n": {"type": "integer"}},
        "required": ["color", "kind", "n"]}})";
    request.sampling.temperature = temperature;
    request.sampling.seed = 5;
    request.max_tokens = kShort ? 8 : 40;
    request.speculate = false;
    const std::string plain = loaded.answer(request, {});
    request.speculate = true;
    EXPECT_EQ(loaded.answer(request, {.draft_tokens = 7}), plain);
    // With a bias that changes nothing for every token, all logits are computed.
    for (Token token = 0; token < loaded.language->tokenizer().size(); ++token)
      request.sampling.logit_bias.emplace_back(token, 0.0f);
    EXPECT_EQ(loaded.answer(request, {}), plain);
  }
}

// The logits of a whole text at once and token by token: not merely the same choice.
TEST_P(RealModel, LogitsAreTheSameInAnyChunks) {
  Loaded loaded(GetParam(), 2);
  ASSERT_TRUE(loaded.file && loaded.language && loaded.model) << "make data fetches the models";
  auto tokens = loaded.language->tokenize(kRealPrompt, true);
  tokens.resize(20);
  const auto whole = make_session({*loaded.language, **loaded.model, *loaded.batcher, 64}, {})->logits(tokens);
  const auto cut =
      make_session({*loaded.language, **loaded.model, *loaded.batcher, 64}, {.chunk_tokens = 3})->logits(tokens);
  ASSERT_TRUE(whole && cut);
  EXPECT_TRUE(*whole == *cut);
}

// A session that was kept in the middle of a text and one that was not: each token and each bit that follows.
TEST_P(RealModel, ARestoredSessionGoesOnAsIfNothingHadHappened) {
  Loaded loaded(GetParam(), 2);
  ASSERT_TRUE(loaded.file && loaded.language && loaded.model) << "make data fetches the models";
  const support::ScratchFolder folder;
  const auto go_on = [&](Session& session, std::string prompt) {
    Request request;
    request.prompt = std::move(prompt);
    request.sampling.temperature = 0;
    request.max_tokens = kShort ? 2 : 12;
    std::string text;
    const auto usage = session.run(request, [&text](const Event& event) { text += event.text; });
    EXPECT_TRUE(usage) << usage.error().message;
    return std::pair(text, usage->cached_tokens);
  };
  const Shared shared{*loaded.language, **loaded.model, *loaded.batcher, 256, 0, "Real", [] { return 1u; }};
  const auto whole = make_session(shared), restored = make_session(shared);
  const std::string text = kRealPrompt + go_on(*whole, kRealPrompt).first;
  ASSERT_TRUE(whole->save(folder.file("kept"), ""));
  ASSERT_TRUE(restored->restore(folder.file("kept")));
  const auto expected = go_on(*whole, text + " She said,");
  EXPECT_GT(expected.second, 40);
  EXPECT_EQ(go_on(*restored, text + " She said,"), expected);
  ASSERT_TRUE(whole->save(folder.file("whole"), "") && restored->save(folder.file("restored"), ""));
  EXPECT_TRUE(support::read_values<char>(folder.file("whole")) == support::read_values<char>(folder.file("restored")));
}

// Token by token, the best logits against all logits of the same text: the same bits, and none is missing. (Longer,
// with how often and how near it was: bench/head_check.cpp.)
TEST_P(RealModel, TheBestLogitsAreThoseOfTheFullHead) {
  Loaded loaded(GetParam(), 2);
  ASSERT_TRUE(loaded.file && loaded.language && loaded.model) << "make data fetches the models";
  auto tokens = loaded.language->tokenize(kRealPrompt, true);
  if (kShort) tokens.resize(6);
  model::Model& model = **loaded.model;
  const auto n_vocab = static_cast<std::size_t>(model.spec().n_vocab);
  std::vector<float> full(tokens.size() * n_vocab), best(n_vocab);
  model.forward(*model.new_cache(256), tokens, model::LogitsFor::kAll, full);
  const std::vector<Token> also{5, 700};
  for (const int count : {1, 40}) {
    const auto cache = model.new_cache(256);
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const std::span<const float> expected = std::span(full).subspan(t * n_vocab, n_vocab);
      model.forward(*cache, std::span(tokens).subspan(t, 1), {model::LogitsFor::kLast, {count, also}}, best);
      std::vector<float> sorted(expected.begin(), expected.end());
      std::nth_element(sorted.begin(), sorted.begin() + count - 1, sorted.end(), std::greater<>());
      const float least = sorted[static_cast<std::size_t>(count) - 1];
      for (std::size_t i = 0; i < n_vocab; ++i) {
        const bool wanted = expected[i] >= least || i == 5 || i == 700;
        if (best[i] == expected[i] || (!wanted && std::isinf(best[i]))) continue;
        ADD_FAILURE() << "token " << i << " at position " << t << ": " << best[i] << ", not " << expected[i];
      }
    }
  }
}

// The ids that Hugging Face transformers (apply_chat_template) gives for the same file and message.
TEST(RealPrompt, IsWhatTransformersMakesOfIt) {
  const auto file = gguf::File::open(support::model_path(support::kSmolLm2));
  ASSERT_TRUE(file) << "make data fetches the models";
  const auto language = Language::read(*file);
  ASSERT_TRUE(language) << language.error().message;
  Request request;
  request.messages = {{Role::kUser, "What is the capital of France? Answer in one word."}};
  const auto prompt = language->prompt(request);
  ASSERT_TRUE(prompt) << prompt.error().message;
  EXPECT_EQ(*prompt,
            (std::vector<Token>{1,    9690, 198, 2683,  359,  253, 5356, 5646, 11173, 3365, 3511, 308, 34519, 28,
                                7018, 411,  407, 19712, 8182, 2,   198,  1,    4093,  198,  1780, 314, 260,   3575,
                                282,  4649, 47,  19842, 281,  582, 2229, 30,   2,     198,  1,    520, 9531,  198}));
}

INSTANTIATE_TEST_SUITE_P(Real, RealModel, testing::Values(support::kSmolLm2, support::kGemma3), [](const auto& test) {
  return std::string(test.param).substr(0, 5) == "gemma" ? "Gemma3" : "SmolLm2";
});

}  // namespace
}  // namespace sotto::engine
