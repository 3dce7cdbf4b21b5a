#include "text/tool_calls/format.h"

#include <fstream>
#include <sstream>

#include "support/python.h"
#include "text/tool_calls/support.h"

namespace sotto::text::tool_calls {
namespace {

std::string template_of(const std::string& name) {
  std::ifstream file(support::repository() / "tests/data/templates" / (name + ".jinja"));
  EXPECT_TRUE(file) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What begins a call in the format that a template is found to show; "": none.
std::string opens_of(const std::string& name) {
  const Format* format = find_format(template_of(name));
  return format == nullptr ? "" : std::string(format->opens.front().mark) + format->opens.back().mark.data();
}

TEST(Format, TemplatesShowTheirs) {
  const std::pair<const char*, const char*> cases[] = {
      {"qwen2.5-7b-instruct", "<tool_call><tool_call>"},
      {"qwen3-0.6b", "<tool_call><tool_call>"},
      {"hermes-2-pro-llama-3-8b-tool-use", "<tool_call><tool_call>"},
      {"qwen3-coder", "<tool_call><function="},
      {"qwen3.5-4b", "<tool_call><function="},
      {"llama-3.1-8b-instruct", "<|python_tag|>;"},
      {"llama-3.2-3b-instruct", "<|python_tag|>;"},
      {"mistral-7b-instruct-v0.3", "[TOOL_CALLS][TOOL_CALLS]"},
      {"mistral-nemo-instruct-2407", "[TOOL_CALLS][TOOL_CALLS]"},
      {"mistral-small-3.2-24b-instruct", "[TOOL_CALLS][TOOL_CALLS]"},
      {"ministral-3-14b-reasoning", "[TOOL_CALLS][TOOL_CALLS]"},
      {"granite-3.3-2b-instruct", "<|tool_call|><tool_call>"},
      {"phi-4-mini-instruct", "<|tool_call|>functools"},
      {"lfm2-8b-a1b", "<|tool_call_start|><|tool_call_start|>"},
      {"command-r7b-tool-use", "<|START_ACTION|><|START_ACTION|>"},
      {"gemma-4-31b-it", "<|tool_call><tool_call>"},
      // These are given no tools, or show a format that is not known.
      {"smollm2-135m-instruct", ""},
      {"gemma-3-4b-it", ""},
      {"llama-3-8b-instruct", ""},
      {"deepseek-v3.1", ""},
      {"gpt-oss-120b", ""},
      {"chatml", ""},
  };
  for (const auto& [name, opens] : cases) EXPECT_EQ(opens_of(name), opens) << name;
}

TEST(Format, WhatIsWrittenIsReadBack) {
  const std::vector<Call> calls = {{"get_weather", R"({"city":"Rome"})"}, {"now", "{}"}};
  for (const char* name : {"qwen2.5-7b-instruct", "qwen3-coder", "mistral-7b-instruct-v0.3", "granite-3.3-2b-instruct",
                           "phi-4-mini-instruct", "lfm2-8b-a1b", "gemma-4-31b-it", "llama-3.2-3b-instruct"}) {
    const Format* format = find_format(template_of(name));
    ASSERT_NE(format, nullptr) << name;
    const auto some = std::span(calls).first(format->framing.several ? 2 : 1);
    const std::string text = write_calls(format->framing, some);
    const std::string expected =
        format->framing.several ? R"(⟦get_weather {"city":"Rome"}⟧⟦now {}⟧)" : R"(⟦get_weather {"city":"Rome"}⟧)";
    EXPECT_EQ(told(*make_free_splitter(*format, weather_tools()), {text}), expected) << name << ": " << text;
  }
  EXPECT_EQ(write_calls(generic_format().framing, {}), "");
  EXPECT_EQ(write_calls(generic_format().framing, calls),
            "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\":\"Rome\"}}\n</tool_call>\n"
            "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>");
}

TEST(Format, Marks) {
  const Format* format = find_format("tools [TOOL_CALLS]");
  ASSERT_NE(format, nullptr);
  EXPECT_TRUE(is_mark(*format, "[TOOL_CALLS]"));
  EXPECT_TRUE(is_mark(*format, "[ARGS]"));
  EXPECT_FALSE(is_mark(*format, "</s>"));
  EXPECT_EQ(find_format("[TOOL_CALLS]"), nullptr);
}

}  // namespace
}  // namespace sotto::text::tool_calls
