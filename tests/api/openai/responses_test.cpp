#include "api/openai/responses.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api::openai {
namespace {

struct Bench {
  explicit Bench(ResponseLimits limits = {}) : responses(*fake.service, limits) {}

  KeptReply call(Outcome (Responses::*handle)(Call&), const std::string& body, const std::string& id = "",
                 std::map<std::string, std::string> query = {}) {
    const std::atomic<bool> gone{false};
    http::Request request;
    request.path = "/v1/responses";
    request.body = body;
    request.params["id"] = id;
    request.query = std::move(query);
    request.scope = token.empty() ? http::Scope::kOpen : http::Scope::kChat;
    request.client = token.empty() ? "127.0.0.1" : token;
    request.gone = &gone;
    KeptReply reply;
    as_route(shape(), [&](Call& it) { return (responses.*handle)(it); }, [](std::string_view) {})(request, reply);
    return reply;
  }
  KeptReply ask(const std::string& more) { return call(&Responses::create, R"({"model": "fake", )" + more + "}"); }
  Json answer(const std::string& more) {
    const KeptReply reply = ask(more);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return Json::parse(reply.body);
  }
  const Request& last() const { return fake.script.requests.back(); }

  FakeService fake;
  Responses responses;
  std::string token;
};

std::string said(const Request& request) {
  std::string all;
  for (const Message& message : request.messages) {
    constexpr char kRoles[] = "suat";
    all += kRoles[static_cast<int>(message.role)] + (":" + message.content);
    for (const ToolCall& call : message.calls) all += " " + call.name + call.arguments;
    if (!message.tool_name.empty()) all += " of " + message.tool_name;
    all += "|";
  }
  return all;
}

TEST(Responses, WholeAnswer) {
  Bench bench;
  bench.fake.script.thought = "hm";
  const Json response = bench.answer(R"("input": "hi", "instructions": "be brief", "temperature": 0.5, "top_p": 0.9,
      "max_output_tokens": 9, "metadata": {"a": "b"})");
  EXPECT_EQ(said(bench.last()), "s:be brief|u:hi|");
  EXPECT_EQ(bench.last().max_tokens, 9);
  EXPECT_FLOAT_EQ(bench.last().sampling.temperature, 0.5f);
  EXPECT_EQ(response["object"], "response");
  EXPECT_TRUE(response["id"].get<std::string>().starts_with("resp_"));
  EXPECT_EQ(response["status"], "completed");
  EXPECT_EQ(response["instructions"], "be brief");
  EXPECT_EQ(response["max_output_tokens"], 9);
  EXPECT_EQ(response["metadata"]["a"], "b");
  EXPECT_EQ(response["output"][0]["content"][0]["text"], "hm");
  EXPECT_EQ(response["output"][1]["content"][0]["text"], "Hello world");
}

TEST(Responses, AConversationGoesOn) {
  Bench bench;
  const Json first = bench.answer(R"("input": "hi", "instructions": "be brief")");
  const std::string id = first["id"];
  const Json second =
      bench.answer(R"("input": "and?", "instructions": "be long", "previous_response_id": ")" + id + "\"");
  EXPECT_EQ(said(bench.last()), "s:be long|u:hi|a:Hello world|u:and?|");
  EXPECT_EQ(second["previous_response_id"], id);
  bench.answer(R"("input": "so?", "previous_response_id": ")" + second["id"].get<std::string>() + "\"");
  EXPECT_EQ(said(bench.last()), "u:hi|a:Hello world|u:and?|a:Hello world|u:so?|");
  const KeptReply missing = bench.ask(R"("input": "x", "previous_response_id": "resp_no")");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(Json::parse(missing.body)["error"]["param"], "previous_response_id");
}

TEST(Responses, InstructionsJoinThoseOfAMessage) {
  Bench bench;
  bench.answer(
      R"("input": [{"role": "system", "content": "b"}, {"role": "user", "content": "c"}], "instructions": "a")");
  EXPECT_EQ(said(bench.last()), "s:a\n\nb|u:c|");
}

TEST(Responses, AreKeptUntilTheyAreDeleted) {
  Bench bench;
  const Json response = bench.answer(R"("input": "hi")");
  const std::string id = response["id"];
  EXPECT_EQ(Json::parse(bench.call(&Responses::show, "", id).body), response);
  const Json items = Json::parse(bench.call(&Responses::input_items, "", id).body);
  EXPECT_EQ(items["data"][0]["content"][0]["text"], "hi");
  EXPECT_EQ(bench.call(&Responses::input_items, "", id, {{"limit", "0"}}).status, 400);
  EXPECT_EQ(bench.call(&Responses::show, "", id, {{"stream", "true"}}).status, 400);
  EXPECT_EQ(Json::parse(bench.call(&Responses::remove, "", id).body)["deleted"], true);
  for (const auto handle : {&Responses::show, &Responses::remove, &Responses::input_items})
    EXPECT_EQ(bench.call(handle, "", id).status, 404);
}

TEST(Responses, AreOfTheTokenThatMadeThem) {
  Bench bench;
  bench.token = "ann";
  const std::string id = bench.answer(R"("input": "hi")")["id"];
  EXPECT_EQ(bench.call(&Responses::show, "", id).status, 200);
  for (const char* other : {"bob", ""}) {
    bench.token = other;
    EXPECT_EQ(bench.call(&Responses::show, "", id).status, 404);
    EXPECT_EQ(bench.ask(R"("input": "x", "previous_response_id": ")" + id + "\"").status, 404);
  }
}

TEST(Responses, WhatIsNotStoredSaysSo) {
  Bench bench({.most_bytes = 2000});
  EXPECT_EQ(bench.answer(R"("input": "hi", "store": false)")["store"], false);
  EXPECT_EQ(bench.responses.store().size(), 0u);
  EXPECT_EQ(bench.answer(R"("input": "hi")")["store"], true);
  EXPECT_EQ(bench.answer(R"("input": ")" + std::string(900, 'x') + "\"")["store"], false);
  EXPECT_EQ(bench.responses.store().size(), 1u);
}

TEST(Responses, SchemasAndLogprobs) {
  Bench bench;
  bench.answer(
      R"("input": "hi", "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "null"}}})");
  EXPECT_EQ(bench.last().json_schema, R"({"type":"null"})");
  const Json told = bench.answer(R"("input": "hi", "top_logprobs": 2, "include": ["message.output_text.logprobs"])");
  EXPECT_EQ(told["output"][0]["content"][0]["logprobs"][0]["top_logprobs"].size(), 2u);
  EXPECT_EQ(bench.answer(R"("input": "hi")")["output"][0]["content"][0]["logprobs"], Json::array());
  const KeptReply stream = bench.ask(R"("input": "hi", "include": ["message.output_text.logprobs"], "stream": true)");
  EXPECT_NE(stream.parts.at(4).find(R"("logprobs":[{"token":"Hello")"), std::string::npos) << stream.parts.at(4);
}

TEST(Responses, ToolsAreOffered) {
  Bench bench;
  const char* tools =
      R"([{"type":"function","name":"f","description":"Does.","parameters":{"type":"object"},"strict":true}])";
  const std::string ask = R"("input": "hi", "tools": )" + std::string(tools);
  Json response = bench.answer(ask);
  ASSERT_EQ(bench.last().tools.size(), 1u);
  EXPECT_EQ(bench.last().tools[0].name, "f");
  EXPECT_EQ(bench.last().tools[0].description, "Does.");
  EXPECT_EQ(bench.last().tools[0].parameters, R"({"type":"object"})");
  EXPECT_EQ(response["tools"], Json::parse(tools));
  EXPECT_EQ(response["tool_choice"], "auto");
  EXPECT_EQ(response["parallel_tool_calls"], true);
  response = bench.answer(ask + R"(, "tool_choice": {"type": "function", "name": "f"}, "parallel_tool_calls": false)");
  EXPECT_EQ(bench.last().tool_choice.mode, ToolChoice::Mode::kNamed);
  EXPECT_EQ(bench.last().tool_choice.name, "f");
  EXPECT_FALSE(bench.last().tool_choice.parallel);
  EXPECT_EQ(response["tool_choice"], Json::parse(R"({"type": "function", "name": "f"})"));
  EXPECT_EQ(response["parallel_tool_calls"], false);
}

TEST(Responses, AConversationGoesOnFromCalls) {
  Bench bench;
  bench.fake.script.pieces = {};
  bench.fake.script.calls = {{"123456789", "f", R"({"a":1})"}, {"987654321", "g", "{}"}};
  bench.fake.script.finish = FinishReason::kToolCalls;
  const Json first = bench.answer(R"("input": "hi")");
  EXPECT_EQ(first["status"], "completed");
  ASSERT_EQ(first["output"].size(), 2u);
  EXPECT_EQ(first["output"][1]["call_id"], "call_987654321");
  bench.fake.script.calls = {};
  bench.fake.script.pieces = {"so"};
  bench.fake.script.finish = FinishReason::kStop;
  const char* results = R"({"type": "function_call_output", "call_id": "call_987654321", "output": "ten"},
                           {"type": "function_call_output", "call_id": "call_123456789", "output": "one"})";
  const std::string id = first["id"];
  bench.answer(R"("previous_response_id": ")" + id + R"(", "input": [)" + results + "]");
  const std::string wanted = R"(u:hi|a: f{"a":1} g{}|t:ten of g|t:one of f|)";
  EXPECT_EQ(said(bench.last()), wanted);
  EXPECT_EQ(bench.last().messages[1].calls[0].id, "call_123456789");
  EXPECT_EQ(bench.last().messages[3].call_id, "call_123456789");
  Json items = Json::parse(R"([{"role": "user", "content": "hi"}])");  // the same, told by the client
  for (const Json& item : first["output"]) items.push_back(item);
  for (const Json& result : Json::parse("[" + std::string(results) + "]")) items.push_back(result);
  bench.answer(R"("input": )" + items.dump());
  EXPECT_EQ(said(bench.last()), wanted);
}

TEST(Responses, ACallThatWasCutIsNotGoneOnFrom) {
  Bench bench;
  bench.fake.script.pieces = {"Wait."};
  bench.fake.script.calls = {{"123456789", "f", R"({"a":1)"}};
  bench.fake.script.finish = FinishReason::kLength;
  const Json first = bench.answer(R"("input": "hi")");
  EXPECT_EQ(first["status"], "incomplete");
  EXPECT_EQ(first["output"][1]["status"], "incomplete");
  bench.answer(R"("input": "and?", "previous_response_id": ")" + first["id"].get<std::string>() + "\"");
  EXPECT_EQ(said(bench.last()), "u:hi|a:Wait.|u:and?|");
}

TEST(Responses, WhatIsWrongIsRefused) {
  Bench bench;
  const std::pair<const char*, const char*> wrong[] = {
      {R"("input": [])", "input"},
      {R"("instructions": "x")", "input"},
      {R"("input": "x", "tools": [{"type": "web_search"}])", "tools[0].type"},
      {R"("input": "x", "tools": [{"type": "function", "function": {"name": "f"}}])", "tools[0].name"},
      {R"("input": "x", "tool_choice": "required")", "tool_choice"},
      {R"("input": "x", "tool_choice": {"type": "allowed_tools", "mode": "auto"})", "tool_choice.type"},
      {R"("input": "x", "parallel_tool_calls": 1)", "parallel_tool_calls"},
      {R"("input": "x", "background": true)", "background"},
      {R"("input": "x", "conversation": "conv_1")", "conversation"},
      {R"("input": "x", "truncation": "maybe")", "truncation"},
      {R"("input": "x", "text": {"format": {"type": "json_schema"}})", "text.format.schema"},
      {R"("input": "x", "reasoning": {"effort": "much"})", "reasoning.effort"},
      {R"("input": "x", "metadata": {"a": 1})", "metadata"},
      {R"("input": "x", "top_logprobs": 21)", "top_logprobs"},
      {R"("input": "x", "max_output_tokens": 0)", "max_output_tokens"}};
  for (const auto& [more, field] : wrong) {
    const KeptReply reply = bench.ask(more);
    EXPECT_EQ(reply.status, 400) << more;
    EXPECT_EQ(Json::parse(reply.body)["error"]["param"], field) << reply.body;
  }
  EXPECT_TRUE(bench.fake.script.requests.empty());
  const KeptReply ignored =
      bench.ask(R"("input": "x", "user": "me", "reasoning": {"effort": "low", "summary": "auto"})");
  EXPECT_EQ(ignored.headers.at("X-Sotto-Ignored"), "reasoning.summary, user, reasoning.effort");
}

TEST(Responses, Streams) {
  Bench bench;
  bench.fake.script.error = Error{ErrorCode::kContextFull, "1500 of 1000"};
  EXPECT_EQ(bench.ask(R"("input": "x", "stream": true)").status, 400);
  bench.fake.script.error.reset();
  const KeptReply stream = bench.ask(R"("input": "x", "stream": true)");
  EXPECT_EQ(stream.type, "text/event-stream");
  EXPECT_TRUE(stream.parts.back().starts_with("event: response.completed\n"));
  EXPECT_EQ(bench.responses.store().size(), 1u);
}

}  // namespace
}  // namespace sotto::api::openai
