#include "api/anthropic/messages.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api::anthropic {
namespace {

KeptReply ask_messages(FakeService& fake, const std::string& more) {
  return call_with(shape(), *fake.service, messages,
                   R"({"model": "fake", "messages": [{"role": "user", "content": "hi"}])" + more + "}");
}

// The data of an event, whose name is its type.
Json event(const std::string& part) {
  const std::size_t data = part.find("\ndata: ");
  const Json json = Json::parse(part.substr(data + 7));
  EXPECT_EQ(part.substr(0, data), "event: " + json["type"].get<std::string>());
  return json;
}

TEST(Messages, WholeAnswer) {
  FakeService fake;
  fake.script.thought = "hm";
  const KeptReply reply = ask_messages(fake, R"(, "max_tokens": 9, "system": [{"type": "text", "text": "Be brief."}],
      "stop_sequences": ["END"], "top_k": 5, "metadata": {"user_id": "me"})");
  const Json json = Json::parse(reply.body);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(json["content"], Json::parse(R"([{"type": "thinking", "thinking": "hm", "signature": ""},
                                             {"type": "text", "text": "Hello world"}])"));
  EXPECT_EQ(json["stop_reason"], "end_turn");
  EXPECT_EQ(json["usage"]["output_tokens"], 2);
  EXPECT_EQ(reply.headers.at("X-Sotto-Ignored"), "metadata");
  const Request& request = fake.script.requests.back();
  EXPECT_EQ(request.messages.front().content, "Be brief.");
  EXPECT_EQ(request.max_tokens, 9);
  EXPECT_EQ(request.stop, std::vector<std::string>{"END"});
  EXPECT_EQ(request.sampling.top_k, 5);
}

TEST(Messages, Events) {
  FakeService fake;
  fake.script.thought = "hm";
  fake.script.stop = "END";
  const KeptReply reply = ask_messages(fake, R"(, "max_tokens": 9, "stream": true)");
  std::vector<std::string> types;
  for (const std::string& part : reply.parts) types.push_back(event(part)["type"]);
  EXPECT_EQ(types,
            (std::vector<std::string>{"message_start", "content_block_start", "content_block_delta",
                                      "content_block_stop", "content_block_start", "content_block_delta",
                                      "content_block_delta", "content_block_stop", "message_delta", "message_stop"}));
  EXPECT_EQ(event(reply.parts[2])["delta"]["thinking"], "hm");
  EXPECT_EQ(event(reply.parts[6])["delta"]["text"], " world");
  EXPECT_EQ(event(reply.parts[6])["index"], 1);
  EXPECT_EQ(event(reply.parts[8])["delta"]["stop_reason"], "stop_sequence");
  EXPECT_EQ(event(reply.parts[8])["delta"]["stop_sequence"], "END");
  EXPECT_TRUE(reply.finished);
}

constexpr const char* kTools = R"(, "max_tokens": 9, "tools": [{"name": "f", "input_schema": {"type": "object"}}])";

TEST(Messages, CallsAreBlocks) {
  FakeService fake;
  fake.script.pieces = {"Hm."};
  fake.script.calls = {{"a1b2c3d4e", "f", R"({"a": 1})"}, {"b1b2c3d4e", "f", "{}"}};
  fake.script.finish = FinishReason::kToolCalls;
  const Json whole = Json::parse(ask_messages(fake, kTools).body);
  EXPECT_EQ(whole["content"], Json::parse(R"([{"type": "text", "text": "Hm."},
      {"type": "tool_use", "id": "toolu_a1b2c3d4e", "name": "f", "input": {"a": 1}},
      {"type": "tool_use", "id": "toolu_b1b2c3d4e", "name": "f", "input": {}}])"));
  EXPECT_EQ(whole["stop_reason"], "tool_use");
  const KeptReply reply = ask_messages(fake, std::string(kTools) + R"(, "stream": true)");
  ASSERT_EQ(reply.parts.size(), 14u);
  EXPECT_EQ(event(reply.parts[4])["content_block"],
            Json::parse(R"({"type": "tool_use", "id": "toolu_a1b2c3d4e", "name": "f", "input": {}})"));
  EXPECT_EQ(event(reply.parts[4])["index"], 1);
  EXPECT_EQ(event(reply.parts[6])["delta"], Json::parse(R"({"type": "input_json_delta", "partial_json": ": 1}"})"));
  EXPECT_EQ(event(reply.parts[7])["type"], "content_block_stop");
  EXPECT_EQ(event(reply.parts[12])["delta"]["stop_reason"], "tool_use");
}

TEST(Messages, LengthsAndCounts) {
  FakeService fake;
  fake.script.finish = FinishReason::kLength;
  EXPECT_EQ(Json::parse(ask_messages(fake, R"(, "max_tokens": 9)").body)["stop_reason"], "max_tokens");
  const KeptReply counted = call_with(shape(), *fake.service, count_tokens,
                                      R"({"model": "fake", "messages": [{"role": "user", "content": "hello"}]})");
  EXPECT_EQ(Json::parse(counted.body), Json::parse(R"({"input_tokens": 5})"));
  EXPECT_EQ(fake.script.requests.back().max_tokens, 0);
}

TEST(Messages, RefusalsHaveAnthropicsShape) {
  FakeService fake;
  for (const char* more :
       {"", R"(, "max_tokens": 0)", R"(, "max_tokens": 9, "temperature": 1.5)",
        R"(, "max_tokens": 9, "tools": [{"name": ""}])", R"(, "max_tokens": 9, "tool_choice": {"type": "any"})",
        R"(, "max_tokens": 9, "thinking": {"type": "enabled", "budget_tokens": 4})"}) {
    const KeptReply reply = ask_messages(fake, more);
    EXPECT_EQ(reply.status, 400) << more;
    const Json json = Json::parse(reply.body);
    EXPECT_EQ(json["type"], "error");
    EXPECT_EQ(json["error"]["type"], "invalid_request_error");
  }
  const KeptReply missing =
      call_with(shape(), *fake.service, messages,
                R"({"model": "no", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]})");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(Json::parse(missing.body)["error"]["type"], "not_found_error");
}

}  // namespace
}  // namespace sotto::api::anthropic
