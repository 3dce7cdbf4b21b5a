#include "engine/answer_events.h"

#include <gtest/gtest.h>

namespace sotto::engine {
namespace {

struct Heard {
  EventSink sink = [this](const Event& event) {
    switch (event.kind) {
      case Event::Kind::kCall:
        text += "[" + event.call.name;
        ids.push_back(event.call.id);
        break;
      case Event::Kind::kCallArguments: text += " " + event.text; break;
      case Event::Kind::kCallEnd:
        text += "=" + event.call.arguments + "]";
        EXPECT_EQ(event.call.id, ids.back());
        break;
      default: text += event.text;
    }
  };
  std::string text;
  std::vector<std::string> ids;
};

ToolPlan plan(bool one_call = false) {
  ToolPlan plan;
  plan.format = &text::tool_calls::generic_format();
  plan.tools = {{"now", text::tool_calls::Json::object()}};
  plan.one_call = one_call;
  return plan;
}

StopMatcher stops(std::vector<std::string> strings) { return *StopMatcher::create(strings); }

const std::string kNow = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";

TEST(AnswerEvents, TextAlone) {
  Heard heard;
  AnswerEvents events(stops({"END"}), nullptr, heard.sink);
  events.push(kNow + " E");
  events.push("N");
  events.push("xEND more");
  EXPECT_TRUE(events.stopped());
  EXPECT_EQ(events.matched(), "END");
  events.push("more");
  events.finish();
  EXPECT_EQ(heard.text, kNow + " ENx");
  EXPECT_FALSE(events.called());
}

TEST(AnswerEvents, CallsHaveIdsOfTheirOwn) {
  Heard heard;
  const ToolPlan tools = plan();
  AnswerEvents events(stops({}), &tools, heard.sink);
  events.push("a " + kNow + "\n" + kNow);
  events.finish();
  EXPECT_EQ(heard.text, "a[now {}={}][now {}={}]");
  ASSERT_EQ(heard.ids.size(), 2u);
  EXPECT_NE(heard.ids[0], heard.ids[1]);
  for (const std::string& id : heard.ids) {
    EXPECT_EQ(id.size(), 9u);
    for (const char c : id) EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)));
  }
  EXPECT_TRUE(events.called());
}

TEST(AnswerEvents, TheOneCallThatThereMayBeEndsTheAnswer) {
  Heard heard;
  const ToolPlan tools = plan(true);
  AnswerEvents events(stops({}), &tools, heard.sink);
  events.push(kNow + kNow + " text");
  EXPECT_TRUE(events.stopped());
  events.finish();
  EXPECT_EQ(heard.text, "[now {}={}]");
}

TEST(AnswerEvents, StopStringsAreOfTextAlone) {
  Heard heard;
  const ToolPlan tools = plan();
  AnswerEvents events(stops({"now", "E!"}), &tools, heard.sink);
  events.push("E" + kNow + "! E!x");  // what a call divides is no stop string
  EXPECT_TRUE(events.stopped());
  EXPECT_EQ(events.matched(), "E!");
  EXPECT_EQ(heard.text, "E[now {}={}]! ");
}

}  // namespace
}  // namespace sotto::engine
