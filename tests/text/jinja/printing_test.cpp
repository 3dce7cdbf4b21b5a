#include <nlohmann/json.hpp>

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaPrinting, Values) {
  expect_snippets_as_jinja({
      "{{ none }}",
      "{{ true }}",
      "{{ false }}",
      "{{ n }}",
      "{{ f }}",
      "{{ h }}",
      "{{ -0.1 }}",
      "{{ big }}",
      "{{ xs }}",
      "{{ ys }}",
      "{{ mix }}",
      "{{ d }}",
      "{{ ed }}",
      "{{ es }}",
      "{{ () }}",
      "{{ (1,) }}",
      "{{ (1, 2) }}",
      "{{ [none, true] }}",
      R"j({{ ['it\'s'] }})j",
      R"j({{ ['"'] }})j",
      R"j({{ ['\'"'] }})j",
      R"j({{ ['\n\t\\\r\x00\x7f'] }})j",
      "{{ [u] }}",
      "{{ [q] }}",
      "{{ [missing] }}",
      "{{ {1: 2.0, none: true} }}",
      "{{ range(3) }}",
      "{{ range(1, 9, 2) }}",
      "{{ d.keys() }}",
      "{{ d.values() }}",
      "{{ d.items() }}",
      "{{ [[[]]] }}",
      "{{ users }}",
      "{{ missing }}",
      "{{ [s, [s]] }}",
      R"j({{ ['\u200b\u00ad\U0001f600\ue000'] }})j",
      R"j({{ "\xe9\101\q" }})j",
      "{{ d|list }}",
      "{{ nested }}",
  });
}

// What has no untrusted byte inside keeps its brackets trusted; a message's text does not become trusted by being
// printed.
TEST(JinjaPrinting, BracketsFollowTheText) {
  const auto pieces = render_pieces("{{ ['a'] }}{{ messages }}", Json::parse(R"({"messages": ["b"]})"));
  ASSERT_TRUE(pieces);
  ASSERT_EQ(pieces->size(), 2u);
  EXPECT_EQ((*pieces)[0].text, "['a']");
  EXPECT_TRUE((*pieces)[0].trusted);
  EXPECT_EQ((*pieces)[1].text, "['b']");
  EXPECT_FALSE((*pieces)[1].trusted);
}

}  // namespace
}  // namespace sotto::text::jinja
