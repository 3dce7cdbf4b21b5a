#include "text/tool_calls/support.h"

namespace sotto::text::tool_calls {
namespace {

std::string read_braces(const std::string& text) { return read_whole(read_brace_call, text); }

TEST(BraceCalls, BothKindsOfQuotes) {
  EXPECT_EQ(read_braces(R"(call:get_weather{city:<|"|>Rome, "Italy"<|"|>,days:2}<tool_call|>)"),
            R"(get_weather{"city":"Rome, \"Italy\"","days":2})");
  EXPECT_EQ(read_braces("call:get_weather{city:<escape>Rome<escape>}"), R"(get_weather{"city":"Rome"})");
  EXPECT_EQ(read_braces(R"(call:get_weather{city:"Rome"})"), R"(get_weather{"city":"Rome"})");
}

TEST(BraceCalls, ValuesOfEveryKind) {
  EXPECT_EQ(
      read_braces(
          R"(call:plan_trip{stops:[{name:<|"|>Rome<|"|>,nights:2},{}],exact:true,at:null,x:1.5,<|"|>a b<|"|>:[]})"),
      R"(plan_trip{"stops":[{"name":"Rome","nights":2},{}],"exact":true,"at":null,"x":1.5,"a b":[]})");
  EXPECT_EQ(read_braces("call:get_weather{city:Rome}"), R"(get_weather{"city":"Rome"})");
  EXPECT_EQ(read_braces("call:get_weather{ city : New York , days : 2 }"),
            R"(get_weather{"city":"New York","days":2})");
  EXPECT_EQ(read_braces("call:now{}"), "now{}");
}

TEST(BraceCalls, WhatIsNoneIsNone) {
  for (const char* text : {"call:unknown{}", "call:now {}", "cold", "call:now{a}", "call:now{a:1]", "call:now{:1}",
                           "call:now{ :1}", "call:now{a:}", "call:now{a:,b:1}", "call:now{a:[,]}"})
    EXPECT_EQ(read_braces(text), "none") << text;
  for (const char* text : {"call", "call:now", "call:now{a:<|\"|>x", "call:now{a:[1", "call:now{a:1"})
    EXPECT_EQ(read_braces(text), "more") << text;
  EXPECT_EQ(read_braces("call:now{a:" + std::string(kMostNesting + 2, '[')), "none");
}

}  // namespace
}  // namespace sotto::text::tool_calls
