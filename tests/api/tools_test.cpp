#include "api/tools.h"

#include <gtest/gtest.h>

namespace sotto::api {
namespace {

struct Body {
  explicit Body(const char* text) : json(*parse_body(text)), fields(json, "", findings) {}
  Json json;
  Findings findings;
  Fields fields;
};

TEST(Tools, AreRead) {
  Body body(R"({"tools": [{"type": "function", "function": {"name": "f", "description": "Does.", "strict": true,
    "parameters": {"type": "object", "properties": {"b": {}, "a": {}}}}}, {"function": {"name": "g"}, "odd": 1}]})");
  const auto tools = read_tools(body.fields);
  EXPECT_EQ(body.findings.problem, "");
  EXPECT_EQ(body.findings.ignored, std::vector<std::string>{"tools[1].odd"});
  ASSERT_EQ(tools.size(), 2u);
  EXPECT_EQ(tools[0].name, "f");
  EXPECT_EQ(tools[0].description, "Does.");
  EXPECT_EQ(tools[0].parameters, R"({"type":"object","properties":{"b":{},"a":{}}})");
  EXPECT_EQ(tools[1].parameters, "");
}

TEST(Tools, WhatIsNoneIsAProblem) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"tools": {}})", "tools: a list is wanted"},
      {R"({"tools": [3]})", "tools[0]: an object is wanted, found a whole number"},
      {R"({"tools": [{}]})", "tools[0].function: is missing"},
      {R"({"tools": [{"type": "web_search"}]})", "tools[0].type: this server calls functions alone, found web_search"},
      {R"({"tools": [{"function": {"name": ""}}]})", "tools[0].function.name: is missing"},
      {R"({"tools": [{"function": {"name": "f", "parameters": "x"}}]})", "tools[0].function.parameters: an object"},
      {R"({"functions": [{"name": "f"}]})", "functions: the older form"},
      {R"({"function_call": "auto"})", "function_call: the older form"},
  };
  for (const auto& [text, problem] : cases) {
    Body body(text);
    (void)read_tools(body.fields);
    EXPECT_TRUE(body.findings.problem.starts_with(problem)) << body.findings.problem;
  }
}

TEST(Tools, AreReadInTheFlatForm) {
  Body body(R"({"tools": [{"type": "function", "name": "f", "description": "Does.", "strict": null,
    "parameters": {"type": "object"}, "odd": 1}], "tool_choice": {"type": "function", "name": "f"}})");
  const auto tools = read_tools(body.fields, FunctionForm::kFlat);
  const ToolChoice choice = read_tool_choice(body.fields, FunctionForm::kFlat);
  EXPECT_EQ(body.findings.problem, "");
  EXPECT_EQ(body.findings.ignored, std::vector<std::string>{"tools[0].odd"});
  ASSERT_EQ(tools.size(), 1u);
  EXPECT_EQ(tools[0].name, "f");
  EXPECT_EQ(tools[0].parameters, R"({"type":"object"})");
  EXPECT_EQ(choice.mode, ToolChoice::Mode::kNamed);
  EXPECT_EQ(choice.name, "f");
  Body nested(R"({"tools": [{"type": "function", "function": {"name": "f"}}]})");
  (void)read_tools(nested.fields, FunctionForm::kFlat);
  EXPECT_EQ(nested.findings.problem, "tools[0].name: is missing");
}

TEST(Tools, Choices) {
  using Mode = ToolChoice::Mode;
  const std::pair<const char*, Mode> cases[] = {
      {"{}", Mode::kAuto},
      {R"({"tool_choice": "auto"})", Mode::kAuto},
      {R"({"tool_choice": "none"})", Mode::kNone},
      {R"({"tool_choice": "required"})", Mode::kRequired},
      {R"({"tool_choice": {"type": "function", "function": {"name": "f"}}})", Mode::kNamed},
  };
  for (const auto& [text, mode] : cases) {
    Body body(text);
    const ToolChoice choice = read_tool_choice(body.fields);
    EXPECT_EQ(body.findings.problem, "");
    EXPECT_EQ(choice.mode, mode) << text;
    EXPECT_EQ(choice.name, mode == Mode::kNamed ? "f" : "");
    EXPECT_TRUE(choice.parallel);
  }
  Body one(R"({"parallel_tool_calls": false})");
  EXPECT_FALSE(read_tool_choice(one.fields).parallel);
  for (const char* text : {R"({"tool_choice": "never"})", R"({"tool_choice": {"type": "allowed_tools"}})",
                           R"({"tool_choice": {"type": "function", "function": {}}})", R"({"tool_choice": 3})"}) {
    Body body(text);
    (void)read_tool_choice(body.fields);
    EXPECT_NE(body.findings.problem, "") << text;
  }
}

TEST(Tools, CallsOfEarlierAnswers) {
  Body body(
      R"({"tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1}"}},
    {"function": {"index": 1, "name": "g", "arguments": {"b": [2]}}}]})");
  const auto calls = read_tool_calls(body.fields);
  EXPECT_EQ(body.findings.problem, "");
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].id, "call_1");
  EXPECT_EQ(calls[0].arguments, R"({"a": 1})");
  EXPECT_EQ(calls[1].arguments, R"({"b":[2]})");
}

TEST(Tools, ArgumentsThatWereCutAreNoObject) {
  EXPECT_EQ(arguments_object({"", "f", R"({"a": 1})"})->at("a"), 1);
  for (const char* text : {"", "{\"a\"", "[1]", "3"}) EXPECT_FALSE(arguments_object({"", "f", text})) << text;
}

}  // namespace
}  // namespace sotto::api
