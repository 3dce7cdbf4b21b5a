#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaLoop, Variables) {
  expect_snippets_as_jinja({
      "{% for x in xs %}{{ x }},{% endfor %}",
      "{% for x in xs %}{{ loop.index }},{% endfor %}",
      "{% for x in xs %}{{ loop.index0 }},{% endfor %}",
      "{% for x in xs %}{{ loop.revindex }},{% endfor %}",
      "{% for x in xs %}{{ loop.revindex0 }},{% endfor %}",
      "{% for x in xs %}{{ loop.first }},{% endfor %}",
      "{% for x in xs %}{{ loop.last }},{% endfor %}",
      "{% for x in xs %}{{ loop.length }},{% endfor %}",
      "{% for x in xs %}{{ loop.previtem }},{% endfor %}",
      "{% for x in xs %}{{ loop.nextitem }},{% endfor %}",
      "{% for x in xs %}{{ loop.previtem is defined }},{% endfor %}",
      R"j({% for x in xs %}{{ loop.cycle("a", "b") }},{% endfor %})j",
      "{% for x in xs %}{{ loop.changed(x > 1) }},{% endfor %}",
      "{% for x in xs %}{{ loop.depth }}{{ loop.depth0 }},{% endfor %}",
      "{% for x in xs %}{{ loop }},{% endfor %}",
      "{% for x in xs %}{{ loop.nope }},{% endfor %}",
      "{% for x in xs %}{{ loop.cycle() }},{% endfor %}",
      "{% for x in xs %}{{ loop.changed() }},{% endfor %}",
      "{% for x in xs %}{{ loop.last }}{{ loop.nextitem }}{{ loop.length }},{% endfor %}",
      "{% for x in xs %}{% if loop.first %}{% continue %}{% endif %}{{ x }},{% endfor %}",
      "{% for x in xs %}{% if loop.last %}{% break %}{% endif %}{{ x }},{% endfor %}",
  });
}

TEST(JinjaLoop, Forms) {
  expect_snippets_as_jinja({
      "{% for x in es %}a{% else %}empty{% endfor %}",
      "{% for x in missing %}a{% else %}empty{% endfor %}",
      "{% for x in none %}a{% endfor %}",
      "{% for x in 5 %}a{% endfor %}",
      "{% for c in u %}{{ c }}.{% endfor %}",
      "{% for k in d %}{{ k }}{% endfor %}",
      "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
      "{% for k, v in d|dictsort %}{{ k }}{% endfor %}",
      R"j({% for a, b in [(1, 2), [3, 4], "xy"] %}{{ a }}{{ b }}{% endfor %})j",
      "{% for a, b in [(1, 2, 3)] %}{% endfor %}",
      "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
      "{% for x in xs if x > 1 %}{{ x }}{{ loop.index }}{{ loop.length }}{{ loop.last }}{% endfor %}",
      "{% for x in xs if x > 9 %}{% else %}none{% endfor %}",
      "{% for x in xs if loop.index > 1 %}{{ x }}{% endfor %}",
      "{% for x in x %}{{ x }}{% endfor %}",
      "{% for xs in xs %}{{ xs }}{% endfor %}{{ xs }}",
      "{% for x in range(3) %}{% for y in range(x) %}{{ loop.index }}{{ x }}{% else %}-{% endfor %}{{ loop.index }}{% "
      "endfor %}",
      "{% for x in xs %}{% else %}{{ x }}{% endfor %}",
      R"j({% for x in xs|map("string") %}{{ loop.length }}{{ loop.last }}{{ x }}{% endfor %})j",
      R"j({% set g = xs|map("string") %}{% for x in g %}{{ x }}{% endfor %}{% for x in g %}{{ x }}{% endfor %})j",
      "{% for x in xs %}{% set loop = 1 %}{% endfor %}",
      "{% for loop in xs %}{% endfor %}",
      "{% break %}",
      "{% for x in xs %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
      "{{ loop }}",
      "{% for x in xs %}{{ loop(xs) }}{% endfor %}",
  });
}

TEST(JinjaLoop, Recursion) {
  expect_snippets_as_jinja({
      "{% for x in [[1, [2]], [3]] recursive %}{% if x is sequence %}({{ loop(x) }}){% else %}{{ x }}{{ loop.depth "
      "}}{% endif %}{% endfor %}",
      "{% for x in [1] recursive %}{{ loop() }}{% endfor %}",
      R"j({% for x in [{"c": [{"c": []}]}] recursive %}{{ loop.index }}{{ loop(x.c) }}{% else %}-{% endfor %})j",
      "{% for x in [1, [2]] recursive %}{{ loop.depth0 }}{{ loop(x) if x is iterable }}{% endfor %}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
