#include <nlohmann/json.hpp>

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaGlobals, Functions) {
  expect_snippets_as_jinja({
      "{{ range(5)|list }}",
      "{{ range(2, 5)|list }}",
      "{{ range(5, 0, -2)|list }}",
      "{{ range(0)|list }}",
      "{{ range(1, 2, 0) }}",
      "{{ range(1.5) }}",
      R"j({{ range("a") }})j",
      "{{ range() }}",
      "{{ range(100000)|length }}",
      "{{ range(100001) }}",
      "{{ range(true)|list }}",
      "{{ range(3).nope }}",
      "{{ range(3)|sum }}",
      "{{ dict(a=1) }}",
      "{{ dict() }}",
      R"j({{ dict({"a": 1}, b=2) }})j",
      R"j({{ dict([["a", 1]]) }})j",
      "{{ dict([1]) }}",
      "{{ dict(1) }}",
      "{{ dict(xs) }}",
      R"j({{ dict({"a": 1}, a=2) }})j",
      "{{ dict({}, {}) }}",
      "{{ namespace(a=1).a }}",
      "{{ namespace(a=1) }}",
      "{{ namespace().x is defined }}",
      R"j({{ namespace([("a", 1)]).a }})j",
      R"j({{ raise_exception("stop") }})j",
      "{{ raise_exception() }}",
      "{{ raise_exception(1) }}",
      R"j({{ strftime_now("%d %b %Y") }})j",
      R"j({{ strftime_now("%Y-%m-%d %H:%M:%S") }})j",
      R"j({{ strftime_now("%A, %B %-d, %j") }})j",
      R"j({{ strftime_now("") }})j",
      R"j({{ strftime_now("é%%") }})j",
      "{{ strftime_now() }}",
      "{{ strftime_now(1) }}",
      "{{ strftime_now is defined }}",
      R"j({{ cycler("a", "b").current }})j",
      "{{ cycler() }}",
      R"j({{ joiner()() ~ joiner("|")() }})j",
      "{{ nope is defined }}",
      R"j({% set c = cycler("a", "b", "c") %}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{{ c.reset() }}{{ c.current }})j",
      R"j({% set j = joiner("; ") %}{% for x in xs %}{{ j() }}{{ x }}{% endfor %})j",
      "{% set j = joiner() %}{{ j() }}a{{ j() }}b",
  });
}

TEST(JinjaGlobals, AnExceptionOfTheTemplateIsTheCallersToMend) {
  const auto pieces = render_pieces("\n{{ raise_exception('roles must alternate') }}", Json::object());
  ASSERT_FALSE(pieces);
  EXPECT_EQ(pieces.error().code, ErrorCode::kBadRequest);
  EXPECT_EQ(pieces.error().message, "chat template, line 2: roles must alternate");
}

}  // namespace
}  // namespace sotto::text::jinja
