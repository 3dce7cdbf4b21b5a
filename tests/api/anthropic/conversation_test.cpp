#include "api/anthropic/conversation.h"

#include <gtest/gtest.h>

namespace sotto::api::anthropic {
namespace {

struct Read {
  explicit Read(const char* text) : json(*parse_body(text)), fields(json, "", findings) {}
  Json json;
  Findings findings;
  Fields fields;
};

TEST(Conversation, BlocksBecomeMessages) {
  Read body(R"({"messages": [
    {"role": "user", "content": "Rome?"},
    {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "I look."},
      {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"city": "Rome"}},
      {"type": "tool_use", "id": "toolu_2", "name": "g", "input": {}}]},
    {"role": "user", "content": [
      {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "dry"}]},
      {"type": "tool_result", "tool_use_id": "toolu_2", "content": "no such city", "is_error": true},
      {"type": "text", "text": "So?", "cache_control": {"type": "ephemeral"}}]},
    {"role": "assistant", "content": []}]})");
  const auto messages = read_turns(body.fields);
  EXPECT_EQ(body.findings.problem, "");
  EXPECT_TRUE(body.findings.ignored.empty());
  ASSERT_EQ(messages.size(), 6u);
  EXPECT_EQ(messages[1].content, "I look.");
  ASSERT_EQ(messages[1].calls.size(), 2u);
  EXPECT_EQ(messages[1].calls[0].id, "toolu_1");
  EXPECT_EQ(messages[1].calls[0].arguments, R"({"city":"Rome"})");
  EXPECT_EQ(messages[2].role, Role::kTool);
  EXPECT_EQ(messages[2].content, "dry");
  EXPECT_EQ(messages[2].call_id, "toolu_1");
  EXPECT_EQ(messages[3].content, "Error: no such city");
  EXPECT_EQ(messages[4].role, Role::kUser);
  EXPECT_EQ(messages[4].content, "So?");
  EXPECT_EQ(messages[5].role, Role::kAssistant);
}

TEST(Conversation, ProblemsSayWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"messages": [{"role": "user", "content": [{"type": "image"}]}]})",
       "messages[0].content[0].type: the model reads"},
      {R"({"messages": [{"role": "user", "content": [{"type": "tool_use", "id": "x", "name": "f"}]}]})",
       "messages[0].content[0].type: "},
      {R"({"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]})",
       "messages[0].content[0].tool_use_id: is missing"},
      {R"({"messages": [{"role": "user", "content": 3}]})", "messages[0].content: "},
      {R"({"messages": ["x"]})", "messages[0]: an object is wanted"},
  };
  for (const auto& [text, problem] : cases) {
    Read body(text);
    (void)read_turns(body.fields);
    EXPECT_TRUE(body.findings.problem.starts_with(problem)) << body.findings.problem;
  }
}

TEST(Conversation, ToolsAndChoices) {
  Read body(R"({"tools": [{"name": "f", "description": "d", "input_schema": {"type": "object"}, "cache_control": {}}],
    "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": true}})");
  const auto tools = read_tools(body.fields);
  const ToolChoice choice = read_tool_choice(body.fields);
  EXPECT_EQ(body.findings.problem, "");
  ASSERT_EQ(tools.size(), 1u);
  EXPECT_EQ(tools[0].parameters, R"({"type":"object"})");
  EXPECT_EQ(choice.mode, ToolChoice::Mode::kNamed);
  EXPECT_EQ(choice.name, "f");
  EXPECT_FALSE(choice.parallel);
  Read any(R"({"tool_choice": {"type": "any"}})");
  EXPECT_EQ(read_tool_choice(any.fields).mode, ToolChoice::Mode::kRequired);
  Read none(R"({"tool_choice": {"type": "none"}})");
  EXPECT_EQ(read_tool_choice(none.fields).mode, ToolChoice::Mode::kNone);
  Read odd(R"({"tool_choice": {"type": "maybe"}})");
  (void)read_tool_choice(odd.fields);
  EXPECT_TRUE(odd.findings.problem.starts_with("tool_choice.type: auto, any"));
  Read theirs(R"({"tools": [{"type": "web_search_20250305", "name": "web_search"}]})");
  (void)read_tools(theirs.fields);
  EXPECT_TRUE(theirs.findings.problem.starts_with("tools[0].type: the caller's own"));
}

}  // namespace
}  // namespace sotto::api::anthropic
