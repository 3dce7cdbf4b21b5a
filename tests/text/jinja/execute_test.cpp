#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaExecute, SetAndScopes) {
  expect_snippets_as_jinja({
      "{% set x = 1 %}{{ x }}",
      "{% set x, y = 1, 2 %}{{ x }}{{ y }}",
      "{% set x, y = [1] %}",
      R"j({% set (x, y) = "ab" %}{{ y }}{{ x }})j",
      "{% set x = 1, 2 %}{{ x }}",
      "{% for i in xs %}{% set x = i %}{% endfor %}{{ x }}",
      "{% set x = 0 %}{% for i in xs %}{% set x = x + i %}{{ x }},{% endfor %}{{ x }}",
      "{% if t %}{% set x = 5 %}{% endif %}{{ x }}",
      "{% if no %}{% set n = 5 %}{% endif %}{{ n }}",
      "{% set n = 1 %}{{ n }}",
      "{{ n }}{% set n = 1 %}{{ n }}",
      "{% for i in [1] %}{{ n }}{% endfor %}{% set n = 2 %}{{ n }}",
      "{% macro m() %}{{ n }}{% endmacro %}{{ m() }}{% set n = 1 %}{{ m() }}",
      "{% set ns = namespace(a=1) %}{% for i in xs %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}",
      R"j({% set ns = namespace() %}{% set ns.x = 1 %}{{ ns.x }}{{ ns.y }}{{ ns["x"] }})j",
      "{% set d.x = 1 %}",
      "{% set q.x = 1 %}",
      "{% set missing.x = 1 %}",
      "{% set ns = namespace(_a=1) %}",
      "{% set ns = namespace() %}{% set ns._a = 1 %}",
      R"j({% set ns = namespace({"a": 1}, b=2) %}{{ ns }})j",
      "{% set ns = namespace() %}{% set ns.a, ns.b = 1, 2 %}{{ ns.b }}",
      "{% set x %}a{{ n }}b{% endset %}[{{ x }}]",
      R"j({% set x | upper | replace("A", "b") %}a{{ s }}{% endset %}{{ x }})j",
      "{% set x | length %}abc{% endset %}{{ x + 1 }}",
      "{% set a, b %}xy{% endset %}{{ b }}{{ a }}",
      "{% set true = 1 %}",
      "{% set x %}",
      "{% set x == 1 %}",
      "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a }}",
      "{% set a = 5 %}{% with a = 1, b = a %}{{ b }}{% endwith %}{{ a }}",
      "{% with %}{% set z = 1 %}{{ z }}{% endwith %}{{ z }}",
  });
}

TEST(JinjaExecute, Blocks) {
  expect_snippets_as_jinja({
      "{% filter upper %}a{{ s }}{% endfilter %}",
      R"j({% filter replace("a", "b")|upper %}banana{% endfilter %})j",
      "{% filter length %}abc{% endfilter %}",
      "{% if no %}a{% elif n > 5 %}b{% else %}c{% endif %}",
      "{% if missing %}a{% else %}b{% endif %}",
      "{% if [] %}a{% endif %}",
      "{% if xs, %}a{% endif %}",
      "{% generation %}a{% set k = 1 %}{{ k }}{% endgeneration %}{{ k }}",
      "{% print 1, s %}",
      "{% print %}",
      "{{ 1, 2 }}",
      "{% call dict() %}x{% endcall %}",
      "{% if t: %}x{% endif %}",
      "{% for x in xs: %}{{ x }}{% endfor %}",
      "{% filter upper %}{% for x in xs %}{% if x == 1 %}{% break %}{% endif %}a{% endfor %}{% endfilter %}",
      "{% for x in xs %}{% set y %}{% if x == 1 %}{% break %}{% endif %}{% endset %}{{ x }}{% endfor %}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
