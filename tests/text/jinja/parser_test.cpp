#include "text/jinja/parser.h"

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

std::string repeated(const std::string& text, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += text;
  return out;
}

void expect_over_budget(const std::string& source, const std::string& what) {
  const auto program = parse_program(source);
  ASSERT_FALSE(program) << source.substr(0, 40);
  EXPECT_EQ(program.error().code, ErrorCode::kBudget) << source.substr(0, 40) << program.error().message;
  EXPECT_NE(program.error().message.find(what), std::string::npos) << program.error().message;
}

TEST(JinjaParser, NestingIsBounded) {
  constexpr int kDeep = 60'000;
  for (const char* open : {"(", "[", "{1:", "-", "+", "not ", "a(", "a[", "1 if 1 else ", "1|default("}) {
    expect_over_budget("{{ " + repeated(open, kDeep) + "1", "nested more than 100 deep");
  }
  for (const char* open : {"{% if 1 %}", "{% for a in b %}", "{% set x %}", "{% filter upper %}", "{% with %}", "{% call a() %}"}) {
    expect_over_budget(repeated(open, kDeep / 2), "nested more than 100 deep");
  }
  EXPECT_TRUE(parse_program("{{ " + repeated("(", 90) + "1" + repeated(")", 90) + " }}"));
}

TEST(JinjaParser, SourceAndNodesAreBounded) {
  expect_over_budget(std::string((1 << 20) + 1, 'x'), "bytes of source");
  EXPECT_TRUE(parse_program(std::string(1 << 20, 'x')));
  for (const char* part : {"{{1}}", "{% if a %}{% endif %}", "{%set a=1%}", "{{ [[],[],[],[],[],[]] }}"}) {
    const int n = (1 << 20) / static_cast<int>(std::string(part).size());
    expect_over_budget(repeated(part, n), "bytes when parsed");
  }
}

// Long but flat: sums, filters and branches are no nesting.
TEST(JinjaParser, LengthIsNoNesting) {
  EXPECT_EQ(render("{{ 1" + repeated(" + 1", 5000) + " }}"), "5001");
  EXPECT_EQ(render("{{ ''" + repeated(" ~ 'a'", 5000) + " }}"), std::string(5000, 'a'));
  EXPECT_EQ(render("{% if 0 %}" + repeated("{% elif 0 %}", 2000) + "{% else %}x{% endif %}"), "x");
  EXPECT_EQ(render("{{ 0" + repeated(" or 0", 3000) + " or 'y' }}"), "y");
}

TEST(JinjaParser, NamesThatAScopeAssignsFirstAreUnsetInIt) {
  const auto program = parse_program("{% set a = 1 %}{{ b }}{% set b = 2 %}{% if c %}{% set d = 3 %}{% endif %}");
  ASSERT_TRUE(program);
  ASSERT_EQ((*program)->frame.unset.size(), 1u);
  EXPECT_EQ((*program)->names[(*program)->frame.unset[0]], "a");
}

}  // namespace
}  // namespace sotto::text::jinja
