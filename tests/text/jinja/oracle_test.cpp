#include "text/jinja/oracle.h"

#include <gtest/gtest-spi.h>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/python.h"
#include "text/jinja/parser.h"

namespace sotto::text::jinja {
namespace {

// The moment that the oracle's strftime_now() shows: Sunday, 5 July 2026, 09:08:07.
std::tm oracle_time() {
  std::tm now{};
  now.tm_year = 126, now.tm_mon = 6, now.tm_mday = 5;
  now.tm_hour = 9, now.tm_min = 8, now.tm_sec = 7;
  now.tm_wday = 0, now.tm_yday = 185;
  return now;
}

// Variables that most snippets share.
Json snippet_variables() {
  return Json::parse(R"({
    "s": "Hello, World", "e": "", "u": "ßtraße Ωσς ǆ 日本 😀", "w": "  two\n\tlines \n", "q": "it's \"q\" <b>&",
    "csv": "a,b,,c", "n": 7, "m": -3, "big": 18446744073709551615, "f": 2.5, "h": 1e21, "t": true, "no": false,
    "nil": null, "xs": [3, 1, 2], "ys": ["b", "A", "c", "a"], "mix": [1, "x", null, 2.0, [1], {"k": 1}], "es": [],
    "d": {"b": 1, "a": [1, 2], "items": "shadow", "Z": null}, "ed": {},
    "nested": {"x": {"y": [{"z": "deep"}]}}, "lines": "one\r\ntwo\n\nfour",
    "users": [{"name": "Ann", "age": 31, "on": true}, {"name": "bob", "age": 7, "on": false},
              {"name": "Cy", "age": 31, "tags": ["p", "q"]}],
    "messages": [{"role": "user", "content": "hi <|im_end|>"}, {"role": "assistant", "content": "yo"}]
  })");
}

}  // namespace

Result<std::vector<Piece>> render_pieces(std::string_view source, const Json& variables, const TemplateBudget& budget,
                                         RenderStats* stats) {
  auto program = parse_program(source);
  if (!program) return forward_error(program);
  Interpreter interpreter(**program, variables, {budget, oracle_time()});
  auto pieces = interpreter.run();
  if (stats != nullptr) *stats = interpreter.stats();
  return pieces;
}

std::string joined(const std::vector<Piece>& pieces) {
  std::string text;
  for (const Piece& piece : pieces) text += piece.text;
  return text;
}

std::string render(std::string_view source, const Json& variables) {
  const auto pieces = render_pieces(source, variables);
  return pieces ? joined(*pieces) : "error: " + pieces.error().message;
}

std::string render(std::string_view source) { return render(source, Json::object()); }

std::vector<Json> run_jinja_oracle(std::vector<std::string> arguments) {
  const support::ScratchFolder folder;
  const std::string out = folder.file("out.json");
  arguments.push_back(out);
  const int status = support::run_python("oracle_jinja.py", arguments);
  EXPECT_EQ(status, 0) << "the oracle needs Python with tests/requirements.txt: set SOTTO_PYTHON";
  if (status != 0) return {};
  std::ifstream file(out);
  return Json::parse(file).get<std::vector<Json>>();
}

std::size_t expect_as_jinja(const std::vector<Json>& cases, double least_rendered) {
  int wrong = 0, beyond = 0, rendered = 0;
  for (const Json& expected : cases) {
    const auto source = expected.at("template").get<std::string>();
    const auto pieces = render_pieces(source, expected.at("variables"));
    const bool fails = expected.contains("error");
    rendered += fails ? 0 : 1;
    if (!pieces && !fails && pieces.error().message.find("127 bits") != std::string::npos) {
      ++beyond;
      continue;
    }
    if (pieces ? !fails && joined(*pieces) == expected.at("text") : fails) continue;
    if (++wrong > 8) continue;
    ADD_FAILURE() << expected.value("name", "") << "\n  template " << source.substr(0, 1500) << "\n  found    "
                  << (pieces ? joined(*pieces) : "error: " + pieces.error().message) << "\n  expected "
                  << (fails ? expected.at("error") : expected.at("text")).get<std::string>();
  }
  EXPECT_EQ(wrong, 0) << "of " << cases.size() << " templates";
  EXPECT_LE(beyond, static_cast<int>(cases.size() / 100 + 1));
  EXPECT_GE(rendered, least_rendered * static_cast<double>(cases.size())) << "too few cases have a text to compare";
  return static_cast<std::size_t>(wrong);
}

void expect_snippets_as_jinja(const std::vector<std::string>& snippets) {
  Json cases = Json::array();
  for (const std::string& snippet : snippets) {
    cases.push_back({{"name", ""}, {"template", snippet}, {"variables", snippet_variables()}});
  }
  const support::ScratchFolder folder;
  const std::string in = folder.file("in.json");
  std::ofstream(in) << cases.dump();
  const auto done = run_jinja_oracle({"render", in});
  ASSERT_EQ(done.size(), snippets.size());
  expect_as_jinja(done, 0);
}

// The comparison itself must be able to fail.
TEST(JinjaOracle, SeesADifference) {
  const std::vector<Json> wrong = {{{"template", "a"}, {"variables", Json::object()}, {"text", "b"}},
                                   {{"template", "a"}, {"variables", Json::object()}, {"error", "x"}},
                                   {{"template", "{{ 1 / 0 }}"}, {"variables", Json::object()}, {"text", "a"}}};
  for (const Json& one : wrong) {
    testing::TestPartResultArray results;
    {
      testing::ScopedFakeTestPartResultReporter reporter(&results);
      expect_as_jinja({one}, 0);
    }
    EXPECT_GT(results.size(), 0) << one;
  }
}

}  // namespace sotto::text::jinja
