#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaPredicates, Kinds) {
  expect_snippets_as_jinja({
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is defined }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is undefined }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is none }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is boolean }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is true }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is false }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is integer }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is float }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is number }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is string }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is mapping }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is iterable }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is sequence }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is callable }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is escaped }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing] %}{{ v is upper }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing] %}{{ v is lower }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is sameas none }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is eq 1 }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is ne 1 }},{% endfor %})j",
      R"j({% for v in [none, true, false, 0, 1, 1.5, "", "a", "A", [], [1], (), {}, d, range(2), d.keys(), missing, dict] %}{{ v is not none }},{% endfor %})j",
  });
}

TEST(JinjaPredicates, Relations) {
  expect_snippets_as_jinja({
      "{{ 3 is odd }}",
      "{{ 3 is even }}",
      "{{ 2.0 is even }}",
      R"j({{ "a" is odd }})j",
      "{{ 4 is divisibleby 2 }}",
      "{{ 4 is divisibleby(3) }}",
      "{{ 4 is divisibleby 0 }}",
      "{{ 4 is not divisibleby 3 }}",
      "{{ 1 is eq 1.0 }}",
      "{{ 1 is equalto(1) }}",
      "{{ 1 is ne 2 }}",
      "{{ 2 is gt 1 }}",
      "{{ 2 is greaterthan 1 }}",
      "{{ 2 is ge 2 }}",
      "{{ 1 is lt 2 }}",
      "{{ 1 is lessthan 2 }}",
      "{{ 1 is le 1 }}",
      "{{ 1 is in xs }}",
      "{{ 9 is not in xs }}",
      "{{ 1 is in [1] }}",
      R"j({{ "a" is in "abc" }})j",
      "{{ true is sameas true }}",
      "{{ 1 is sameas 1 }}",
      "{{ xs is sameas xs }}",
      R"j({{ "upper" is filter }})j",
      R"j({{ "nope" is filter }})j",
      R"j({{ "odd" is test }})j",
      R"j({{ "nope" is test }})j",
      "{{ [] is filter }}",
      "{{ 1 is nope }}",
      "{{ n is defined and n is number }}",
      "{{ missing is defined or t }}",
      "{{ missing.x is defined }}",
      "{{ n is defined is true }}",
      "{{ 1 is not }}",
      "{{ n is string or n is number }}",
      R"j({{ "1" is gt 2 }})j",
      "{{ n is gt(2) and n is lt(9) }}",
      "{{ not n is none }}",
      "{{ s is string if t else 1 }}",
      "{% if no %}{{ 1 is nope }}{% endif %}ok",
      "{% if no %}{{ 1|nope }}{% endif %}ok",
      "{% if t %}{{ 1|nope }}{% endif %}",
      "{{ 1|nope if no else 2 }}",
      "{% for x in es %}{{ 1|nope }}{% endfor %}",
      "{% if no %}{% for x in es %}{{ 1|nope }}{% endfor %}{% endif %}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
