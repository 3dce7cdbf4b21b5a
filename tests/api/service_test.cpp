#include "api/service.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api {
namespace {

using catalog::Assistant;

struct Asked {
  Outcome outcome;
  Answer answer;
  std::string pieces;
};

Asked ask_for(FakeService& fake, const Ask& ask, const std::atomic<bool>* gone = nullptr) {
  Asked asked;
  std::unique_ptr<Job> job;
  asked.outcome = fake.service->prepare(ask, {gone}, job);
  if (asked.outcome) return asked;
  asked.outcome = job->run(7, [&](const Event& event) { asked.pieces += event.text + "|"; }, asked.answer);
  return asked;
}

Ask chat_with(std::vector<Message> messages) {
  Ask ask;
  ask.model = "fake";
  ask.messages = std::move(messages);
  return ask;
}

TEST(Service, AnswersMessages) {
  FakeService fake;
  fake.script.thought = "hm";
  const Asked asked = ask_for(fake, chat_with({{Role::kUser, "hi"}}));
  ASSERT_FALSE(asked.outcome) << asked.outcome->message;
  EXPECT_EQ(asked.answer.text, "Hello world");
  EXPECT_EQ(asked.answer.thought, "hm");
  EXPECT_EQ(asked.pieces, "hm|Hello| world|");
  EXPECT_EQ(asked.answer.usage.completion_tokens, 2);
  ASSERT_EQ(fake.script.requests.size(), 1u);
  EXPECT_EQ(fake.script.requests[0].sampling.seed, 7u);
  EXPECT_EQ(fake.script.requests[0].messages.size(), 1u);
}

TEST(Service, UnknownModelsAndNamesThatAreNone) {
  FakeService fake;
  for (const char* name : {"nobody", "nobody:latest"}) {
    Ask ask = chat_with({{Role::kUser, "hi"}});
    ask.model = name;
    const Asked asked = ask_for(fake, ask);
    ASSERT_TRUE(asked.outcome);
    EXPECT_EQ(asked.outcome->status, 404);
    EXPECT_EQ(asked.outcome->code, "model_not_found");
  }
  for (const char* name : {"../fake", "/etc/passwd", "a/b", "", "..", "./fake.gguf"}) {
    Ask ask = chat_with({{Role::kUser, "hi"}});
    ask.model = name;
    const Asked asked = ask_for(fake, ask);
    ASSERT_TRUE(asked.outcome) << name;
    EXPECT_EQ(asked.outcome->status, 400) << name;
  }
  EXPECT_EQ(fake.script.n_engines, 0);
}

TEST(Service, LatestIsImplied) {
  FakeService fake;
  for (const char* name : {"fake", "fake:latest", "FAKE", "fake.gguf"}) {
    Ask ask = chat_with({{Role::kUser, "hi"}});
    ask.model = name;
    EXPECT_FALSE(ask_for(fake, ask).outcome) << name;
  }
  EXPECT_EQ(fake.script.n_engines, 1);
}

TEST(Service, AnAssistantSpeaksFirst) {
  FakeService fake;
  Assistant assistant;
  assistant.name = "pirate";
  assistant.base = "fake";
  assistant.system = "Be a pirate.";
  assistant.messages = {{"user", "Hello?"}, {"assistant", "Arr."}};
  assistant.parameters = {{"temperature", "0.9"}, {"stop", "END"}};
  ASSERT_TRUE(fake.service->store().keep(assistant, false));
  Ask ask = chat_with({{Role::kUser, "hi"}});
  ask.model = "pirate";
  ask.options.top_k = 3;
  ASSERT_FALSE(ask_for(fake, ask).outcome);
  const Request& request = fake.script.requests.back();
  std::vector<std::string> said;
  for (const Message& message : request.messages) said.push_back(message.content);
  EXPECT_EQ(said, (std::vector<std::string>{"Be a pirate.", "Hello?", "Arr.", "hi"}));
  EXPECT_FLOAT_EQ(request.sampling.temperature, 0.9f);
  EXPECT_EQ(request.sampling.top_k, 3);
  EXPECT_EQ(request.stop, std::vector<std::string>{"END"});
  // A request's own instructions stand in place of the assistant's.
  ask.messages = {{Role::kSystem, "Be brief."}, {Role::kUser, "hi"}};
  ASSERT_FALSE(ask_for(fake, ask).outcome);
  EXPECT_EQ(fake.script.requests.back().messages.front().content, "Be brief.");
  // It shares the engine of its base.
  ask.model = "fake";
  ASSERT_FALSE(ask_for(fake, ask).outcome);
  EXPECT_EQ(fake.script.n_engines, 1);
}

TEST(Service, PromptsAreMessagesOrContinued) {
  FakeService fake;
  Ask ask;
  ask.model = "fake";
  ask.prompt = "Once";
  ask.system = "Tell tales.";
  ASSERT_FALSE(ask_for(fake, ask).outcome);
  EXPECT_EQ(fake.script.requests.back().messages.size(), 2u);
  ask.raw = true;
  ASSERT_FALSE(ask_for(fake, ask).outcome);
  EXPECT_TRUE(fake.script.requests.back().raw);
  EXPECT_EQ(fake.script.requests.back().prompt, "Once");
  // A model without a template continues any prompt, and takes no messages.
  fake.script.info.has_chat_template = false;
  ask.raw = false;
  ASSERT_FALSE(ask_for(fake, ask).outcome);
  EXPECT_EQ(fake.script.requests.back().prompt, "Once");
  const Asked refused = ask_for(fake, chat_with({{Role::kUser, "hi"}}));
  ASSERT_TRUE(refused.outcome);
  EXPECT_EQ(refused.outcome->status, 400);
}

TEST(Service, WhatDoesNotFitIsAnErrorUnlessItMayBeCut) {
  FakeService fake;
  Ask ask = chat_with({{Role::kSystem, "sys"},
                       {Role::kUser, std::string(600, 'a')},
                       {Role::kAssistant, std::string(600, 'b')},
                       {Role::kUser, "last"}});
  const Asked refused = ask_for(fake, ask);
  ASSERT_TRUE(refused.outcome);
  EXPECT_EQ(refused.outcome->status, 400);
  EXPECT_EQ(refused.outcome->code, "context_length_exceeded");
  EXPECT_NE(refused.outcome->message.find("1001 of 1000"), std::string::npos);
  ask.truncate = true;
  const Asked cut = ask_for(fake, ask);
  ASSERT_FALSE(cut.outcome);
  EXPECT_EQ(cut.answer.dropped_messages, 1u);
  EXPECT_EQ(fake.script.requests.back().messages.size(), 3u);
  EXPECT_EQ(fake.script.requests.back().messages.front().content, "sys");
  ask.messages = {{Role::kUser, std::string(2000, 'a')}};
  EXPECT_TRUE(ask_for(fake, ask).outcome);  // the question itself is never left out
}

TEST(Service, SizesOfTheContextAreSessions) {
  FakeService fake;
  Ask ask = chat_with({{Role::kUser, "hi"}});
  ask.options.ctx_tokens = 3000;
  ASSERT_FALSE(ask_for(fake, ask).outcome);
  EXPECT_EQ(fake.script.sizes, std::vector<int>{3000});
  EXPECT_EQ(fake.script.n_engines, 1);
}

TEST(Service, WhatAModelCannotIsRefused) {
  FakeService fake;
  Ask ask = chat_with({{Role::kUser, "hi"}});
  ask.options.thinking = Thinking{Thinking::Mode::kOn};
  const Asked thinks = ask_for(fake, ask);
  ASSERT_TRUE(thinks.outcome);
  EXPECT_EQ(thinks.outcome->field, "think");
  ask.options.thinking->mode = Thinking::Mode::kOff;
  EXPECT_FALSE(ask_for(fake, ask).outcome);
  fake.script.info.embedding_dim = 2;
  const Asked encoder = ask_for(fake, ask);
  ASSERT_TRUE(encoder.outcome);
  EXPECT_EQ(encoder.outcome->status, 400);
}

TEST(Service, AClientThatHasGoneGetsNoAnswer) {
  FakeService fake;
  std::atomic<bool> gone{false};
  fake.script.during = [&](const Request&) { gone = true; };
  const Asked asked = ask_for(fake, chat_with({{Role::kUser, "hi"}}), &gone);
  ASSERT_TRUE(asked.outcome);
  EXPECT_EQ(asked.outcome->status, 499);
}

TEST(Service, EmbedsAndCutsOnlyWhenAsked) {
  FakeService fake;
  fake.script.info.embedding_dim = 2;
  fake.script.info.ctx_tokens = 10;
  EmbedAsk ask{.model = "fake", .texts = {"abc", std::string(20, 'x')}};
  Embedded embedded;
  const Outcome refused = fake.service->embed(ask, nullptr, embedded);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, "context_length_exceeded");
  ask.truncate = true;
  embedded = {};
  ASSERT_FALSE(fake.service->embed(ask, nullptr, embedded));
  EXPECT_EQ(embedded.truncated, std::vector<std::size_t>{1});
  EXPECT_EQ(embedded.vectors[1][0], 10.0f);
  EXPECT_EQ(embedded.n_tokens, 13u);
}

TEST(Service, PreloadsAndUnloads) {
  FakeService fake;
  double load_ms = 0;
  ASSERT_FALSE(fake.service->preload("fake", std::nullopt, nullptr, load_ms));
  EXPECT_EQ(fake.service->models().list().size(), 1u);
  ASSERT_FALSE(fake.service->preload("fake", KeepAlive(0), nullptr, load_ms));
  for (int i = 0; i < 100 && !fake.service->models().list().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(fake.service->models().list().empty());
  EXPECT_EQ(fake.service->preload("nobody", std::nullopt, nullptr, load_ms)->status, 404);
}

}  // namespace
}  // namespace sotto::api
