#include "text/jinja/parser.h"

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

std::string copies_of(const std::string& text, int n) {
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
    expect_over_budget("{{ " + copies_of(open, kDeep) + "1", "nested more than 100 deep");
  }
  for (const char* open :
       {"{% if 1 %}", "{% for a in b %}", "{% set x %}", "{% filter upper %}", "{% with %}", "{% call a() %}"}) {
    expect_over_budget(copies_of(open, kDeep / 2), "nested more than 100 deep");
  }
  EXPECT_TRUE(parse_program("{{ " + copies_of("(", 90) + "1" + copies_of(")", 90) + " }}"));
}

TEST(JinjaParser, SourceAndNodesAreBounded) {
  expect_over_budget(std::string((1 << 20) + 1, 'x'), "bytes of source");
  EXPECT_TRUE(parse_program(std::string(1 << 20, 'x')));
  for (const char* part : {"{{1}}", "{% if a %}{% endif %}", "{%set a=1%}", "{{ [[],[],[],[],[],[]] }}"}) {
    const int n = (1 << 20) / static_cast<int>(std::string(part).size());
    expect_over_budget(copies_of(part, n), "bytes when parsed");
  }
}

// Long but flat: sums, filters and branches are no nesting.
TEST(JinjaParser, LengthIsNoNesting) {
  EXPECT_EQ(render("{{ 1" + copies_of(" + 1", 5000) + " }}"), "5001");
  EXPECT_EQ(render("{{ ''" + copies_of(" ~ 'a'", 5000) + " }}"), std::string(5000, 'a'));
  EXPECT_EQ(render("{% if 0 %}" + copies_of("{% elif 0 %}", 2000) + "{% else %}x{% endif %}"), "x");
  EXPECT_EQ(render("{{ 0" + copies_of(" or 0", 3000) + " or 'y' }}"), "y");
}

TEST(JinjaParser, NamesThatAScopeAssignsFirstAreUnsetInIt) {
  const auto program = parse_program("{% set a = 1 %}{{ b }}{% set b = 2 %}{% if c %}{% set d = 3 %}{% endif %}");
  ASSERT_TRUE(program);
  ASSERT_EQ((*program)->frame.unset.size(), 1u);
  EXPECT_EQ((*program)->names[(*program)->frame.unset[0]], "a");
}

}  // namespace
}  // namespace sotto::text::jinja
