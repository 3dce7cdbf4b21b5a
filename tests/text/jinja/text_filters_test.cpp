#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaTextFilters, CaseAndSpace) {
  expect_snippets_as_jinja({
      "{{ s|upper }}",
      "{{ u|upper }}",
      "{{ s|lower }}",
      "{{ u|lower }}",
      "{{ s|capitalize }}",
      "{{ u|capitalize }}",
      "{{ s|title }}",
      R"j({{ "hello-world foo(bar) [baz] {q} <z> it's"|title }})j",
      R"j({{ "ΑΣ ΟΔΟΣ"|title }})j",
      R"j({{ "ﬁne ßo"|title }})j",
      "{{ w|trim }}",
      R"j({{ "xxaxx"|trim("x") }})j",
      "{{ n|upper }}",
      "{{ none|lower }}",
      "{{ missing|upper }}",
      "{{ [1]|upper }}",
      "{{ w|trim|length }}",
      "{{ s|center(20) }}",
      "{{ s|center(21) }}",
      R"j({{ "é"|center(4) }})j",
      "{{ s|center(2) }}",
      "{{ s|center }}",
      "{{ n|string }}",
      "{{ missing|string }}",
      "{{ none|string }}",
      "{{ s|wordcount }}",
      "{{ u|wordcount }}",
      R"j({{ "a_b c-d"|wordcount }})j",
      R"j({{ ""|capitalize }})j",
      R"j({{ "x\u00a0"|trim }})j",
  });
}

TEST(JinjaTextFilters, ReplaceAndIndent) {
  expect_snippets_as_jinja({
      R"j({{ s|replace("l", "L") }})j",
      R"j({{ s|replace("l", "L", 1) }})j",
      R"j({{ s|replace("", "-") }})j",
      "{{ n|replace(7, 8) }}",
      R"j({{ s|replace("Hello", "") }})j",
      R"j({{ s|replace("l", "L", none) }})j",
      R"j({{ s|replace("l") }})j",
      R"j({{ missing|replace("a", "b") }})j",
      R"j({{ "a\nb\n\nc"|indent }})j",
      R"j({{ "a\nb\n\nc\n"|indent(2, true) }})j",
      R"j({{ "a\nb\n\nc"|indent(2, blank=true) }})j",
      R"j({{ "a\nb"|indent("> ") }})j",
      R"j({{ "a\nb"|indent("> ", true) }})j",
      R"j({{ ""|indent }})j",
      R"j({{ ""|indent(first=true) }})j",
      R"j({{ "\n"|indent(2, true, true) }})j",
      R"j({{ "a\r\nb\x0bc"|indent(1) }})j",
      "{{ n|indent }}",
      "{{ lines|indent(1) }}",
      R"j({{ "a\nb"|indent(-1) }})j",
      R"j({{ "a\nb"|indent(true) }})j",
      "{{ s|truncate(5) }}",
      "{{ s|truncate(5, true) }}",
      "{{ s|truncate(5, leeway=0) }}",
      R"j({{ s|truncate(8, false, "…", 0) }})j",
      R"j({{ "foo bar baz qux"|truncate(9) }})j",
      R"j({{ "foo bar baz qux"|truncate(11, true, "", 0) }})j",
      "{{ s|truncate(1) }}",
      R"j({{ u|truncate(6, true, "", 0) }})j",
      "{{ xs|truncate }}",
      "{{ n|truncate }}",
  });
}

TEST(JinjaTextFilters, FormatAndEscape) {
  expect_snippets_as_jinja({
      R"j({{ "%s-%d"|format("a", 3) }})j",
      R"j({{ "%(x)s"|format(x=1) }})j",
      R"j({{ "%s"|format }})j",
      R"j({{ "%s %s"|format(1) }})j",
      R"j({{ "%s"|format(1, x=2) }})j",
      "{{ q|e }}",
      "{{ q|escape }}",
      "{{ q|forceescape }}",
      "{{ q|e|e }}",
      "{{ q|e|forceescape }}",
      "{{ q|safe }}",
      R"j({{ (q|e) + "<" }})j",
      R"j({{ "<" + (q|e) }})j",
      R"j({{ (q|safe) + "<" }})j",
      R"j({{ q|e ~ "<" }})j",
      "{{ (q|e) is escaped }}",
      "{{ q is escaped }}",
      "{{ none|e }}",
      "{{ missing|e }}",
      R"j({{ "a b/c?d=é&"|urlencode }})j",
      R"j({{ {"a b": 1, "c": "é/"}|urlencode }})j",
      R"j({{ [("a", 1)]|urlencode }})j",
      "{{ n|urlencode }}",
      "{{ (q|e).upper() }}",
      "{{ (q|e)|upper is escaped }}",
      "{{ (q|e) * 2 }}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
