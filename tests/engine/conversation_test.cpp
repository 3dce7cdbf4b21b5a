// Messages and tools as templates get them; and each published template that has a form for tools: what it writes of a
// call is read back as that call, which shows that both are the family's form.
#include "engine/conversation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/python.h"
#include "text/chat_template.h"
#include "text/tool_calls/splitter.h"

namespace sotto::engine {
namespace {

using Json = nlohmann::ordered_json;

const Tool kWeather{"get_weather", "The weather in a city.",
                    R"({"type": "object", "properties": {"city": {"type": "string", "description": "Its name"},
                        "days": {"type": "integer", "description": "How many"}}, "required": ["city"]})"};

Request asked(std::vector<Message> messages, std::vector<Tool> tools = {kWeather}) {
  Request request;
  request.messages = std::move(messages);
  request.tools = std::move(tools);
  return request;
}

Message with_calls(std::vector<ToolCall> calls, std::string content = "") {
  Message message{Role::kAssistant, std::move(content)};
  message.calls = std::move(calls);
  return message;
}

Message result_of(std::string content, std::string call_id = "", std::string name = "") {
  Message message{Role::kTool, std::move(content)};
  message.call_id = std::move(call_id);
  message.tool_name = std::move(name);
  return message;
}

Json variables(const Request& request, std::string_view chat_template, Place place = Place::kSystem) {
  return template_variables(request, text::Vocab(), shown_tool_form(chat_template), place);
}

constexpr const char* kNative = "{{ tools }} <tool_call> {{ message.tool_calls }}";

TEST(Conversation, ToolsAndCallsAsTransformersGivesThem) {
  const Json given = variables(asked({{Role::kUser, "Rome?"},
                                      with_calls({{"abcdefgh1", "get_weather", R"({"city": "Rome"})"}}, "I look."),
                                      result_of("dry", "abcdefgh1")}),
                               kNative);
  EXPECT_EQ(given["tools"][0]["type"], "function");
  EXPECT_EQ(given["tools"][0]["function"]["name"], "get_weather");
  EXPECT_EQ(given["tools"][0]["function"]["parameters"]["required"][0], "city");
  EXPECT_EQ(given["messages"][1], Json::parse(R"({"role": "assistant", "content": "I look.", "tool_calls": [
    {"id": "abcdefgh1", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Rome"}}}]})"));
  EXPECT_EQ(given["messages"][2],
            Json::parse(R"({"role": "tool", "content": "dry", "name": "get_weather", "tool_call_id": "abcdefgh1"})"));
}

TEST(Conversation, WithoutToolsThereAreNone) {
  Request request = asked({{Role::kUser, "Rome?"}});
  request.tool_choice.mode = ToolChoice::Mode::kNone;
  EXPECT_FALSE(variables(request, kNative).contains("tools"));
  EXPECT_EQ(variables(request, "no form").at("messages").size(), 1u);
  EXPECT_FALSE(variables(asked({{Role::kUser, "Rome?"}}, {}), kNative).contains("tools"));
}

TEST(Conversation, IdsAreNineLettersAndResultsFindTheirCalls) {
  const Json given =
      variables(asked({with_calls({{"call_1234567890", "get_weather", ""}, {"", "now", ""}}),
                       result_of("noon", "", "now"), result_of("dry", "call_1234567890"), result_of("lost", "", "")}),
                kNative);
  const auto& calls = given["messages"][0]["tool_calls"];
  const std::string first = calls[0]["id"], second = calls[1]["id"];
  EXPECT_EQ(first.size(), 9u);
  EXPECT_EQ(second.size(), 9u);
  EXPECT_NE(first, second);
  EXPECT_EQ(given["messages"][1]["tool_call_id"], second);
  EXPECT_EQ(given["messages"][2]["tool_call_id"], first);
  EXPECT_EQ(given["messages"][2]["name"], "get_weather");
  EXPECT_FALSE(given["messages"][3].contains("tool_call_id"));
}

TEST(Conversation, ArgumentsThatAreNoObjectStayText) {
  const auto arguments = [](const char* text) {
    const Json given = variables(asked({with_calls({{"", "f", text}})}), kNative);
    return given["messages"][0]["tool_calls"][0]["function"]["arguments"];
  };
  EXPECT_EQ(arguments(""), Json::object());
  EXPECT_EQ(arguments("{\"a\": "), "{\"a\": ");
  EXPECT_EQ(arguments("[1]"), "[1]");
  const std::string deep(100'000, '[');
  EXPECT_EQ(arguments(deep.c_str()), deep);
}

TEST(Conversation, TemplatesThatKnowNoToolsGetThemInMessages) {
  const Request request = asked({{Role::kSystem, "Be brief."},
                                 {Role::kUser, "Rome?"},
                                 with_calls({{"", "get_weather", R"({"city": "Rome"})"}}, "I look."),
                                 result_of("dry"),
                                 {Role::kUser, "So?"}});
  const Json messages = variables(request, "{{ message.content }}")["messages"];
  ASSERT_EQ(messages.size(), 4u);
  const std::string system = messages[0]["content"];
  EXPECT_TRUE(system.starts_with("Be brief.\n\nYou can call functions."));
  EXPECT_NE(system.find(R"("required":["city"])"), std::string::npos);
  EXPECT_EQ(messages[2]["content"],
            "I look.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\":\"Rome\"}}\n</tool_call>");
  EXPECT_EQ(messages[3]["role"], "user");
  EXPECT_EQ(messages[3]["content"],
            "<tool_response>\n{\"name\":\"get_weather\",\"content\":\"dry\"}\n</tool_response>\n\nSo?");
}

TEST(Conversation, ResultsWhoseCallsAreGoneStayMessagesOfUsers) {
  const Json messages =
      variables(asked({result_of("dry", "", "get_weather")}, {}), "{{ message.content }}")["messages"];
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0]["role"], "user");
  EXPECT_EQ(messages[0]["content"],
            "<tool_response>\n{\"name\":\"get_weather\",\"content\":\"dry\"}\n</tool_response>");
}

TEST(Conversation, WithoutASystemMessageOneIsMade) {
  const Json messages = variables(asked({{Role::kUser, "Rome?"}}), "")["messages"];
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0]["role"], "system");
  const Json others = variables(asked({{Role::kUser, "Rome?"}}), "", Place::kUser)["messages"];
  ASSERT_EQ(others.size(), 1u);
  const std::string content = others[0]["content"];
  EXPECT_TRUE(content.starts_with("You can call functions.") && content.ends_with("\n\nRome?"));
}

TEST(Conversation, ToolsThatBelongIntoTheSystemMessage) {
  const Json given = variables(asked({{Role::kUser, "Rome?"}}), "<|tool|> {% if 'tools' in message %}");
  EXPECT_FALSE(given.contains("tools"));
  EXPECT_EQ(Json::parse(given["messages"][0]["tools"].get<std::string>())[0]["name"], "get_weather");
}

TEST(Conversation, ATemplateThatShowsNoToolHasNoFormForThem) {
  const auto native = [](const std::string& source) {
    const auto parsed = text::ChatTemplate::parse(source);
    EXPECT_TRUE(parsed);
    return tool_form_of(source, *parsed, text::Vocab()).native != nullptr;
  };
  EXPECT_TRUE(native("{% for tool in tools %}{{ tool.function.name }}{% endfor %}<tool_call>"));
  EXPECT_FALSE(native("{% for tool in xml_tools %}{{ tool.function.name }}{% endfor %}<tool_call>"));
  EXPECT_FALSE(native("{{ raise_exception('no tools') }}<tool_call>"));
  EXPECT_FALSE(native("No tools are known."));
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string rendered(const std::string& chat_template, const Request& request, bool answering) {
  auto parsed = text::ChatTemplate::parse(chat_template);
  EXPECT_TRUE(parsed);
  Json given = variables(request, chat_template);
  given["add_generation_prompt"] = answering;
  given["bos_token"] = given["eos_token"] = "";
  const auto pieces = parsed->render(given);
  EXPECT_TRUE(pieces) << pieces.error().message;
  std::string text;
  if (pieces)
    for (const text::Piece& piece : *pieces) text += piece.text;
  return text;
}

// Llama's templates refuse several calls in one message, which the model writes all the same.
TEST(Conversation, TemplatesWithOneCallAMessageGetOneAfterTheOther) {
  const auto call = [](const char* id, const char* city) {
    return ToolCall{id, "get_weather", std::string(R"({"city":")") + city + "\"}"};
  };
  const Request request = asked({{Role::kUser, "And in Oslo?"},
                                 with_calls({call("abcdefgh1", "Rome"), call("abcdefgh2", "Oslo")}),
                                 result_of("snow", "abcdefgh2"),
                                 result_of("dry", "abcdefgh1"),
                                 {Role::kUser, "Thanks."}});
  for (const char* name : {"llama-3.1-8b-instruct", "llama-3.2-3b-instruct"}) {
    const auto path = support::repository() / "tests/data/templates" / (std::string(name) + ".jinja");
    const std::string text = rendered(file_text(path), request, true);
    std::size_t at = text.find("And in Oslo?");
    for (const char* part : {R"("Rome"})", "dry", R"("Oslo"})", "snow", "Thanks."}) {
      at = text.find(part, at);
      ASSERT_NE(at, std::string::npos) << name << ": " << part << "\n" << text;
    }
  }
}

// What a template writes of an assistant's message that a user's follows: what comes after the words it goes on with.
std::string written_call(const std::string& chat_template, const std::vector<ToolCall>& calls) {
  const Message question{Role::kUser, "Is it raining?"};
  const std::string before = rendered(chat_template, asked({question}), true);
  const std::string after = rendered(chat_template, asked({question, with_calls(calls)}), false);
  std::size_t n = 0;
  while (n < before.size() && n < after.size() && before[n] == after[n]) ++n;
  while (n > 0 && std::string_view("\n>]").find(after[n - 1]) == std::string_view::npos) --n;  // marks may begin alike
  return after.substr(n);
}

std::string read_back(const text::tool_calls::Format& format, const std::string& text) {
  const std::vector<text::tool_calls::Tool> tools = {{"get_weather", Json::parse(kWeather.parameters)}};
  const auto splitter = text::tool_calls::make_free_splitter(format, tools);
  auto parts = splitter->push(text);
  for (auto& part : splitter->finish()) parts.push_back(std::move(part));
  std::string calls;
  for (const auto& part : parts) {
    if (part.kind == text::tool_calls::Part::Kind::kName) calls += part.text;
    if (part.kind == text::tool_calls::Part::Kind::kArguments) calls += Json::parse(part.text).dump() + ";";
  }
  return calls;
}

TEST(Conversation, WhatPublishedTemplatesWriteOfACallIsReadBack) {
  int n_native = 0;
  for (const auto& entry : std::filesystem::directory_iterator(support::repository() / "tests/data/templates")) {
    if (entry.path().extension() != ".jinja") continue;
    const std::string chat_template = file_text(entry.path());
    const ToolForm form = shown_tool_form(chat_template);
    if (form.native == nullptr) continue;
    ++n_native;
    const auto parsed = text::ChatTemplate::parse(chat_template);
    EXPECT_EQ(tool_form_of(chat_template, *parsed, text::Vocab()).native, form.native) << entry.path();
    const ToolCall call{"abcdefgh1", "get_weather", R"({"city":"São \"Paulo\"","days":2})"};
    const std::string text = written_call(chat_template, {call});
    EXPECT_EQ(read_back(*form.native, text), call.name + call.arguments + ";") << entry.path() << "\n" << text;
    // The format's own answer to the same call, as a grammar would have it written.
    const text::tool_calls::Call written{call.name, call.arguments};
    EXPECT_EQ(read_back(*form.native, text::tool_calls::write_calls(form.native->framing, std::span(&written, 1))),
              call.name + call.arguments + ";")
        << entry.path();
  }
  EXPECT_GE(n_native, 15);
}

}  // namespace
}  // namespace sotto::engine
