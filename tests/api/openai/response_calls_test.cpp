#include "api/openai/response_calls.h"

#include <gtest/gtest.h>

namespace sotto::api::openai {
namespace {

Message result_of(const std::string& call_id, const std::string& tool_name = "") {
  return {Role::kTool, "r", {}, call_id, tool_name};
}

TEST(ResponseCalls, ItemsOfOneTurnAreOneMessage) {
  std::vector<Message> messages;
  add_message(messages, {Role::kUser, "hi"});
  add_call(messages, {"1", "f", "{}"});
  add_call(messages, {"2", "g", "{}"});
  add_message(messages, {Role::kAssistant, "wait"});
  messages.push_back(result_of("1"));
  add_message(messages, {Role::kAssistant, "a"});
  add_message(messages, {Role::kAssistant, "b"});
  add_call(messages, {"3", "f", "{}"});
  ASSERT_EQ(messages.size(), 5u);
  EXPECT_EQ(messages[1].role, Role::kAssistant);
  EXPECT_EQ(messages[1].content, "wait");
  EXPECT_EQ(messages[1].calls.size(), 2u);
  EXPECT_TRUE(messages[3].calls.empty());  // two messages stay two
  EXPECT_EQ(messages[4].content, "b");
  EXPECT_EQ(messages[4].calls.size(), 1u);
}

TEST(ResponseCalls, ResultsGetTheNamesOfTheirCalls) {
  std::vector<Message> messages = {result_of("1"), {Role::kAssistant, "", {{"1", "f", "{}"}, {"2", "g", "{}"}}}};
  for (const char* id : {"2", "1", "3"}) messages.push_back(result_of(id));
  messages.push_back(result_of("1", "own"));
  messages.push_back({Role::kAssistant, "", {{"1", "h", "{}"}}});  // the same id again: the latest counts
  messages.push_back(result_of("1"));
  name_results(messages);
  std::string names;
  for (const Message& message : messages) names += message.tool_name + ".";
  EXPECT_EQ(names, "..g.f..own..h.");
}

TEST(ResponseCalls, WhatAnAnswerIsToTheConversation) {
  Answer answer;
  answer.text = "wait";
  answer.calls = {{"123456789", "f", R"({"a":1})"}, {"987654321", "g", R"({"a":)"}};
  const Message message = said_by(answer);
  EXPECT_EQ(message.role, Role::kAssistant);
  EXPECT_EQ(message.content, "wait");
  ASSERT_EQ(message.calls.size(), 1u);  // a limit cut the other
  EXPECT_EQ(message.calls[0].id, "call_123456789");
  EXPECT_EQ(message.calls[0].arguments, R"({"a":1})");
}

TEST(ResponseCalls, ToolsAreToldAsTheyWereGiven) {
  const Json body = Json::parse(R"({"tools": [{"type": "function", "name": "f", "parameters": null, "strict": false}],
                                    "tool_choice": "required", "parallel_tool_calls": false})");
  Findings findings;
  Fields fields(body, "", findings);
  Ask ask;
  Json head;
  read_calling(fields, ask, head);
  fields.finish();
  EXPECT_EQ(findings.problem, "");
  EXPECT_TRUE(findings.ignored.empty());
  EXPECT_EQ(head, body);
  EXPECT_EQ(ask.tools.at(0).parameters, "");
  EXPECT_EQ(ask.tool_choice.mode, ToolChoice::Mode::kRequired);
  EXPECT_FALSE(ask.tool_choice.parallel);
}

}  // namespace
}  // namespace sotto::api::openai
