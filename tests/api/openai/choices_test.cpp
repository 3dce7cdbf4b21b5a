#include "api/openai/choices.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api::openai {
namespace {

// What the choices of one answer are written as; `work` tells them what came.
template <class Work>
KeptReply written(Kind kind, Delivery delivery, Work work) {
  const std::atomic<bool> gone{false};
  http::Request request;
  request.gone = &gone;
  KeptReply reply;
  Call call(request, reply);
  Choices choices(call, kind, "m", delivery);
  work(choices);
  choices.finish();
  return reply;
}

Event event_of(Event::Kind kind, const char* text) { return {.kind = kind, .text = text}; }

TEST(Choices, ThoughtsAreFieldsOfTheirOwn) {
  const KeptReply reply = written(Kind::kChat, {.stream = true}, [](Choices& choices) {
    choices.piece(0, event_of(Event::Kind::kThought, "hm"));
    choices.piece(0, event_of(Event::Kind::kText, "yes"));
    choices.end(0, {});
  });
  ASSERT_EQ(reply.parts.size(), 5u);
  const auto delta = [&](std::size_t i) { return Json::parse(reply.parts[i].substr(6))["choices"][0]["delta"]; };
  EXPECT_EQ(delta(1), Json::parse(R"({"reasoning_content": "hm"})"));
  EXPECT_EQ(delta(2), Json::parse(R"({"content": "yes"})"));
  EXPECT_EQ(delta(3), Json::object());
}

const ToolCall kCall{"a1b2c3d4e", "f", R"({"a": 1})"};

TEST(Choices, CallsAreDeltasWithAnIndex) {
  const KeptReply reply = written(Kind::kChat, {.stream = true}, [](Choices& choices) {
    for (int i = 0; i < 2; ++i) {
      choices.piece(0, {.kind = Event::Kind::kCall, .call = {kCall.id, kCall.name, ""}});
      choices.piece(0, event_of(Event::Kind::kCallArguments, "{\"a\""));
      choices.piece(0, event_of(Event::Kind::kCallArguments, ": 1}"));
      choices.piece(0, {.kind = Event::Kind::kCallEnd, .call = kCall});
    }
    Answer answer;
    answer.finish = FinishReason::kToolCalls;
    choices.end(0, answer);
  });
  ASSERT_EQ(reply.parts.size(), 9u);
  const auto choice = [&](std::size_t i) { return Json::parse(reply.parts[i].substr(6))["choices"][0]; };
  EXPECT_EQ(choice(1)["delta"], Json::parse(R"({"tool_calls": [{"id": "call_a1b2c3d4e", "type": "function",
      "function": {"name": "f", "arguments": ""}, "index": 0}]})"));
  EXPECT_EQ(choice(3)["delta"], Json::parse(R"({"tool_calls": [{"index": 0, "function": {"arguments": ": 1}"}}]})"));
  EXPECT_EQ(choice(4)["delta"]["tool_calls"][0]["index"], 1);
  EXPECT_EQ(choice(7)["finish_reason"], "tool_calls");
}

TEST(Choices, CallsOfAWholeAnswer) {
  const KeptReply reply = written(Kind::kChat, {}, [](Choices& choices) {
    Answer answer;
    answer.calls = {kCall};
    answer.finish = FinishReason::kToolCalls;
    choices.end(0, answer);
  });
  const Json choice = Json::parse(reply.body)["choices"][0];
  EXPECT_EQ(choice["message"]["content"], nullptr);
  EXPECT_EQ(choice["message"]["tool_calls"], Json::parse(R"([{"id": "call_a1b2c3d4e", "type": "function",
      "function": {"name": "f", "arguments": "{\"a\": 1}"}}])"));
  EXPECT_EQ(choice["finish_reason"], "tool_calls");
}

TEST(Choices, AnEmptyAnswerStillBeginsAndEnds) {
  const KeptReply reply = written(Kind::kChat, {.stream = true}, [](Choices& choices) { choices.end(0, {}); });
  ASSERT_EQ(reply.parts.size(), 3u);
  EXPECT_EQ(Json::parse(reply.parts[0].substr(6))["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(Json::parse(reply.parts[1].substr(6))["choices"][0]["finish_reason"], "stop");
}

TEST(Choices, ThePromptIsCountedOnce) {
  const KeptReply reply = written(Kind::kCompletion, {.n = 2}, [](Choices& choices) {
    Answer answer;
    answer.usage.prompt_tokens = 10;
    answer.usage.completion_tokens = 3;
    for (const int index : {0, 1, 2, 3}) choices.end(index, answer);
  });
  const Json usage = Json::parse(reply.body)["usage"];
  EXPECT_EQ(usage["prompt_tokens"], 20);  // of two prompts
  EXPECT_EQ(usage["completion_tokens"], 12);
}

}  // namespace
}  // namespace sotto::api::openai
