#include "text/tool_calls/support.h"

namespace sotto::text::tool_calls {
namespace {

std::string read_python(const std::string& text) { return read_whole(read_python_calls, text); }

// The first two as the pages of Llama 3.2 and LFM2 show them.
TEST(PythonCalls, ListsOfCalls) {
  EXPECT_EQ(read_python("[get_weather(city='San Francisco', days=2), get_weather(city='Seattle')]"),
            R"(get_weather{"city":"San Francisco","days":2} get_weather{"city":"Seattle"})");
  EXPECT_EQ(read_python("[get_weather(city=\"Rome\")]<|"), R"(get_weather{"city":"Rome"})");
  EXPECT_EQ(read_python("[now()]"), "now{}");
  EXPECT_EQ(read_python("[ now ( ) , now(), ]"), "now{} now{}");
  EXPECT_EQ(read_python("get_weather.call(city=\"Rome\")"), R"(get_weather{"city":"Rome"})");
}

TEST(PythonCalls, Literals) {
  EXPECT_EQ(
      read_python(R"([get_weather(exact=True, at=None, tags=["a", 'b', (1, 2.5)], days=-3, city='it\'s "x"\n')])"),
      R"(get_weather{"exact":true,"at":null,"tags":["a","b",[1,2.5]],"days":-3,"city":"it's \"x\"\n"})");
  EXPECT_EQ(read_python(R"([plan_trip(stops=[{"name": "Rome", 'nights': 2}, {}])])"),
            R"(plan_trip{"stops":[{"name":"Rome","nights":2},{}]})");
  EXPECT_EQ(read_python(R"([now(a="\u00e9\x41\d")])"), R"(now{"a":"éA\\d"})");
}

TEST(PythonCalls, TextsAsPythonHasThem) {
  EXPECT_EQ(read_python(R"([now(a="\U0001F600\ud83d\ude00\a\v\012\0")])"),
            "now{\"a\":\"😀😀\\u0007\\u000b\\n\\u0000\"}");
  EXPECT_EQ(read_python("[now(a=\"\"\"x \"y\" z\n\\\"\"\"\", b='''''', c='', d=\"\")]"),
            "now{\"a\":\"x \\\"y\\\" z\\n\\\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\"}");
  EXPECT_EQ(read_python("[now(a=(1), b=(1,), c=(), d=((2)))]"), R"(now{"a":1,"b":[1],"c":[],"d":2})");
  for (const char* text : {R"([now(a='\ud83d')])", R"([now(a='\ude00')])", R"([now(a='\ud83dx')])",
                           R"([now(a='\ud83d\u0041')])", R"([now(a='\U00110000')])", R"([now(a='\xg0')])"})
    EXPECT_EQ(read_python(text), "none") << text;
}

TEST(PythonCalls, WhatIsNoneIsNone) {
  for (const char* text : {"[1, 2]", "[]", "[unknown()]", "[now(1)]", "[now(a=b)]", "[now(a=1 b=2)]", "[now()", "now[",
                           "(x)", "[now(a='\\ud800')]", "[now(a={1: 2})]", "[now() now()]"}) {
    const std::string result = read_python(text);
    EXPECT_EQ(result, std::string(text) == "[now()" ? "more" : "none") << text;
  }
}

TEST(PythonCalls, NestingIsBounded) { EXPECT_EQ(read_python("[now(a=" + std::string(kMostNesting + 2, '[')), "none"); }

}  // namespace
}  // namespace sotto::text::tool_calls
