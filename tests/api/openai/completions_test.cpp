#include "api/openai/completions.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/openai/shapes.h"

namespace sotto::api::openai {
namespace {

const std::string kMessages = R"("messages": [{"role": "user", "content": "hi"}])";

KeptReply ask_chat(FakeService& fake, const std::string& more) {
  return call_with(shape(), *fake.service, chat_completions, R"({"model": "fake", )" + kMessages + more + "}");
}
KeptReply ask_text(FakeService& fake, const std::string& more) {
  return call_with(shape(), *fake.service, completions, R"({"model": "fake", )" + more + "}");
}

Json event(const std::string& part) {
  EXPECT_TRUE(part.starts_with("data: ") && part.ends_with("\n\n")) << part;
  return Json::parse(part.substr(6));
}

TEST(ChatCompletions, WholeAnswer) {
  FakeService fake;
  fake.script.thought = "hm";
  const Json json = Json::parse(ask_chat(fake, "").body);
  EXPECT_EQ(json["object"], "chat.completion");
  EXPECT_TRUE(json["id"].get<std::string>().starts_with("chatcmpl-"));
  ASSERT_EQ(json["choices"].size(), 1u);
  const Json& choice = json["choices"][0];
  EXPECT_EQ(choice["message"]["content"], "Hello world");
  EXPECT_EQ(choice["message"]["reasoning_content"], "hm");
  EXPECT_EQ(choice["finish_reason"], "stop");
  EXPECT_EQ(json["usage"]["prompt_tokens"], 2);
  EXPECT_EQ(json["usage"]["total_tokens"], 4);
}

TEST(ChatCompletions, Stream) {
  FakeService fake;
  fake.script.finish = FinishReason::kContextFull;
  const KeptReply reply = ask_chat(fake, R"(, "stream": true, "stream_options": {"include_usage": true})");
  EXPECT_EQ(reply.type, "text/event-stream");
  ASSERT_EQ(reply.parts.size(), 6u);
  EXPECT_EQ(event(reply.parts[0])["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(event(reply.parts[1])["choices"][0]["delta"], Json::parse(R"({"content": "Hello"})"));
  EXPECT_EQ(event(reply.parts[1])["choices"][0]["finish_reason"], nullptr);
  EXPECT_EQ(event(reply.parts[3])["choices"][0]["finish_reason"], "length");
  EXPECT_EQ(event(reply.parts[4])["usage"]["completion_tokens"], 2);
  EXPECT_TRUE(event(reply.parts[4])["choices"].empty());
  EXPECT_EQ(reply.parts[5], "data: [DONE]\n\n");
  EXPECT_TRUE(reply.finished);
}

TEST(ChatCompletions, SeveralAnswersHaveSeedsOfTheirOwn) {
  FakeService fake;
  const Json json = Json::parse(ask_chat(fake, R"(, "n": 3, "seed": 10)").body);
  ASSERT_EQ(json["choices"].size(), 3u);
  EXPECT_EQ(json["choices"][2]["index"], 2);
  EXPECT_EQ(json["usage"]["prompt_tokens"], 2);
  EXPECT_EQ(json["usage"]["completion_tokens"], 6);
  ASSERT_EQ(fake.script.requests.size(), 3u);
  EXPECT_EQ(fake.script.requests[2].sampling.seed, 12u);
}

TEST(ChatCompletions, ToolsReachTheEngine) {
  FakeService fake;
  fake.script.calls = {{"a1b2c3d4e", "f", "{}"}};
  fake.script.finish = FinishReason::kToolCalls;
  const Json json = Json::parse(ask_chat(fake, R"(, "tools": [{"type": "function", "function": {"name": "f",
      "parameters": {"type": "object"}}}], "tool_choice": {"type": "function", "function": {"name": "f"}},
      "parallel_tool_calls": false)")
                                    .body);
  ASSERT_EQ(fake.script.requests.size(), 1u);
  const Request& request = fake.script.requests[0];
  ASSERT_EQ(request.tools.size(), 1u);
  EXPECT_EQ(request.tools[0].parameters, R"({"type":"object"})");
  EXPECT_EQ(request.tool_choice.mode, ToolChoice::Mode::kNamed);
  EXPECT_FALSE(request.tool_choice.parallel);
  EXPECT_EQ(json["choices"][0]["message"]["tool_calls"][0]["function"]["name"], "f");
}

TEST(ChatCompletions, Logprobs) {
  FakeService fake;
  fake.script.thought = "hm";
  const Json whole = Json::parse(ask_chat(fake, R"(, "logprobs": true, "top_logprobs": 2)").body)["choices"][0];
  ASSERT_EQ(whole["logprobs"]["content"].size(), 2u);
  EXPECT_EQ(whole["logprobs"]["content"][0], Json::parse(R"({"token": "Hello", "logprob": -2.5,
      "bytes": [72, 101, 108, 108, 111], "top_logprobs": [{"token": "a", "logprob": -0.5, "bytes": [97]},
      {"token": "b", "logprob": -0.6, "bytes": [98]}]})"));
  const KeptReply stream = ask_chat(fake, R"(, "logprobs": true, "stream": true)");
  const auto logprobs = [&](std::size_t i) { return event(stream.parts.at(i))["choices"][0]["logprobs"]; };
  EXPECT_EQ(logprobs(1), nullptr);  // of a thought
  EXPECT_EQ(logprobs(2)["content"][0]["token"], "Hello");
  EXPECT_EQ(logprobs(2)["content"][0]["top_logprobs"], Json::array());
  EXPECT_EQ(logprobs(3)["content"][0]["token"], " world");
  EXPECT_EQ(Json::parse(ask_chat(fake, "").body)["choices"][0]["logprobs"], nullptr);
}

TEST(Completions, Logprobs) {
  FakeService fake;
  fake.script.pieces = {"d\xc3\xa9j\xc3\xa0", "\xe2\x82", "!"};
  const KeptReply stream = ask_text(fake, R"("prompt": "x", "stream": true, "logprobs": 1)");
  EXPECT_EQ(event(stream.parts.at(1))["choices"][0]["logprobs"]["text_offset"], Json::parse("[4]"));
  const Json whole = Json::parse(ask_text(fake, R"("prompt": "x", "logprobs": 1)").body)["choices"][0]["logprobs"];
  EXPECT_EQ(whole["tokens"], Json::parse(R"(["d\u00e9j\u00e0", "bytes:\\xe2\\x82", "!"])"));
  EXPECT_EQ(whole["token_logprobs"], Json::parse("[-2.5, -2.5, -2.5]"));
  EXPECT_EQ(whole["text_offset"], Json::parse("[0, 4, 5]"));
  EXPECT_EQ(whole["top_logprobs"][2], Json::parse(R"({"a": -0.5, "!": -2.5})"));
}

TEST(Completions, PromptsAreContinued) {
  FakeService fake;
  const Json json = Json::parse(ask_text(fake, R"("prompt": ["a", "bc"], "n": 2, "echo": true)").body);
  EXPECT_EQ(json["object"], "text_completion");
  ASSERT_EQ(json["choices"].size(), 4u);
  EXPECT_EQ(json["choices"][0]["text"], "aHello world");
  EXPECT_EQ(json["choices"][3]["text"], "bcHello world");
  EXPECT_EQ(json["choices"][3]["index"], 3);
  EXPECT_EQ(json["usage"]["prompt_tokens"], 3);
  EXPECT_TRUE(fake.script.requests.front().raw);
  EXPECT_EQ(fake.script.requests.front().prompt, "a");
}

TEST(Completions, ASuffixMakesAGap) {
  FakeService fake;
  fake.script.info.fills_gaps = true;
  EXPECT_EQ(ask_text(fake, R"("prompt": "x", "suffix": "y")").status, 200);
  EXPECT_EQ(fake.script.requests.back().prompt, "x");
  EXPECT_EQ(fake.script.requests.back().gap->suffix, "y");
  EXPECT_EQ(ask_text(fake, R"("prompt": "x", "suffix": "")").status, 200);
  EXPECT_FALSE(fake.script.requests.back().gap);
}

TEST(Completions, AWarmUpOfLlamaCppsClientsWritesNothing) {
  FakeService fake;
  EXPECT_EQ(ask_text(fake, R"("prompt": "x", "n_predict": 0)").status, 200);
  EXPECT_EQ(fake.script.requests.back().max_tokens, 0);
  EXPECT_EQ(ask_text(fake, R"("prompt": "x", "n_predict": 0, "max_tokens": 5)").status, 200);
  EXPECT_EQ(fake.script.requests.back().max_tokens, 5);
}

TEST(Completions, Stream) {
  FakeService fake;
  const KeptReply reply = ask_text(fake, R"("prompt": "a", "stream": true)");
  ASSERT_EQ(reply.parts.size(), 4u);
  EXPECT_EQ(event(reply.parts[0])["choices"][0]["text"], "Hello");
  EXPECT_EQ(event(reply.parts[2])["choices"][0]["finish_reason"], "stop");
}

TEST(Completions, WhatIsWrongIsRefused) {
  FakeService fake;
  for (const char* more : {R"("prompt": [1, 2])", R"("prompt": [[1]])", R"("user": "x")",
                           R"("prompt": "x", "suffix": "y")", R"("prompt": "x", "logprobs": 21)",
                           R"("prompt": "x", "logprobs": 3, "echo": true)", R"("prompt": "x", "best_of": 4)"})
    EXPECT_EQ(ask_text(fake, more).status, 400) << more;
}

}  // namespace
}  // namespace sotto::api::openai
