#include "text/tool_calls/support.h"

namespace sotto::text::tool_calls {
namespace {

std::string read_xml(const std::string& text) { return read_whole(read_xml_call, text); }

TEST(XmlCalls, TypesComeFromTheSchema) {
  EXPECT_EQ(
      read_xml("<function=get_weather>\n<parameter=city>\n12\n</parameter>\n<parameter=days>\n12\n</parameter>\n</"
               "function>"),
      R"(get_weather{"city":"12","days":12})");
  EXPECT_EQ(
      read_xml(
          "<function=get_weather><parameter=exact>True</parameter><parameter=tags>[\"a\", 1]</parameter></function>"),
      R"(get_weather{"exact":true,"tags":["a",1]})");
  EXPECT_EQ(
      read_xml("<function=get_weather>\n<parameter=at>\nnoon\n</parameter>\n<parameter=new>\nNone\n</parameter>\n</"
               "function>"),
      R"(get_weather{"at":"noon","new":null})");
  EXPECT_EQ(read_xml("<function=now>\n</function>\n</tool_call>"), "now{}");
}

// Python's Optional[str], for one, becomes a choice of two schemas.
TEST(XmlCalls, TextMayBeOneTypeOfSeveral) {
  const auto read_value = [](const std::string& name, const std::string& value) {
    return read_xml("<function=get_weather>\n<parameter=" + name + ">\n" + value + "\n</parameter>\n</function>");
  };
  EXPECT_EQ(read_value("zip", "12345"), R"(get_weather{"zip":"12345"})");
  EXPECT_EQ(read_value("zip", "[1]"), R"(get_weather{"zip":"[1]"})");
  EXPECT_EQ(read_value("zip", "null"), R"(get_weather{"zip":null})");
  EXPECT_EQ(read_value("unit", "1"), R"(get_weather{"unit":"1"})");
  EXPECT_EQ(read_value("note", "None"), R"(get_weather{"note":null})");
  EXPECT_EQ(read_value("city", "None"), R"(get_weather{"city":"None"})");
}

TEST(XmlCalls, TextKeepsItsLines) {
  EXPECT_EQ(read_xml("<function=get_weather>\n<parameter=city>\n\n a <b>\n</i>\n\n</parameter>\n</function>"),
            "get_weather{\"city\":\"\\n a <b>\\n</i>\\n\"}");
}

TEST(XmlCalls, WhatIsNoneIsNone) {
  for (const char* text : {"<function=unknown></function>", "<tool>", "<function=now\n>", "<function=now>text",
                           "</function>", "<function=now><parameter=a<b>1</parameter></function>"})
    EXPECT_EQ(read_xml(text), "none") << text;
  EXPECT_EQ(read_xml("<function=now><parameter=a>1"), "more");
}

}  // namespace
}  // namespace sotto::text::tool_calls
