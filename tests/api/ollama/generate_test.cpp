#include "api/ollama/generate.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/ollama/context.h"
#include "api/ollama/shapes.h"

namespace sotto::api::ollama {
namespace {

KeptReply ask_generate(FakeService& fake, const std::string& body) {
  return call_with(shape(), *fake.service, generate, body);
}
KeptReply ask_chat(FakeService& fake, const std::string& body) { return call_with(shape(), *fake.service, chat, body); }

TEST(Generate, Logprobs) {
  FakeService fake;
  fake.script.thought = "hm";
  const std::string body = R"({"model": "fake", "prompt": "hi", "messages": [{"role": "user", "content": "hi"}],
                               "logprobs": true, "top_logprobs": 1)";
  for (const auto ask : {ask_generate, ask_chat}) {
    const Json whole = Json::parse(ask(fake, body + R"(, "stream": false})").body);
    ASSERT_EQ(whole["logprobs"].size(), 2u);
    EXPECT_EQ(whole["logprobs"][1]["token"], " world");
    EXPECT_EQ(whole["logprobs"][1]["top_logprobs"][0]["token"], "a");
    const KeptReply stream = ask(fake, body + "}");
    EXPECT_FALSE(Json::parse(stream.parts.at(0)).contains("logprobs"));
    EXPECT_EQ(Json::parse(stream.parts.at(1))["logprobs"][0]["token"], "Hello");
    EXPECT_FALSE(Json::parse(stream.parts.at(3)).contains("logprobs"));
  }
}

TEST(Generate, StreamsLines) {
  FakeService fake;
  fake.script.thought = "hm";
  const KeptReply reply = ask_generate(fake, R"({"model": "fake", "prompt": "hi"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.type, "application/x-ndjson");
  EXPECT_TRUE(reply.finished);
  ASSERT_EQ(reply.parts.size(), 4u);
  const Json thought = Json::parse(reply.parts[0]), text = Json::parse(reply.parts[1]),
             last = Json::parse(reply.parts[3]);
  EXPECT_EQ(thought["thinking"], "hm");
  EXPECT_EQ(thought["response"], "");
  EXPECT_EQ(text["response"], "Hello");
  EXPECT_EQ(text["done"], false);
  EXPECT_EQ(text["model"], "fake");
  EXPECT_EQ(last["done"], true);
  EXPECT_EQ(last["done_reason"], "stop");
  EXPECT_EQ(last["response"], "");
  EXPECT_EQ(last["eval_count"], 2);
  for (const char* figure :
       {"total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_duration"})
    EXPECT_TRUE(last[figure].is_number_integer()) << figure;
}

TEST(Generate, OneObjectWithoutStream) {
  FakeService fake;
  fake.script.finish = FinishReason::kLength;
  const KeptReply reply = ask_generate(fake, R"({"model": "fake", "prompt": "hi", "stream": false})");
  const Json json = Json::parse(reply.body);
  EXPECT_EQ(json["response"], "Hello world");
  EXPECT_EQ(json["done_reason"], "length");
}

TEST(Generate, TheContextGoesOn) {
  FakeService fake;
  const KeptReply first = ask_generate(fake, R"({"model": "fake", "prompt": "hi", "system": "s", "stream": false})");
  const Json next = {{"model", "fake"}, {"prompt", "and?"}, {"context", Json::parse(first.body)["context"]}};
  ask_generate(fake, next.dump());
  std::vector<std::string> said;
  for (const Message& message : fake.script.requests.back().messages) said.push_back(message.content);
  EXPECT_EQ(said, (std::vector<std::string>{"s", "hi", "Hello world", "and?"}));
}

TEST(Generate, AnEmptyPromptLoads) {
  FakeService fake;
  const Json loaded = Json::parse(ask_generate(fake, R"({"model": "fake"})").body);
  EXPECT_EQ(loaded["done_reason"], "load");
  EXPECT_EQ(loaded["response"], "");
  EXPECT_EQ(fake.service->models().list().size(), 1u);
  const Json unloaded = Json::parse(ask_generate(fake, R"({"model": "fake", "keep_alive": 0})").body);
  EXPECT_EQ(unloaded["done_reason"], "unload");
  EXPECT_TRUE(fake.script.requests.empty());
}

TEST(Generate, WhatCannotBeDoneIsRefused) {
  FakeService fake;
  const char* const bodies[] = {R"({"model": "fake", "prompt": "x", "suffix": "y"})",
                                R"({"model": "fake", "prompt": "x", "images": ["aGk="]})",
                                R"({"model": "fake", "prompt": "x", "template": "{{ .Prompt }}"})",
                                R"({"model": "fake", "prompt": "x", "context": [1, 2]})",
                                R"({"model": "fake", "prompt": "x", "format": "xml"})",
                                R"({"model": "fake", "prompt": "x", "think": true})",
                                R"({"model": "fake", "prompt": "x", "raw": true, "system": "y"})",
                                R"({"prompt": "x"})",
                                R"({"model": "fake", "prompt": 7})",
                                R"({"model": "fake", "prompt": "x", "logprobs": true, "top_logprobs": 21})"};
  for (const char* body : bodies) {
    const KeptReply reply = ask_generate(fake, body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_TRUE(Json::parse(reply.body)["error"].is_string()) << reply.body;
  }
  EXPECT_EQ(ask_generate(fake, R"({"model": "nobody", "prompt": "x"})").status, 404);
  EXPECT_TRUE(fake.script.requests.empty());
}

TEST(Generate, UnknownOptionsAreTold) {
  FakeService fake;
  const KeptReply reply =
      ask_generate(fake, R"({"model": "fake", "prompt": "x", "options": {"num_gpu": 1}, "shift": true})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("X-Sotto-Ignored"), "options.num_gpu, shift");
}

TEST(Generate, ASuffixMakesAGap) {
  FakeService fake;
  fake.script.info.fills_gaps = true;
  const KeptReply reply = ask_generate(fake, R"({"model": "fake", "prompt": "", "suffix": "y", "stream": false})");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_FALSE(Json::parse(reply.body).contains("context"));
  EXPECT_EQ(fake.script.requests.back().prompt, "");
  EXPECT_EQ(fake.script.requests.back().gap->suffix, "y");
  EXPECT_EQ(ask_generate(fake, R"({"model": "fake", "prompt": "x", "suffix": "y", "system": "z"})").status, 400);
  fake.script.info.fills_gaps = false;
  const KeptReply refused = ask_generate(fake, R"({"model": "fake", "prompt": "x", "suffix": "y"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("does not support insert"), std::string::npos) << refused.body;
}

TEST(Chat, AnswersMessagesInOneObjectOrLines) {
  FakeService fake;
  fake.script.thought = "hm";
  const char* const messages = R"("messages": [{"role": "user", "content": "hi"}])";
  const KeptReply whole = ask_chat(fake, std::string(R"({"model": "fake", "stream": false, )") + messages + "}");
  const Json json = Json::parse(whole.body);
  EXPECT_EQ(json["message"], Json::parse(R"({"role": "assistant", "content": "Hello world", "thinking": "hm"})"));
  const KeptReply lines = ask_chat(fake, std::string(R"({"model": "fake", )") + messages + "}");
  ASSERT_EQ(lines.parts.size(), 4u);
  EXPECT_EQ(Json::parse(lines.parts[1])["message"]["content"], "Hello");
  EXPECT_EQ(Json::parse(lines.parts[3])["done"], true);
}

TEST(Chat, ErrorsBeforeTheFirstPieceAreStatuses) {
  FakeService fake;
  fake.script.error = Error{ErrorCode::kContextFull, "1500 of 1000 tokens"};
  const KeptReply reply = ask_chat(fake, R"({"model": "fake", "messages": [{"role": "user", "content": "hi"}]})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Json::parse(reply.body)["error"], "1500 of 1000 tokens");
}

TEST(Chat, ToolsAndSchemasAreNotIgnored) {
  FakeService fake;
  const std::string messages = R"("messages": [{"role": "user", "content": "hi"}])";
  EXPECT_EQ(ask_chat(fake, R"({"model": "fake", "tools": [{"type": "function"}], )" + messages + "}").status, 400);
  EXPECT_EQ(ask_chat(fake, R"({"model": "fake", "tools": [], )" + messages + "}").status, 200);
}

constexpr const char* kTools = R"({"model": "fake", "messages": [{"role": "user", "content": "hi"}], "tools": [
    {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}])";

TEST(Chat, CallsHaveObjectsForArguments) {
  FakeService fake;
  fake.script.pieces = {"Hm."};
  fake.script.calls = {{"a1b2c3d4e", "f", R"({"a": 1})"}};
  fake.script.finish = FinishReason::kToolCalls;
  const Json expected = Json::parse(R"([{"id": "call_a1b2c3d4e", "function": {"name": "f", "arguments": {"a": 1}}}])");
  const Json whole = Json::parse(ask_chat(fake, std::string(kTools) + R"(, "stream": false})").body);
  EXPECT_EQ(whole["message"]["tool_calls"], expected);
  EXPECT_EQ(whole["message"]["content"], "Hm.");
  EXPECT_EQ(whole["done_reason"], "stop");
  const KeptReply lines = ask_chat(fake, std::string(kTools) + "}");
  ASSERT_EQ(lines.parts.size(), 3u);
  EXPECT_EQ(Json::parse(lines.parts[1])["message"]["tool_calls"], expected);
  EXPECT_FALSE(Json::parse(lines.parts[2])["message"].contains("tool_calls"));
  EXPECT_EQ(fake.script.requests.at(0).tools.at(0).name, "f");
}

TEST(Chat, WhatALimitCutsOfACallIsText) {
  FakeService fake;
  fake.script.pieces = {};
  fake.script.calls = {{"a1b2c3d4e", "f", R"({"a": )"}};
  fake.script.finish = FinishReason::kLength;
  const Json whole = Json::parse(ask_chat(fake, std::string(kTools) + R"(, "stream": false})").body);
  EXPECT_FALSE(whole["message"].contains("tool_calls"));
  EXPECT_EQ(whole["message"]["content"], R"(f{"a": )");
  EXPECT_EQ(whole["done_reason"], "length");
  const KeptReply lines = ask_chat(fake, std::string(kTools) + "}");
  ASSERT_EQ(lines.parts.size(), 1u);
  EXPECT_EQ(Json::parse(lines.parts[0])["message"]["content"], R"(f{"a": )");
}

TEST(Chat, NoMessagesLoad) {
  FakeService fake;
  const Json json = Json::parse(ask_chat(fake, R"({"model": "fake", "messages": []})").body);
  EXPECT_EQ(json["done_reason"], "load");
  EXPECT_EQ(json["message"]["content"], "");
}

}  // namespace
}  // namespace sotto::api::ollama
