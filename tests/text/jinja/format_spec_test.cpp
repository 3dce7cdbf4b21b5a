#include "text/jinja/format_spec.h"

#include <nlohmann/json.hpp>

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

// Every flag with every type, by both formatting languages.
TEST(JinjaFormatSpec, LaysNumbersOutAsPython) {
  std::vector<std::string> snippets;
  for (const char* value : {"0", "-5", "255", "123456789", "-1.5", "0.000123", "1e22", "true", "-0.0"}) {
    for (const char* flags : {"", "5", "05", "+", " ", "-8", "#", ".3", "8.2", "08.1", "+.0"}) {
      std::string percent, brace;
      for (const char type : {'d', 'x', 'o', 'e', 'f', 'g', 's'}) {
        snippets.push_back(std::string("{{ '%") + flags + type + "|' % " + value + " }}");
      }
      if (flags[0] == '-') continue;
      for (const char* type : {"", "d", "X", "b", "e", "f", "G", "%", ","}) {
        if (flags[0] == '0' && type[0] == ',') continue;
        const std::string spec =
            type[0] == ',' && flags[0] == '.' ? std::string(",") + flags : std::string(flags) + type;
        snippets.push_back("{{ '{:" + spec + "}|'.format(" + value + ") }}");
      }
    }
  }
  expect_snippets_as_jinja(snippets);
}

TEST(JinjaFormatSpec, WidthsAndPrecisionsAreBounded) {
  for (const char* source : {"{{ '%2000000d' % 1 }}", "{{ '{:2000000}'.format(1) }}", "{{ '%.2000f' % 1.0 }}",
                             "{{ '{:.5000f}'.format(1.0) }}"}) {
    const auto pieces = render_pieces(source, Json::object());
    ASSERT_FALSE(pieces) << source;
    EXPECT_EQ(pieces.error().code, ErrorCode::kBudget);
  }
  EXPECT_EQ(render("{{ ('%100000d' % 1)|length }}"), "100000");
}

}  // namespace
}  // namespace sotto::text::jinja
