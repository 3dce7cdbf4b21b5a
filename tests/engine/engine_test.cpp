// The public API on a real model, SmolLM2: what a program that links the library sees.
#include "sotto/engine.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "support/models.h"
#include "support/python.h"

namespace sotto {
namespace {

// Tests that need the model fail without it: `make data` fetches it.
std::unique_ptr<Engine> open(EngineOptions options = {}) {
  options.model_path = support::model_path(support::kSmolLm2);
  if (options.threads == 0) options.threads = 2;
  auto engine = Engine::open(options);
  EXPECT_TRUE(engine) << engine.error().message << " (make data fetches the model)";
  return engine ? std::move(*engine) : nullptr;
}

struct Outcome {
  std::string text;
  FinishReason finish{};
  Usage usage;
};

Outcome run(Session& session, const Request& request) {
  Outcome outcome;
  const auto usage = session.run(request, [&outcome](const Event& event) {
    outcome.text += event.text;
    outcome.finish = event.finish;
  });
  EXPECT_TRUE(usage) << usage.error().message;
  if (usage) outcome.usage = *usage;
  return outcome;
}

Request question(const std::string& text, int max_tokens = 24) {
  Request request;
  request.messages = {{Role::kUser, text}};
  request.sampling.temperature = 0;
  request.max_tokens = max_tokens;
  return request;
}

TEST(Engine, AnswersAQuestion) {
  const auto engine = open();
  ASSERT_TRUE(engine);
  const auto session = engine->new_session();
  ASSERT_TRUE(session) << session.error().message;
  const Outcome outcome = run(**session, question("What is the capital of France? Answer in one word."));
  EXPECT_NE(outcome.text.find("Paris"), std::string::npos) << outcome.text;
  EXPECT_EQ(outcome.finish, FinishReason::kStop);
  EXPECT_EQ(outcome.usage.prompt_tokens, 42);  // as transformers counts it
  EXPECT_GT(outcome.usage.load_ms, 0);
}

TEST(Engine, InfoSaysWhatTheModelIs) {
  const auto engine = open({.ctx_tokens = 1000});
  ASSERT_TRUE(engine);
  const ModelInfo& info = engine->info();
  EXPECT_EQ(info.architecture, "llama");
  EXPECT_EQ(info.quantization, "Q4_1");
  EXPECT_EQ(info.n_params, 134515008u);
  EXPECT_EQ(info.n_layers, 30);
  EXPECT_EQ(info.train_ctx_tokens, 8192);
  EXPECT_EQ(info.ctx_tokens, 1000);
  EXPECT_EQ(info.n_vocab, 49152);
  EXPECT_GE(info.kv_bytes, 1000u * 30u * 2u * 192u);  // int8
  EXPECT_TRUE(info.has_chat_template);
}

TEST(Engine, AFollowUpReadsOnlyWhatIsNew) {
  const auto engine = open();
  ASSERT_TRUE(engine);
  const auto session = engine->new_session(), fresh = engine->new_session();
  ASSERT_TRUE(session && fresh);
  Request request = question("Name a colour.");
  const Outcome first = run(**session, request);
  request.messages.push_back({Role::kAssistant, first.text});
  request.messages.push_back({Role::kUser, "And another one."});
  const Outcome follow_up = run(**session, request);
  EXPECT_GE(follow_up.usage.cached_tokens, first.usage.prompt_tokens);
  EXPECT_LT(follow_up.usage.cached_tokens, follow_up.usage.prompt_tokens);
  const Outcome from_nothing = run(**fresh, request);
  EXPECT_EQ(from_nothing.usage.cached_tokens, 0);
  EXPECT_EQ(follow_up.text, from_nothing.text);
}

TEST(Engine, SessionsMayBeOfAnotherSize) {
  const auto engine = open({.ctx_tokens = 256});
  ASSERT_TRUE(engine);
  const auto small = engine->new_session(48), large = engine->new_session(1024), usual = engine->new_session();
  ASSERT_TRUE(small && large && usual);
  Request long_answer = question("Write a very long story.", 400);
  long_answer.ignore_eos = true;
  const auto tokens_of = [&](Session& session) {
    const Usage usage = run(session, long_answer).usage;
    return usage.prompt_tokens + usage.completion_tokens;
  };
  EXPECT_LE(tokens_of(**small), 49);  // the last token is given, and not read
  EXPECT_GE(tokens_of(**large), 400);
  EXPECT_LE(tokens_of(**usual), 257);
  EXPECT_EQ(run(**large, question("Name a colour.")).text, run(**usual, question("Name a colour.")).text);
  EXPECT_EQ(engine->info().ctx_tokens, 256);
  const auto too_large = engine->new_session(8193), negative = engine->new_session(-1);
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code, ErrorCode::kBadRequest);
  EXPECT_NE(too_large.error().message.find("8193"), std::string::npos);
  EXPECT_NE(too_large.error().message.find("8192"), std::string::npos);
  EXPECT_FALSE(negative);
}

TEST(Engine, TheSameSeedGivesTheSameTokens) {
  const auto engine = open();
  ASSERT_TRUE(engine);
  const auto text_of = [&](std::uint64_t seed) {
    const auto session = engine->new_session();
    Request request = question("Tell me a story.", 24);
    request.sampling = {};
    request.sampling.temperature = 1.2f;
    request.sampling.seed = seed;
    return run(**session, request).text;
  };
  EXPECT_EQ(text_of(1), text_of(1));
  EXPECT_NE(text_of(1), text_of(2));
}

TEST(Engine, AnotherThreadCancels) {
  const auto engine = open();
  ASSERT_TRUE(engine);
  const auto session = engine->new_session();
  std::atomic<bool> cancel{false};
  std::atomic<bool> speaking{false};
  Request request = question("Write a very long story.", -1);
  request.ignore_eos = true;
  request.cancel = &cancel;
  std::thread canceller([&] {
    while (!speaking) std::this_thread::yield();
    cancel = true;
  });
  int tokens_after = 0;
  FinishReason finish{};
  const auto usage = (*session)->run(request, [&](const Event& event) {
    tokens_after += event.kind == Event::Kind::kText && cancel;
    speaking = speaking || event.kind == Event::Kind::kText;
    finish = event.finish;
  });
  canceller.join();
  ASSERT_TRUE(usage);
  EXPECT_EQ(finish, FinishReason::kCancelled);
  EXPECT_LE(tokens_after, 1);
}

TEST(Engine, SessionsOnDifferentThreadsSayWhatTheyWouldSayAlone) {
  const auto engine = open();
  ASSERT_TRUE(engine);
  const std::vector<std::string> questions{"What is the capital of France?", "What is 2 + 2?"};
  std::vector<std::string> alone, together(questions.size());
  for (const std::string& text : questions) alone.push_back(run(**engine->new_session(), question(text, 12)).text);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < questions.size(); ++i)
    threads.emplace_back([&, i] { together[i] = run(**engine->new_session(), question(questions[i], 12)).text; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(together, alone);
}

TEST(Engine, ControlStringsInTextAreText) {
  const auto engine = open({.vocabulary_only = true});
  ASSERT_TRUE(engine);
  const auto tokens = engine->tokenize("<|im_start|>", true);
  ASSERT_TRUE(tokens);
  EXPECT_GT(tokens->size(), 1u);
  EXPECT_EQ(std::count(tokens->begin(), tokens->end(), 1), 0);
  EXPECT_EQ(engine->token_text(1), "<|im_start|>");
  for (const Token token : {-1, 49152, 1 << 30}) EXPECT_EQ(engine->token_text(token), "");
}

TEST(Engine, AVocabularyAloneTokenizesAndDoesNotGenerate) {
  const auto engine = open({.vocabulary_only = true});
  ASSERT_TRUE(engine);
  EXPECT_EQ(engine->info().n_vocab, 49152);
  EXPECT_EQ(engine->new_session().error().code, ErrorCode::kUnsupported);
}

TEST(Engine, RefusesWhatItCannotDoAndSaysWhatToDo) {
  const auto refused = [](EngineOptions options, ErrorCode code, const std::string& part) {
    if (options.model_path.empty() && part != "model_path") options.model_path = support::model_path(support::kSmolLm2);
    const auto engine = Engine::open(options);
    ASSERT_FALSE(engine);
    EXPECT_EQ(engine.error().code, code) << engine.error().message;
    EXPECT_NE(engine.error().message.find(part), std::string::npos) << engine.error().message;
  };
  refused({}, ErrorCode::kBadRequest, "model_path");
  refused({.model_path = "/nonexistent/model.gguf"}, ErrorCode::kNotFound, "model.gguf");
  refused({.threads = -1}, ErrorCode::kBadRequest, "threads is -1");
  refused({.threads = 100000}, ErrorCode::kBadRequest, "1024");
  refused({.ctx_tokens = -5}, ErrorCode::kBadRequest, "ctx_tokens is -5");
  refused({.ctx_tokens = 8193}, ErrorCode::kBadRequest, "8192");
  const support::ScratchFolder folder;
  std::ofstream(folder.file("text.gguf")) << "this is no model";
  refused({.model_path = folder.file("text.gguf")}, ErrorCode::kBadFile, "text.gguf");
}

TEST(Engine, NothingIsPackedForATokenizerThatCannotBeRead) {
  const support::ScratchFolder folder;
  std::ifstream model(support::model_path(support::kSmolLm2), std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(model), {});
  const std::size_t kind = bytes.find("gpt2", bytes.find("tokenizer.ggml.model"));
  ASSERT_NE(kind, std::string::npos);
  std::ofstream(folder.file("damaged.gguf"), std::ios::binary) << bytes.replace(kind, 4, "gptX");
  int n_packing = 0;
  const auto engine = Engine::open({.model_path = folder.file("damaged.gguf"),
                                    .threads = 2,
                                    .packed_dir = folder.file("packed"),
                                    .on_packing = [&n_packing](int) { ++n_packing; }});
  ASSERT_FALSE(engine);
  EXPECT_NE(engine.error().message.find("gptX"), std::string::npos) << engine.error().message;
  EXPECT_EQ(n_packing, 0);
}

TEST(Engine, OpeningIsCancelledWhileWeightsArePacked) {
  const support::ScratchFolder folder;
  std::atomic<bool> cancel = false;
  EngineOptions options{.model_path = support::model_path(support::kSmolLm2),
                        .threads = 2,
                        .packed_dir = folder.file("packed"),
                        .on_packing = [&cancel](int) { cancel = true; },
                        .cancel = &cancel};
  const auto engine = Engine::open(options);
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(std::filesystem::is_empty(folder.file("packed")));
}

TEST(Engine, OpeningIsCancelledWhereNothingIsPacked) {
  const std::atomic<bool> cancel = true;
  const auto engine =
      Engine::open({.model_path = support::model_path(support::kSmolLm2), .vocabulary_only = true, .cancel = &cancel});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace sotto
