#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaCompare, Equality) {
  expect_snippets_as_jinja({
      "{{ 1 == 1.0 }}",
      "{{ 1 == true }}",
      "{{ 0 == false }}",
      "{{ none == none }}",
      "{{ 'a' == 'a' }}",
      "{{ 'a' == 1 }}",
      "{{ [1, 2] == [1.0, 2] }}",
      "{{ [1] == (1,) }}",
      "{{ (1, 2) == (1, 2) }}",
      "{{ {'a': 1} == {'a': 1.0} }}",
      "{{ {'a': 1} == {'b': 1} }}",
      "{{ missing == missing }}",
      "{{ missing == none }}",
      "{{ missing != 1 }}",
      "{{ xs == xs }}",
      "{{ d == d }}",
      "{{ d != ed }}",
      "{{ range(3) == range(0, 3) }}",
      "{{ range(0) == range(5, 5) }}",
      "{{ d.keys() == d.keys() }}",
      "{{ d.items() == d.items() }}",
      "{{ d.values() == d.values() }}",
      "{{ 2**60 == 2.0**60 }}",
      "{{ users[0] == users[1] }}",
  });
}

TEST(JinjaCompare, Order) {
  expect_snippets_as_jinja({
      "{{ 1 < 2 }}",      "{{ 1 < 1.5 }}",         "{{ 2 <= 2 }}",          "{{ 3 > 2 > 1 }}",
      "{{ 1 < 3 < 2 }}",  "{{ 1 < 2 == true }}",   "{{ 'a' < 'b' }}",       "{{ 'B' < 'a' }}",
      "{{ 'é' > 'z' }}",  "{{ [1, 2] < [1, 3] }}", "{{ [1] < [1, 0] }}",    "{{ (1,) < (2,) }}",
      "{{ 1 < 'a' }}",    "{{ 'a' >= 1 }}",        "{{ none < none }}",     "{{ none < 1 }}",
      "{{ [1] < (2,) }}", "{{ d < d }}",           "{{ missing < 1 }}",     "{{ 1 > missing }}",
      "{{ true < 2 }}",   "{{ f > n }}",           "{{ 1 < 2 < missing }}", "{{ 3 < 2 < missing }}",
  });
}

TEST(JinjaCompare, Membership) {
  expect_snippets_as_jinja({
      "{{ 'ell' in s }}",
      "{{ '' in s }}",
      "{{ 'z' in s }}",
      "{{ 'z' not in s }}",
      "{{ 1 in xs }}",
      "{{ 9 not in xs }}",
      "{{ 1.0 in xs }}",
      "{{ true in xs }}",
      "{{ 'a' in d }}",
      "{{ 'q' in d }}",
      "{{ none in d }}",
      "{{ [1] in mix }}",
      "{{ {} in mix }}",
      "{{ 1 in (1, 2) }}",
      "{{ 3 in range(5) }}",
      "{{ 3.0 in range(5) }}",
      "{{ 'a' in range(5) }}",
      "{{ 1 in s }}",
      "{{ none in s }}",
      "{{ missing in s }}",
      "{{ missing in xs }}",
      "{{ 1 in missing }}",
      "{{ 1 in 5 }}",
      "{{ 1 in none }}",
      "{{ [] in d }}",
      "{{ 'b' in d.keys() }}",
      "{{ 1 in d.values() }}",
      "{{ ('b', 1) in d.items() }}",
      "{{ 'x' in xs|map('string') }}",
      "{{ '3' in xs|map('string') }}",
      "{{ not 1 in xs }}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
