#include "text/jinja/text_ops.h"

#include <nlohmann/json.hpp>

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaTextOps, WorkAsPythonsStr) {
  std::vector<std::string> snippets;
  for (const char* text : {"''", "'a'", "'aXa'", "'éaé'", "'ΑΣ σΣ. ΣΑ ΑΣ'", "'\\u200bΑΣ\\u0301'", "'ŉ ß ﬃ'", "'  x '",
                           "'\\r\\n\\r\\x85\\n'"}) {
    for (const char* call :
         {".lower()", ".upper()", ".capitalize()", ".title()", ".swapcase()", ".strip('aé')", ".lstrip('aX')",
          ".rstrip('é')", ".replace('a', 'bb')", ".replace('', '|', 2)", ".center(6, 'é')", ".ljust(4)", ".rjust(5)",
          ".splitlines(true)", ".splitlines()", ".join(['1', '2', '3'])", "[::-1]", "|length"}) {
      snippets.push_back(std::string("{{ ") + text + call + " }}");
    }
  }
  expect_snippets_as_jinja(snippets);
}

// A replacement's own text stays trusted, what it stands in does not become so.
TEST(JinjaTextOps, ProvenanceIsKeptByCharacter) {
  const Json variables = Json::parse(R"({"messages": ["aXbX"]})");
  const auto shown = [&](std::string_view source) {
    std::string text;
    const auto pieces = render_pieces(source, variables);
    for (const Piece& piece : *pieces) text += (piece.trusted ? "[" : "(") + piece.text + (piece.trusted ? "]" : ")");
    return text;
  };
  EXPECT_EQ(shown("{{ messages[0].replace('X', '!') }}"), "(a)[!](b)[!]");
  EXPECT_EQ(shown("{{ 'aXbX'.replace('X', messages[0]) }}"), "[a](aXbX)[b](aXbX)");
  EXPECT_EQ(shown("{{ messages[0].replace('', '.', 2) }}"), "[.](a)[.](XbX)");
  EXPECT_EQ(shown("{{ messages[0].strip('aX') }}{{ messages[0].center(6, '_') }}"), "(b)[_](aXbX)[_]");
}

}  // namespace
}  // namespace sotto::text::jinja
