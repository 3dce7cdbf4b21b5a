#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaParserCalls, Arguments) {
  expect_snippets_as_jinja({
      "{{ dict(a=1,) }}",
      R"j({{ dict(*[[("a", 1)]]) }})j",
      R"j({{ dict(**{"a": 1}) }})j",
      R"j({{ dict(a=1, **{"b": 2}) }})j",
      R"j({{ dict(**{"a": 1}, **{"b": 2}) }})j",
      "{{ dict(**{1: 2}) }}",
      "{{ dict(**xs) }}",
      "{{ range(*5) }}",
      R"j({{ s.replace(*["l", "L"]) }})j",
      R"j({{ s|replace(*["l", "L"]) }})j",
      R"j({{ s|replace("l", new="L") }})j",
      R"j({{ s|replace(old="l", new="L") }})j",
      "{{ s|replace(bad=1) }}",
      R"j({{ s|replace("l", "L", old="x") }})j",
      "{{ s|upper(1) }}",
      R"j({{ s|default(default_value="x") }})j",
      R"j({{ xs|join(d="-") }})j",
      R"j({{ xs|map(*["string"])|list }})j",
      "{{ 1 is divisibleby(num=1) }}",
      "{{ 1 is divisibleby(2, 3) }}",
      "{{ 1 is divisibleby }}",
      "{{ 1 is eq(1, 2) }}",
      "{{ (s|upper)() }}",
      "{{ s|upper() }}",
      "{{ s.upper(**{}) }}",
      "{{ xs|batch(linecount=2)|list }}",
      "{{ s|a. }}",
      "{{ s|a.'b' }}",
      "{{ s is a.",
      "{{ s|a.b.c }}",
      "{{ s|upper.x }}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
