#include "text/tool_calls/support.h"

namespace sotto::text::tool_calls {
namespace {

std::string guided(const Framing& framing, const std::string& text) {
  return told_however_cut([&] { return make_guided_splitter(framing); }, text);
}

std::string guided_tagged(const std::string& text) { return guided(generic_format().framing, text); }

TEST(GuidedSplitter, CallsInTheirFrames) {
  const std::string rome =
      "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\n \"city\": \"} \\\" Rome\"}}\n</tool_call>";
  const std::string told = "⟦get_weather {\n \"city\": \"} \\\" Rome\"}⟧";
  EXPECT_EQ(guided_tagged(rome), told);
  EXPECT_EQ(guided_tagged("I look.\n" + rome + "\n" + rome), "I look." + told + told);
  EXPECT_EQ(guided_tagged("a <tool b"), "a <tool b");
  EXPECT_EQ(guided_tagged(" \n"), " \n");
  const Framing& list = find_format("tools [TOOL_CALLS]")->framing;
  EXPECT_EQ(guided(list, R"([{"name": "now", "arguments": {}}, {"name": "now", "arguments": {"a": [1]}}])"),
            R"(⟦now {}⟧⟦now {"a": [1]}⟧)");
  const Framing& bare = find_format("tools <|python_tag|>")->framing;
  EXPECT_EQ(guided(bare, R"({"name": "now", "parameters": {}})"), "⟦now {}⟧");
}

TEST(GuidedSplitter, WhatALimitCuts) {
  EXPECT_EQ(guided_tagged("<tool_call>\n{\"name\": \"no"), "<tool_call>\n{\"name\": \"no");
  EXPECT_EQ(guided_tagged("Hm. <tool_"), "Hm. <tool_");
  EXPECT_EQ(guided_tagged("<tool_call>\n{\"name\": \"now\", \"arguments\": {\"a\": "), "⟦now {\"a\": ");
  EXPECT_EQ(guided_tagged("<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool"), "⟦now {}⟧");
  EXPECT_EQ(guided_tagged("<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>\n<tool_call>\n{\"na"),
            "⟦now {}⟧\n<tool_call>\n{\"na");
}

TEST(GuidedSplitter, BlanksWithoutEndAreTold) {
  const std::string few(200, '\n'), many(300, '\n'), now = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}";
  EXPECT_EQ(guided_tagged("a" + few + now), "a⟦now {}⟧");
  EXPECT_EQ(guided_tagged("a" + many + now), "a" + many + "⟦now {}⟧");
  const auto splitter = make_guided_splitter(generic_format().framing);
  std::size_t n_told = 0;
  for (int i = 0; i < 200'000; ++i)
    for (const Part& part : splitter->push("\n")) n_told += part.text.size();
  EXPECT_EQ(n_told, 200'000u);
}

TEST(GuidedSplitter, ArgumentsComePieceByPiece) {
  const auto splitter = make_guided_splitter(generic_format().framing);
  EXPECT_TRUE(splitter->push("<tool_call>\n{\"name\": \"now").empty());
  const auto parts = splitter->push("\", \"arguments\": {\"a\"");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].text, "now");
  EXPECT_EQ(parts[1].text, "{\"a\"");
  EXPECT_EQ(splitter->push(": 1").at(0).text, ": 1");
  EXPECT_EQ(splitter->push("}}").at(1).kind, Part::Kind::kEnd);
}

}  // namespace
}  // namespace sotto::text::tool_calls
