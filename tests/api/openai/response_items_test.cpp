#include "api/openai/response_items.h"

#include <gtest/gtest.h>

namespace sotto::api::openai {
namespace {

ResponseInput read(const std::string& input, Findings& findings) {
  const Json body = Json::parse(R"({"input": )" + input + "}");
  Fields fields(body, "", findings);
  return read_input(fields);
}

TEST(ResponseItems, ATextIsTheUsers) {
  Findings findings;
  const ResponseInput input = read(R"("hi")", findings);
  ASSERT_EQ(input.messages.size(), 1u);
  EXPECT_EQ(input.messages[0].role, Role::kUser);
  EXPECT_EQ(input.messages[0].content, "hi");
  EXPECT_EQ(input.items[0]["content"], Json::parse(R"([{"type": "input_text", "text": "hi"}])"));
}

TEST(ResponseItems, MessagesInEveryForm) {
  Findings findings;
  const ResponseInput input = read(R"([{"role": "developer", "content": "be brief"},
      {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]},
      {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]},
      {"id": "msg_7", "type": "message", "status": "completed", "role": "assistant",
       "content": [{"type": "output_text", "text": "c", "annotations": [], "logprobs": []}]}])",
                                   findings);
  EXPECT_EQ(findings.problem, "");
  EXPECT_TRUE(findings.ignored.empty());
  ASSERT_EQ(input.messages.size(), 3u);
  EXPECT_EQ(input.messages[0].role, Role::kSystem);
  EXPECT_EQ(input.messages[1].content, "ab");
  EXPECT_EQ(input.messages[2].role, Role::kAssistant);
  ASSERT_EQ(input.items.size(), 4u);
  EXPECT_EQ(input.items[2]["id"], "rs_1");
  EXPECT_EQ(input.items[3]["id"], "msg_7");
  EXPECT_EQ(input.items[3]["content"][0]["type"], "output_text");
}

TEST(ResponseItems, CallsAndResults) {
  Findings findings;
  const ResponseInput input = read(R"([{"role": "user", "content": "a"},
      {"id": "rs_1", "type": "reasoning", "summary": []}, {"role": "assistant", "content": "b"},
      {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "x", "name": "f", "arguments": "{\"a\":1}"},
      {"type": "function_call", "call_id": "y", "name": "g", "arguments": "{}"},
      {"type": "function_call_output", "call_id": "y", "output": "c"},
      {"type": "function_call_output", "call_id": "x", "output": [{"type": "input_text", "text": "d"},
                                                                  {"type": "input_text", "text": "e"}]},
      {"role": "user", "content": "f"}])",
                                   findings);
  EXPECT_EQ(findings.problem, "");
  EXPECT_TRUE(findings.ignored.empty());
  ASSERT_EQ(input.messages.size(), 5u);
  EXPECT_EQ(input.messages[1].content, "b");
  ASSERT_EQ(input.messages[1].calls.size(), 2u);
  EXPECT_EQ(input.messages[1].calls[0].arguments, R"({"a":1})");
  EXPECT_EQ(input.messages[1].calls[1].name, "g");
  EXPECT_EQ(input.messages[2].role, Role::kTool);
  EXPECT_EQ(input.messages[2].call_id, "y");
  EXPECT_EQ(input.messages[3].content, "de");
  ASSERT_EQ(input.items.size(), 8u);
  EXPECT_EQ(input.items[3],
            Json::parse(R"({"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "x",
                                            "name": "f", "arguments": "{\"a\":1}"})"));
  EXPECT_TRUE(input.items[4]["id"].get<std::string>().starts_with("fc_"));
  EXPECT_EQ(input.items[6]["type"], "function_call_output");
  EXPECT_EQ(input.items[6]["output"], "de");
}

TEST(ResponseItems, WhatCannotBeReadIsNamed) {
  const std::pair<const char*, const char*> wrong[] = {
      {"5", "input"},
      {R"(["hi"])", "input[0]"},
      {R"([{"role": "user", "content": "a"}, {"type": "function_call_output", "call_id": "x"}])", "input[1].output"},
      {R"([{"type": "function_call_output", "output": "x"}])", "input[0].call_id"},
      {R"([{"type": "function_call_output", "call_id": "x", "output": [{"type": "input_image"}]}])",
       "input[0].output[0].type"},
      {R"([{"type": "function_call", "name": "f", "arguments": "{}"}])", "input[0].call_id"},
      {R"([{"type": "function_call", "call_id": "x", "arguments": "{}"}])", "input[0].name"},
      {R"([{"type": "function_call", "call_id": "x", "name": "f", "arguments": {}}])", "input[0].arguments"},
      {R"([{"type": "function_call", "call_id": "x", "name": "f", "namespace": "n"}])", "input[0].namespace"},
      {R"([{"type": "web_search_call", "id": "ws_1"}])", "input[0].type"},
      {R"([{"type": "item_reference", "id": "msg_1"}])", "input[0].type"},
      {R"([{"role": "king", "content": "a"}])", "input[0].role"},
      {R"([{"role": "user", "content": [{"type": "input_image"}]}])", "input[0].content[0].type"}};
  for (const auto& [input, field] : wrong) {
    Findings findings;
    read(input, findings);
    EXPECT_EQ(findings.field, field) << input;
  }
}

TEST(ResponseItems, Pages) {
  Json items = Json::array();
  for (int i = 0; i < 5; ++i) items.push_back({{"id", std::to_string(i)}});
  const auto page = [&](std::map<std::string, std::string> query) {
    Findings findings;
    const Json json = item_page(items, query, findings);
    std::string ids;
    for (const Json& item : json["data"]) ids += item["id"].get<std::string>();
    return ids + (json["has_more"] == true ? "+" : "") + findings.field;
  };
  EXPECT_EQ(page({}), "43210");
  EXPECT_EQ(page({{"order", "asc"}}), "01234");
  EXPECT_EQ(page({{"limit", "2"}}), "43+");
  EXPECT_EQ(page({{"limit", "2"}, {"after", "3"}}), "21+");
  EXPECT_EQ(page({{"limit", "2"}, {"after", "2"}}), "10");
  EXPECT_EQ(page({{"after", "0"}}), "");
  EXPECT_EQ(page({{"after", "9"}}), "after");
  for (const char* limit : {"0", "101", "-1", "x", "1x"}) EXPECT_EQ(page({{"limit", limit}}), "43210limit") << limit;
  EXPECT_EQ(page({{"order", "up"}}), "01234order");
}

}  // namespace
}  // namespace sotto::api::openai
