#include "text/tool_calls/reading.h"

#include "text/tool_calls/support.h"

namespace sotto::text::tool_calls {
namespace {

std::string read(const std::string& text) { return read_whole(read_any_calls, text); }

TEST(Reading, TheNotationIsToldByItsBeginning) {
  const std::string rome = R"(get_weather{"city":"Rome"})";
  EXPECT_EQ(read("\n"
                 R"({"name": "get_weather", "arguments": {"city": "Rome"}})"),
            rome);
  EXPECT_EQ(read(R"([ {"name": "get_weather", "arguments": {"city": "Rome"}}])"), rome);
  EXPECT_EQ(read(" [get_weather(city='Rome')]"), rome);
  EXPECT_EQ(read("\n<function=get_weather>\n<parameter=city>\nRome\n</parameter>\n</function>"), rome);
  EXPECT_EQ(read(R"(call:get_weather{city:<|"|>Rome<|"|>})"), rome);
  EXPECT_EQ(read(R"(get_weather[ARGS]{"city": "Rome"})"), rome);
  EXPECT_EQ(read("get_weather(city='Rome')"), rome);
}

TEST(Reading, OtherTextIsNone) {
  for (const char* text : {"hello world", "?", "<b>", "[x", "3 of them"})
    EXPECT_EQ(read(text + std::string(" ")), "none") << text;
  EXPECT_EQ(read("  "), "more");
  EXPECT_EQ(read("hello"), "more");
}

TEST(Reading, Marks) {
  EXPECT_EQ(begins_with("<tool", "<tool_call>"), Reading::State::kMore);
  EXPECT_EQ(begins_with("", "<tool_call>"), Reading::State::kMore);
  EXPECT_EQ(begins_with("<tool_call>x", "<tool_call>"), Reading::State::kFound);
  EXPECT_EQ(begins_with("<toll", "<tool_call>"), Reading::State::kNone);
}

}  // namespace
}  // namespace sotto::text::tool_calls
