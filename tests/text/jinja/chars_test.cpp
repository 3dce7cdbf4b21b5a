#include "text/jinja/chars.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/python.h"
#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

// Blocks of characters across Unicode, through the methods that ask for their class and case. Characters that Python's
// Unicode version does not know yet are left out by the template's own test.
TEST(JinjaChars, ClassesAndCaseAreUnicodes) {
  std::vector<Json> cases;
  Json list = Json::array();
  const auto add_block = [&](char32_t first, char32_t last) {
    Json chars = Json::array();
    for (char32_t c = first; c <= last; ++c) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      Ref<Str> ignored;
      std::string text;
      text += c < 0x80 ? std::string(1, static_cast<char>(c)) : std::string();
      if (c >= 0x80) {
        text = c < 0x800 ? std::string{static_cast<char>(0xC0 | c >> 6)}
               : c < 0x10000
                   ? std::string{static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F))}
                   : std::string{static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
                                 static_cast<char>(0x80 | (c >> 6 & 0x3F))};
        text += static_cast<char>(0x80 | (c & 0x3F));
      }
      chars.push_back(text);
    }
    list.push_back(
        {{"name", "characters from " + std::to_string(static_cast<unsigned>(first))},
         {"template",
          "{% for c in chars %}{{ c.isspace() }}{{ c.isalpha() }}{{ c.isdecimal() }}{{ c.isdigit() }}{{ c.isupper() }}"
          "{{ c.islower() }}{{ c.istitle() }}{{ c.upper() }}{{ c.lower() }}{{ c.title() }}{{ c.isprintable() }}"
          "{{ [c] }}{{ ('a' ~ c ~ 'b').splitlines()|length }}{{ c.isidentifier() }}\n{% endfor %}"},
         {"variables", {{"chars", chars}}}});
  };
  add_block(0, 0x5FF);
  add_block(0x900, 0x97F);
  add_block(0x10A0, 0x10FF);
  add_block(0x13A0, 0x13FF);
  add_block(0x1E00, 0x218F);
  add_block(0x2460, 0x24FF);
  add_block(0x3000, 0x30FF);
  add_block(0xA640, 0xA69F);
  add_block(0xFB00, 0xFB06);
  add_block(0xFF10, 0xFF5A);
  add_block(0x10400, 0x1044F);
  add_block(0x1F600, 0x1F64F);
  const support::ScratchFolder folder;
  const std::string in = folder.file("in.json");
  std::ofstream(in) << list.dump();
  expect_as_jinja(run_jinja_oracle({"render", in}), 1);
}

TEST(JinjaChars, BrokenBytesAreCharactersOfTheirOwn) {
  std::vector<std::string> found;
  for (CharReader r("a\xFFé\xE6\x97"); r.more(); r.advance()) found.emplace_back(r.get().bytes);
  EXPECT_EQ(found, (std::vector<std::string>{"a", "\xFF", "é", "\xE6\x97"}));
  EXPECT_EQ(strip_left(" \t\u00a0x "), "x ");
  EXPECT_EQ(strip_right(" x\u3000\n"), " x");
  EXPECT_EQ(strip_right("\xFF"), "\xFF");
}

}  // namespace
}  // namespace sotto::text::jinja
