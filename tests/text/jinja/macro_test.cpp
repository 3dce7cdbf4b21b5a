#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaMacro, Arguments) {
  expect_snippets_as_jinja({
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1) }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m() }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1, 3) }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(b=5, a=1) }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1, 2, 3) }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1, c=3) }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1, a=3) }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(*[1, 2]) }}",
      R"j({% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(**{"a": 7}) }})j",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ "
      "m.catch_varargs }}{{ m.caller }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{% set f = m %}{{ f(1) }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(m(1)) }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1)|upper }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(none) }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(missing) }}",
      "{% macro m(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ m is callable }}",
      "{% macro m(a, b=a, c=b) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}{{ m(1, 2) }}",
      "{% macro m(a=b, b=1) %}{{ a }}{% endmacro %}{{ m() }}",
      "{% macro m(a=1, b) %}{% endmacro %}",
      "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}",
      "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}{{ m(1) }}",
  });
}

TEST(JinjaMacro, ScopeAndCallers) {
  expect_snippets_as_jinja({
      "{% set x = 1 %}{% macro m() %}{{ x }}{% set x = 2 %}{{ x }}{% endmacro %}{{ m() }}{{ x }}",
      "{% macro m() %}{{ x }}{% endmacro %}{% set x = 3 %}{{ m() }}",
      "{% macro f(n) %}{{ n }}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
      "{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}in{% endcall %}",
      "{% macro m(a) %}{{ caller(a, 2) }}{% endmacro %}{% call(x, y=5) m(1) %}{{ x }}{{ y }}{% endcall %}",
      "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}",
      "{% macro m() %}x{% endmacro %}{% call m() %}{% endcall %}",
      "{% macro m(caller=none) %}{{ caller }}{% endmacro %}{{ m() }}",
      "{% macro m(caller) %}{{ caller() }}{% endmacro %}",
      "{% call s %}{% endcall %}",
      "{% for x in xs %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}{{ m }}",
      "{% macro outer() %}{% macro inner() %}i{% endmacro %}{{ inner() }}{% endmacro %}{{ outer() }}{{ inner }}",
      "{% macro m() %}{% for x in xs %}{{ caller(x) }}{% endfor %}{% endmacro %}{% call(v) m() %}({{ v }}){% endcall "
      "%}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
