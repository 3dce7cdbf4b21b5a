#include "api/messages.h"

#include <gtest/gtest.h>

namespace sotto::api {
namespace {

std::vector<Message> read_list(const char* body, Findings& findings) {
  const Json json = *parse_body(body);
  Fields fields(json, "", findings);
  return read_messages(fields, "messages");
}

TEST(Messages, RolesAndContents) {
  Findings findings;
  const auto messages =
      read_list(R"({"messages": [{"role": "system", "content": "s"}, {"role": "developer", "content": "d"},
      {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
      {"role": "assistant", "content": null, "thinking": "hm"}, {"role": "tool", "content": "t", "name": "x", "odd": 1}]})",
                findings);
  EXPECT_EQ(findings.problem, "");
  EXPECT_EQ(findings.ignored, std::vector<std::string>{"messages[4].odd"});
  ASSERT_EQ(messages.size(), 5u);
  EXPECT_EQ(messages[1].role, Role::kSystem);
  EXPECT_EQ(messages[2].content, "ab");
  EXPECT_EQ(messages[3].content, "");
  EXPECT_EQ(messages[4].role, Role::kTool);
  EXPECT_EQ(messages[4].tool_name, "x");
}

TEST(Messages, CallsAndResults) {
  Findings findings;
  const auto messages = read_list(R"({"messages": [
      {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function",
        "function": {"name": "f", "arguments": "{}"}}]},
      {"role": "tool", "content": [{"type": "text", "text": "42"}], "tool_call_id": "call_1"},
      {"role": "tool", "content": "43", "tool_name": "g"}]})",
                                  findings);
  EXPECT_EQ(findings.problem, "");
  ASSERT_EQ(messages.size(), 3u);
  ASSERT_EQ(messages[0].calls.size(), 1u);
  EXPECT_EQ(messages[0].calls[0].name, "f");
  EXPECT_EQ(messages[1].call_id, "call_1");
  EXPECT_EQ(messages[1].content, "42");
  EXPECT_EQ(messages[2].tool_name, "g");
}

TEST(Messages, WhatNobodyHereReadsIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"messages": {}})", "messages: a list is wanted, found an object"},
      {R"({"messages": ["hi"]})", "messages[0]: an object is wanted, found a string"},
      {R"({"messages": [{"content": "x"}]})", "messages[0].role: is missing"},
      {R"({"messages": [{"role": "robot", "content": "x"}]})", "messages[0].role: system, user, assistant or tool"},
      {R"({"messages": [{"role": "user", "content": 3}]})",
       "messages[0].content: a string or a list of parts is wanted"},
      {R"({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]})",
       "messages[0].content[0].type: the model reads"},
      {R"({"messages": [{"role": "user", "content": "x", "images": ["aGk="]}]})",
       "messages[0].images: the model has no eyes"},
      {R"({"messages": [{"role": "assistant", "tool_calls": [{}]}]})",
       "messages[0].tool_calls[0].function: is missing"},
      {R"({"messages": [{"role": "user", "content": "x", "tool_calls": [{"function": {"name": "f"}}]}]})",
       "messages[0].tool_calls: an assistant's messages alone"},
  };
  for (const auto& [body, problem] : cases) {
    Findings findings;
    (void)read_list(body, findings);
    EXPECT_TRUE(findings.problem.starts_with(problem)) << findings.problem;
  }
}

}  // namespace
}  // namespace sotto::api
