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

TEST(ResponseItems, WhatCannotBeReadIsNamed) {
  const std::pair<const char*, const char*> wrong[] = {
      {"5", "input"},
      {R"(["hi"])", "input[0]"},
      {R"([{"role": "user", "content": "a"}, {"type": "function_call_output", "call_id": "x"}])", "input[1].type"},
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
