#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaParserExpressions, Precedence) {
  expect_snippets_as_jinja({
      "{{ 1 + 2 * 3 }}",
      "{{ (1 + 2) * 3 }}",
      "{{ 2 * 3 ** 2 }}",
      "{{ -2 ** 2 }}",
      "{{ 2 ** -1 }}",
      "{{ 1 - 2 - 3 }}",
      "{{ 8 / 4 / 2 }}",
      "{{ 1 ~ 2 + 3 }}",
      R"j({{ "a" ~ "b" * 2 }})j",
      "{{ 1 + 2 ~ 3 }}",
      "{{ not 1 + 1 }}",
      "{{ 1 == 1 and 2 == 2 }}",
      "{{ 1 or 0 and 0 }}",
      "{{ not 1 or 1 }}",
      "{{ 1 in [1] == true }}",
      "{{ -1|abs }}",
      "{{ 1 + -1|abs }}",
      R"j({{ 2|string + "a" }})j",
      "{{ xs|first + 1 }}",
      "{{ (xs|first) + 1 }}",
      R"j({{ "a" if 1 else "b" ~ "c" }})j",
      "{{ 1 if 0 }}",
      "{{ 1 if 0 else 2 if 0 else 3 }}",
      "{{ x if missing else y }}",
      "{{ xs[0] if xs else 0 }}",
      "{{ xs[1:][0] }}",
      "{{ d.a[0] }}",
      R"j({{ d["a"][0] }})j",
      "{{ s.upper().lower() }}",
      "{{ s.upper()|lower }}",
      "{{ (1).real if false else 1 }}",
      "{{ 1.5.x }}",
      "{{ xs.0.1 }}",
  });
}

TEST(JinjaParserExpressions, Errors) {
  expect_snippets_as_jinja({
      "{{  }}",           "{{ 1 + }}",         "{{ (1 }}",          "{{ [1 }}",         "{{ {1 }}",
      "{{ {1: } }}",      "{{ 1 2 }}",         "{{ a b }}",         "{{ a. }}",         "{{ a.[ }}",
      "{{ x | }}",        "{{ x | 1 }}",       "{{ x is }}",        "{{ x is is }}",    "{{ 1 = 2 }}",
      "{{ s[ }}",         "{{ s[1 }}",         "{{ f( }}",          "{{ f(a=) }}",      "{{ f(a=1, 2) }}",
      "{{ f(**a, *b) }}", "{{ f(*a, *b) }}",   "{{ f(a=1, a=2) }}", R"j({{ "abc }})j",  "{{ 1..2 }}",
      "{{ a..b }}",       "{{ @ }}",           "{{ $ }}",           "{{ a ? b }}",      "{{ a && b }}",
      "{{ !a }}",         "{{ {1, 2} }}",      "{{ lambda: 1 }}",   "{{ x[,] }}",       "{{ [,] }}",
      "{{ (,) }}",        "{{ not }}",         "{{ if }}",          "{{ for }}",        "{{ 1 is not }}",
      "{{ a if }}",       "{{ 1 if else 2 }}", "{{ x.1a }}",        R"j({{ '\x4' }})j", R"j({{ '\u12' }})j",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
