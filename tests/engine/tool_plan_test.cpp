#include "engine/tool_plan.h"

#include <gtest/gtest.h>

#include "engine/fake_model.h"

namespace sotto::engine {
namespace {

using Mode = ToolChoice::Mode;

Request with_tools(std::vector<Tool> tools, Mode mode = Mode::kAuto, std::string name = "") {
  Request request;
  request.messages = {{Role::kUser, "hi"}};
  request.tools = std::move(tools);
  request.tool_choice.mode = mode;
  request.tool_choice.name = std::move(name);
  return request;
}

Result<ToolPlan> planned(const Request& request) { return plan_tools(request, text::tool_calls::generic_format()); }

std::string problem(const Request& request) {
  const auto plan = planned(request);
  if (plan) return "";
  EXPECT_EQ(plan.error().code, ErrorCode::kBadRequest);
  return plan.error().message;
}

const Tool kNow{"now", "", ""};
const Tool kPick{"pick", "", R"({"properties": {"color": {"enum": ["red"]}}, "required": ["color"]})"};

TEST(ToolPlan, WhatChoicesAllow) {
  EXPECT_FALSE(planned(with_tools({}))->active());
  EXPECT_FALSE(planned(with_tools({kNow}, Mode::kNone))->active());
  const auto any = planned(with_tools({kNow, kPick}));
  ASSERT_TRUE(any);
  EXPECT_EQ(any->tools.size(), 2u);
  EXPECT_FALSE(any->forced || any->one_call);
  EXPECT_TRUE(planned(with_tools({kNow, kPick}, Mode::kRequired))->forced);
  const auto named = planned(with_tools({kNow, kPick}, Mode::kNamed, "pick"));
  ASSERT_TRUE(named);
  EXPECT_TRUE(named->forced && named->one_call);
  ASSERT_EQ(named->tools.size(), 1u);
  EXPECT_EQ(named->tools[0].parameters["type"], "object");
  Request alone = with_tools({kNow});
  alone.tool_choice.parallel = false;
  EXPECT_TRUE(planned(alone)->one_call);
}

TEST(ToolPlan, WhatIsNoToolIsNamed) {
  EXPECT_EQ(problem(with_tools({{"", "", ""}})),
            "tool \"\": its name must be 1 to 128 letters, digits, _, -, ., : or /");
  EXPECT_NE(problem(with_tools({{"a\"b", "", ""}})), "");
  EXPECT_NE(problem(with_tools({{std::string(129, 'a'), "", ""}})), "");
  EXPECT_NE(problem(with_tools({kNow, kNow})).find("two of this name"), std::string::npos);
  for (const char* parameters : {"[]", "{", "3", R"({"type": "string"})", R"({"type": ["object", "null"]})"})
    EXPECT_NE(problem(with_tools({{"f", "", parameters}})).find("tool \"f\": parameters"), std::string::npos)
        << parameters;
  EXPECT_NE(problem(with_tools({{"f", "", std::string(200'000, '[')}})), "");
  EXPECT_NE(problem(with_tools({}, Mode::kRequired)).find("there are no tools"), std::string::npos);
  EXPECT_NE(problem(with_tools({kNow}, Mode::kNamed, "other")).find("tool \"other\""), std::string::npos);
}

TEST(ToolPlan, NumbersAreBounded) {
  std::vector<Tool> many;
  for (int i = 0; i < 513; ++i) many.push_back({"f" + std::to_string(i), "", ""});
  EXPECT_NE(problem(with_tools(many)).find("at most 512 tools"), std::string::npos);
  many.pop_back();
  EXPECT_EQ(problem(with_tools(many)), "");
  Request request = with_tools({});
  request.messages.push_back({Role::kAssistant, ""});
  request.messages.back().calls.resize(512, {"", "now", ""});
  EXPECT_EQ(problem(request), "");
  request.messages.back().calls.push_back({"", "now", ""});
  EXPECT_NE(problem(request).find("at most 512 tools"), std::string::npos);
}

TEST(ToolPlan, ToolsAreForMessages) {
  Request request = with_tools({kNow});
  request.prompt = "x";
  EXPECT_NE(problem(request).find("plain prompt"), std::string::npos);
  request.prompt = "";
  request.gap.emplace();
  EXPECT_NE(problem(request).find("plain prompt"), std::string::npos);
  request = with_tools({kNow});
  request.json_schema = "{}";
  EXPECT_NE(problem(request).find("exclude each other"), std::string::npos);
  request.tool_choice.mode = Mode::kNone;
  EXPECT_EQ(problem(request), "");
}

// Whether a grammar lets `text` be a whole answer.
bool allows(const std::shared_ptr<grammar::TokenGrammar>& grammar, const std::string& text) {
  grammar::Matcher matcher(grammar);
  const auto taken = matcher.accept_bytes(text);
  return taken && *taken && matcher.is_complete();
}

constexpr const char* kPicked = "<tool_call>\n{\"name\": \"pick\", \"arguments\": {\"color\": \"red\"}}\n</tool_call>";

TEST(ToolPlan, AForcedCallIsHeldToItsSchema) {
  const FakeTokenizer tokenizer;
  Grammars grammars(tokenizer);
  auto plan = planned(with_tools({kNow, kPick}, Mode::kRequired));
  const auto grammar = *guide_calls(*plan, tokenizer, grammars);
  EXPECT_TRUE(plan->guided);
  EXPECT_TRUE(allows(grammar, kPicked));
  EXPECT_TRUE(
      allows(grammar, "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>\n" + std::string(kPicked)));
  for (const char* text : {"", "text", "<tool_call>\n{\"name\": \"now\", \"arguments\": {\"a\": 1}}\n</tool_call>",
                           "<tool_call>\n{\"name\": \"pick\", \"arguments\": {\"color\": \"blue\"}}\n</tool_call>",
                           "<tool_call>\n{\"name\": \"no\", \"arguments\": {}}\n</tool_call>"})
    EXPECT_FALSE(allows(grammar, text)) << text;
  EXPECT_EQ(*guide_calls(*plan, tokenizer, grammars), grammar);  // kept
}

TEST(ToolPlan, AFreeAnswerIsHeldFromTheMarkOn) {
  const FakeTokenizer tokenizer;
  Grammars grammars(tokenizer);
  auto plan = planned(with_tools({kPick}));
  const auto grammar = *guide_calls(*plan, tokenizer, grammars);
  ASSERT_NE(grammar, nullptr);
  EXPECT_TRUE(allows(grammar, "Just text with <tool marks."));
  EXPECT_TRUE(allows(grammar, "I pick.\n" + std::string(kPicked)));
  EXPECT_FALSE(allows(grammar, "<tool_call> is a mark"));
}

TEST(ToolPlan, SchemasThatCannotBeHonoured) {
  const FakeTokenizer tokenizer;
  Grammars grammars(tokenizer);
  const Tool strange{"strange", "", R"({"properties": {"a": {"not": {}}}})"};
  auto free = planned(with_tools({kNow, strange}));
  EXPECT_EQ(*guide_calls(*free, tokenizer, grammars), nullptr);
  EXPECT_FALSE(free->guided);
  auto forced = planned(with_tools({kNow, strange}, Mode::kRequired));
  const auto refused = guide_calls(*forced, tokenizer, grammars);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(refused.error().message.starts_with("tool \"strange\": schema, at #")) << refused.error().message;
}

// References stay within the schema of their tool.
TEST(ToolPlan, SchemasWithReferences) {
  const FakeTokenizer tokenizer;
  Grammars grammars(tokenizer);
  const auto tool = [](const char* name, const char* value) {
    return Tool{name, "",
                std::string(R"({"$defs": {"x": {"const": )") + value +
                    R"(}}, "properties": {"a": {"$ref": "#/$defs/x"}}, "required": ["a"]})"};
  };
  auto plan = planned(with_tools({tool("f", "1"), tool("g", "2")}, Mode::kRequired));
  const auto grammar = *guide_calls(*plan, tokenizer, grammars);
  const auto call = [](const char* name, const char* value) {
    return std::string("<tool_call>\n{\"name\": \"") + name + "\", \"arguments\": {\"a\":" + value + "}}\n</tool_call>";
  };
  EXPECT_TRUE(allows(grammar, call("f", "1")));
  EXPECT_TRUE(allows(grammar, call("g", "2")));
  EXPECT_FALSE(allows(grammar, call("g", "1")));
}

}  // namespace
}  // namespace sotto::engine
