#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaEvaluate, Logic) {
  expect_snippets_as_jinja({
      "{{ 1 and 2 }}",
      "{{ 0 and 2 }}",
      "{{ 1 or 2 }}",
      "{{ 0 or 2 }}",
      "{{ '' or 'x' }}",
      "{{ not 1 }}",
      "{{ not missing }}",
      "{{ not not xs }}",
      "{{ 1 and 0 or 3 }}",
      "{{ 1 or missing.x }}",
      "{{ 0 and missing.x }}",
      "{{ true and none }}",
      "{{ es or ed or 0 }}",
      "{{ not 1 == 2 }}",
      "{{ n if t else m }}",
      "{{ n if no }}",
      "{{ (n if no) is defined }}",
      R"j({{ "a" if no else "b" if t else "c" }})j",
      "{{ 1 if missing else 2 }}",
      "{{ missing or 1 }}",
  });
}

TEST(JinjaEvaluate, LiteralsAndCalls) {
  expect_snippets_as_jinja({
      "{{ {'a': 1, 'a': 2} }}",
      "{{ {[1]: 2} }}",
      "{{ {(1, 2): 3} }}",
      "{{ {1: 'a', 1.0: 'b', true: 'c'} }}",
      "{{ [1, 2,] }}",
      "{{ (1, 2,) }}",
      "{{ ((1)) }}",
      "{{ [] }}",
      "{{ {} }}",
      R"j({{ 'a' 'b' "c" }})j",
      "{{ 'a' ~ 1 ~ none ~ true ~ 1.5 ~ missing ~ [1] }}",
      "{{ 1 ~ 2 * 3 }}",
      R"j({{ s.replace("l", "L", 1) }})j",
      R"j({{ dict(a=1, **{"b": 2}) }})j",
      R"j({{ dict([("a", 1)]) }})j",
      "{{ range(*[1, 3])|list }}",
      "{{ s() }}",
      "{{ 1() }}",
      "{{ none() }}",
      "{{ missing() }}",
      "{{ d.a() }}",
      "{{ True }}",
      "{{ None }}",
      "{{ False }}",
      "{{ -1|abs }}",
      "{{ 2 + 3|string|length }}",
      "{{ (1, 2)|first }}",
      "{{ n is number and s is string }}",
      "{{ n.__class__ }}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
