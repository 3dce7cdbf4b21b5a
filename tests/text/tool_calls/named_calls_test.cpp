#include "text/tool_calls/support.h"

namespace sotto::text::tool_calls {
namespace {

std::string read_named(const std::string& text) { return read_whole(read_named_call, text); }

TEST(NamedCalls, WithAndWithoutMarks) {
  for (const char* text :
       {R"(get_weather[ARGS]{"city": "Rome"})", R"(get_weather[CALL_ID]a1B2c3D4e[ARGS]{"city": "Rome"})",
        R"(get_weather{"city": "Rome"})", R"(get_weather {"city": "Rome"}[TOOL_CALLS])"})
    EXPECT_EQ(read_named(text), R"(get_weather{"city":"Rome"})") << text;
}

TEST(NamedCalls, WhatIsNoneIsNone) {
  for (const char* text : {"unknown[ARGS]{}", "now[ARGS][1]", "now and then", "now[ARGS]{1}"})
    EXPECT_EQ(read_named(text), "none") << text;
  for (const char* text : {"now", "now[AR", "now[ARGS]", "now[CALL_ID]abc", "now[ARGS]{\"a\""})
    EXPECT_EQ(read_named(text), "more") << text;
}

}  // namespace
}  // namespace sotto::text::tool_calls
