#include <nlohmann/json.hpp>

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaSplit, CutsAsPython) {
  std::vector<std::string> snippets;
  for (const char* text : {"''", "'a'", "' a  b c '", "'aXbXXcX'", "'XX'", "'é日é'", "'\\n a\\t\\u3000b\\x1fc\\n'"}) {
    for (const char* arguments :
         {"", "none, 1", "none, 0", "none, -1", "' '", "'X'", "'X', 1", "'XX'", "'X', 0", "'é', 1", "'日'"}) {
      const std::string call = std::string("split(") + arguments + ") }}";
      snippets.push_back(std::string("{{ ") + text + "." + call + "{{ " + text + ".r" + call);
    }
  }
  expect_snippets_as_jinja(snippets);
}

TEST(JinjaSplit, PartsKeepTheirProvenance) {
  const auto pieces =
      render_pieces("{{ ('a,' ~ messages[0] ~ ',d').split(',')|join('/') }}", Json::parse(R"({"messages": ["b,c"]})"));
  ASSERT_TRUE(pieces);
  ASSERT_EQ(pieces->size(), 5u);
  EXPECT_EQ((*pieces)[0].text, "a/");
  EXPECT_EQ((*pieces)[1].text, "b");
  EXPECT_FALSE((*pieces)[1].trusted);
  EXPECT_EQ((*pieces)[2].text, "/");
  EXPECT_TRUE((*pieces)[2].trusted);
}

}  // namespace
}  // namespace sotto::text::jinja
