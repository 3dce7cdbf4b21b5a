#include <chrono>

#include "text/tool_calls/support.h"

namespace sotto::text::tool_calls {
namespace {

std::string split_as(std::string_view chat_template, const std::string& text) {
  const Format* format = find_format("tools " + std::string(chat_template));
  EXPECT_NE(format, nullptr) << chat_template;
  return told_however_cut([&] { return make_free_splitter(*format, weather_tools()); }, text);
}

std::string tagged(const std::string& text) { return split_as("<tool_call>", text); }
std::string bare(const std::string& text) { return split_as("<|python_tag|>", text); }

const std::string kRome = R"(⟦get_weather {"city":"Rome"}⟧)";
const std::string kRomeTagged =
    "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>";

TEST(FreeSplitter, TextAndCalls) {
  EXPECT_EQ(tagged("Hello."), "Hello.");
  EXPECT_EQ(tagged(kRomeTagged), kRome);
  EXPECT_EQ(tagged("I look.\n\n" + kRomeTagged + "\n" + kRomeTagged + "\n"), "I look." + kRome + kRome);
  EXPECT_EQ(tagged(kRomeTagged + "\nDone.\n"), kRome + "\nDone.\n");
  EXPECT_EQ(tagged(" a < b <tool "), " a < b <tool ");
  EXPECT_EQ(tagged(""), "");
  EXPECT_EQ(tagged("\n \n"), "\n \n");
}

TEST(FreeSplitter, ACloseThatIsMissingOrCut) {
  const std::string open = kRomeTagged.substr(0, kRomeTagged.find("\n</"));
  for (const char* end : {"", "\n", "\n</tool", "</tool_call>", "\n</tool_call>\n"})
    EXPECT_EQ(tagged(open + end), kRome) << end;
  EXPECT_EQ(tagged(open + " and more"), kRome + " and more");
}

// The matrix of what models get wrong: all of it arrives as text.
TEST(FreeSplitter, WhatIsNoCallIsText) {
  for (const char* text :
       {"<tool_call>", "<tool_call></tool_call>", "a <tool_call> is a mark", "<tool_call>{\"name\": \"get_weather\"",
        "<tool_call>\n{\"name\": \"unknown\", \"arguments\": {}}\n</tool_call>",
        "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": Rome}}\n</tool_call>",
        "<tool_call>\n{'name': 'get_weather', 'arguments': {}}\n</tool_call>",
        "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": [1]}\n</tool_call> then", "<tool_call><tool_call>",
        "<tool_call>{\"name\": \"get_weather\", \"arguments\": {}", "<tool_call>{", "</tool_call>",
        "```json\n{\"name\": \"get_weather\"}\n```"})
    EXPECT_EQ(tagged(text), text);
  EXPECT_EQ(tagged("<tool_call>" + kRomeTagged), "<tool_call>" + kRome);
  EXPECT_EQ(tagged("<tool_call>{\"x\": 1}\n" + kRomeTagged), "<tool_call>{\"x\": 1}" + kRome);
}

TEST(FreeSplitter, CallsWithoutMarks) {
  const std::string rome = R"({"name": "get_weather", "parameters": {"city": "Rome"}})";
  EXPECT_EQ(bare(rome), kRome);
  EXPECT_EQ(bare("\n" + rome + "; " + rome), kRome + kRome);
  EXPECT_EQ(bare("<|python_tag|>" + rome), kRome);
  EXPECT_EQ(bare("[get_weather(city='Rome'), now()]"), kRome + "⟦now {}⟧");
  EXPECT_EQ(bare("<|python_tag|>get_weather.call(city=\"Rome\")"), kRome);
  // In the middle of an answer braces are text, and so is what is no call at its beginning.
  EXPECT_EQ(bare("Like " + rome), "Like " + rome);
  for (const char* text : {"{\"a\": 1}", "[1, 2]", "{", "[get_weather(", "{\"name\": \"unknown\"}", "; no"})
    EXPECT_EQ(bare(text), text);
}

TEST(FreeSplitter, OtherMarks) {
  EXPECT_EQ(split_as("[TOOL_CALLS]", R"([TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Rome"}}])"),
            kRome);
  EXPECT_EQ(split_as("[TOOL_CALLS]", R"(Yes.[TOOL_CALLS]get_weather[ARGS]{"city": "Rome"}[TOOL_CALLS]now[ARGS]{})"),
            "Yes." + kRome + "⟦now {}⟧");
  EXPECT_EQ(split_as("<|tool_call|>", R"(<|tool_call|>[{"name": "get_weather", "arguments": {"city": "Rome"}}])"),
            kRome);
  EXPECT_EQ(split_as("<|tool|>", R"(functools[{"name": "get_weather", "arguments": {"city": "Rome"}}])"), kRome);
  EXPECT_EQ(
      split_as("<|tool|>", R"(<|tool_call|>[{"name": "get_weather", "arguments": {"city": "Rome"}}]<|/tool_call|>)"),
      kRome);
  EXPECT_EQ(split_as("<|tool_list_start|>", "<|tool_call_start|>[get_weather(city=\"Rome\")]<|tool_call_end|>Looking."),
            kRome + "Looking.");
  EXPECT_EQ(split_as("<start_function_call>",
                     "<start_function_call>call:get_weather{city:<escape>Rome<escape>}<end_function_call>"),
            kRome);
  EXPECT_EQ(
      split_as("<function=",
               "<tool_call>\n<function=get_weather>\n<parameter=city>\nRome\n</parameter>\n</function>\n</tool_call>"),
      kRome);
  EXPECT_EQ(split_as("<function=", "So:\n\n<function=get_weather>\n<parameter=city>\nRome\n</parameter>\n</function>"),
            "So:" + kRome);
}

TEST(FreeSplitter, TextIsNotHeldBackForLong) {
  const auto splitter = make_free_splitter(generic_format(), weather_tools());
  EXPECT_EQ(splitter->push("Hello").at(0).text, "Hello");
  EXPECT_TRUE(splitter->push(" ").empty());
  EXPECT_EQ(splitter->push("world <b").at(0).text, " world <b");
  EXPECT_TRUE(splitter->push("<tool_call>\n{").empty());
  EXPECT_EQ(splitter->push("oh").at(0).text, "<tool_call>\n{oh");
}

TEST(FreeSplitter, AnswersInJsonAreNotHeldBack) {
  const Format* format = find_format("tools <|python_tag|>");
  for (const char* text : {R"({"city")", R"([{"name": "Anna")", R"({"name": {)"})
    EXPECT_EQ(make_free_splitter(*format, weather_tools())->push(text).at(0).text, text);
  EXPECT_TRUE(make_free_splitter(*format, weather_tools())->push(R"({"name": "now")").empty());
}

// Models that have lost their way write blanks until something ends them.
TEST(FreeSplitter, BlanksWithoutEndAreTold) {
  const std::string few(200, '\n'), many(300, '\n'), call = kRomeTagged.substr(0, kRomeTagged.find("\n</"));
  EXPECT_EQ(tagged("a" + few + kRomeTagged + few), "a" + kRome);
  EXPECT_EQ(tagged("a" + many + kRomeTagged + many + kRomeTagged), "a" + many + kRome + many + kRome);
  EXPECT_EQ(tagged(call + many + "</tool_call>"), kRome + many + "</tool_call>");
  EXPECT_EQ(bare(many + "[now()]" + many + "{"), many + "⟦now {}⟧" + many + "{");
  for (const std::string& before : {std::string(), kRomeTagged, call}) {
    const auto splitter = make_free_splitter(generic_format(), weather_tools());
    splitter->push(before);
    std::size_t n_told = 0;
    for (int i = 0; i < 200'000; ++i)
      for (const Part& part : splitter->push("\n")) n_told += part.text.size();
    EXPECT_GT(n_told, 199'000u) << before;
  }
}

// Texts made to be read again and again end soon.
TEST(FreeSplitter, HostileTextsEndInTime) {
  const auto start = std::chrono::steady_clock::now();
  std::string many, nested = "<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": \"";
  while (many.size() < 300'000) many += "<tool_call>{\"";
  while (nested.size() < 1'200'000) nested += "}}}}}}}}}}}}}}}}";
  for (const std::string& text : {many, nested}) {
    const auto splitter = make_free_splitter(generic_format(), weather_tools());
    std::string all;
    const auto add = [&](const std::vector<Part>& parts) {
      for (const Part& part : parts) all += part.text;
    };
    for (std::size_t at = 0; at < text.size(); at += 7) add(splitter->push(std::string_view(text).substr(at, 7)));
    add(splitter->finish());
    EXPECT_EQ(all, text);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace sotto::text::tool_calls
