#include "text/jinja/oracle.h"
#include "text/jinja/parser.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaParserStatements, Errors) {
  expect_snippets_as_jinja({
      "{% if %}{% endif %}",
      "{% if t %}",
      "{% endif %}",
      "{% if t %}{% endfor %}",
      "{% else %}",
      "{% for %}{% endfor %}",
      "{% for x %}{% endfor %}",
      "{% for x in %}{% endfor %}",
      "{% for x in xs %}",
      "{% for 1 in xs %}{% endfor %}",
      "{% for x.y in xs %}{% endfor %}",
      "{% set %}",
      "{% set x %}",
      "{% set 1 = 2 %}",
      "{% set x = %}",
      "{% set x.y.z = 1 %}",
      "{% set [a] = xs %}",
      "{% macro %}{% endmacro %}",
      "{% macro m %}{% endmacro %}",
      "{% macro m( %}{% endmacro %}",
      "{% macro m(1) %}{% endmacro %}",
      "{% nope %}",
      "{% 1 %}",
      "{% do 1 %}",
      "{% %}",
      "{{ }}",
      "{{",
      "{%",
      "{#",
      "{# #",
      "{{ 1 }",
      "{% if t }",
      "{% raw %}",
      "{% raw %}a",
      "{% endraw %}",
      "{% call %}{% endcall %}",
      "{% filter %}{% endfilter %}",
      "{% filter nope %}{% endfilter %}",
      "{% with a %}{% endwith %}",
      "{% with a = 1 b = 2 %}{% endwith %}",
      "{% if t %}a{% else %}b{% else %}c{% endif %}",
      "{% if t %}a{% else %}b{% elif t %}c{% endif %}",
      "{% elif t %}",
      "{% continue %}",
      "{% for x in xs %}{% else %}{% break %}{% endfor %}",
      "{% set x = 1 -%}",
      R"j({% include "x" %})j",
      R"j({% extends "x" %})j",
      R"j({% import "x" as y %})j",
      R"j({% from "x" import y %})j",
      "{% debug %}",
      "{% trans %}x{% endtrans %}",
      "{% endset %}",
      "{% for x in xs if %}{% endfor %}",
      "{% if t %}{% if t %}{% endif %}",
  });
}

TEST(JinjaParserStatements, Accepted) {
  expect_snippets_as_jinja({
      "{% for x in xs, %}{{ x }}{% endfor %}",
      "{% for x in 1, 2 %}{{ x }}{% endfor %}",
      "{% for x, in [(1,)] %}{{ x }}{% endfor %}",
      "{% for (a, b) in [(1, 2)] %}{{ b }}{% endfor %}",
      "{% if 1, 0 %}a{% endif %}",
      "{% set x = (1, 2) %}{{ x }}",
      "{% set x, = [5] %}{{ x }}",
      "{% with %}x{% endwith %}",
      "{% macro m(a, b=(1, 2),) %}{% endmacro %}",
      "{% macro m(a,) %}x{% endmacro %}",
      "{%if t%}a{%endif%}",
      "{{1}}",
      "{%for x in xs%}{{x}}{%endfor%}",
      "{% set if = 1 %}{{ 1 }}",
      "{% print s %}",
      "{% set x = 1 if t %}{{ x }}",
  });
}

TEST(JinjaParserStatements, NamesWhatIsNotSupported) {
  for (const char* tag :
       {"block b", "extends 'x'", "include 'x'", "import 'x' as y", "from 'x' import y", "autoescape true"}) {
    const auto program = parse_program("\n\n{% " + std::string(tag) + " %}");
    ASSERT_FALSE(program) << tag;
    EXPECT_EQ(program.error().code, ErrorCode::kUnsupported);
    EXPECT_EQ(program.error().message.find("chat template, line 3: the tag '" + std::string(tag).substr(0, 4)), 0u)
        << program.error().message;
  }
}

}  // namespace
}  // namespace sotto::text::jinja
