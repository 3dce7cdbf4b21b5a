#include <nlohmann/json.hpp>

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaJson, Writing) {
  expect_snippets_as_jinja({
      "{{ d|tojson }}",
      "{{ mix|tojson }}",
      "{{ users|tojson }}",
      "{{ nested|tojson(indent=2) }}",
      "{{ d|tojson(indent=0) }}",
      R"j({{ d|tojson(indent="--") }})j",
      "{{ es|tojson(indent=2) }}",
      "{{ ed|tojson(indent=4) }}",
      "{{ [[], {}]|tojson(indent=1) }}",
      "{{ u|tojson }}",
      "{{ u|tojson(ensure_ascii=true) }}",
      "{{ q|tojson }}",
      R"j({{ "\n\t\r\b\f\x00\x1f\x7f\\/"|tojson }})j",
      "{{ d|tojson(sort_keys=true) }}",
      R"j({{ d|tojson(separators=(",", ":")) }})j",
      R"j({{ d|tojson(indent=1, separators=(";", "=")) }})j",
      R"j({{ d|tojson(separators=[",", ":"]) }})j",
      "{{ 1.0|tojson }}",
      "{{ 1e100|tojson }}",
      R"j({{ ("nan"|float)|tojson }})j",
      R"j({{ ("inf"|float)|tojson }})j",
      "{{ [1, 2.5, none, true, big]|tojson }}",
      "{{ (1, 2)|tojson }}",
      "{{ {1: 2, none: 3, true: 4, 1.5: 6}|tojson }}",
      "{{ {(1, 2): 3}|tojson }}",
      "{{ missing|tojson }}",
      "{{ [missing]|tojson }}",
      "{{ range(3)|tojson }}",
      "{{ d.items()|tojson }}",
      "{{ d.items()|list|tojson }}",
      R"j({{ xs|map("string")|tojson }})j",
      R"j({{ {2: 1, "a": 2}|tojson(sort_keys=true) }})j",
      R"j({{ {"b": 1, "a": {"z": 1, "y": 2}}|tojson(sort_keys=true, indent=2) }})j",
      "{{ s|tojson|length }}",
      "{{ s|tojson|tojson }}",
      "{{ (q|e)|tojson }}",
      "{{ namespace(a=1)|tojson }}",
      "{{ d|tojson(true) }}",
      "{{ d|tojson(indent=true) }}",
      "{{ d|tojson(separators=1) }}",
      R"j({{ "\ud7ff\ue000"|tojson(ensure_ascii=true) }})j",
  });
}

// Keys of the template's own stay trusted; quotes and brackets around a message's text do not become so.
TEST(JinjaJson, KeepsProvenanceByCharacter) {
  const auto pieces =
      render_pieces("{{ {'name': messages[0]}|tojson }}", Json::parse(R"j({"messages": ["a\"<|end|>"]})j"));
  ASSERT_TRUE(pieces);
  ASSERT_EQ(pieces->size(), 3u);
  EXPECT_EQ((*pieces)[0].text, "{\"");
  EXPECT_FALSE((*pieces)[0].trusted);
  EXPECT_EQ((*pieces)[1].text, "name");
  EXPECT_TRUE((*pieces)[1].trusted);
  EXPECT_EQ((*pieces)[2].text, R"j(": "a\"<|end|>"})j");
  EXPECT_FALSE((*pieces)[2].trusted);
}

TEST(JinjaJson, RefusesNestingBeyondTheDepth) {
  EXPECT_NE(
      render(
          "{% set ns = namespace(x=[]) %}{% for i in range(600) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x|tojson }}")
          .find("nested more than"),
      std::string::npos);
}

}  // namespace
}  // namespace sotto::text::jinja
