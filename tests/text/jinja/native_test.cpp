#include "text/jinja/native.h"

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaNative, BuiltinsTakeArgumentsByPositionAndName) {
  expect_snippets_as_jinja({
      "{{ s|truncate(length=5, killwords=true) }}",
      "{{ s|truncate(5, killwords=true, end='') }}",
      "{{ s|truncate(5, length=5) }}",
      "{{ s|truncate(1, 2, 3, 4, 5) }}",
      "{{ s.split(',', sep=',') }}",
      "{{ s.split(maxsplit=1) }}",
      "{{ s.strip(chars='H') }}",
      "{{ s.replace() }}",
      "{{ s.replace('l') }}",
      "{{ d.get(key='a') }}",
      "{{ xs|sort(true, reverse=true) }}",
      "{{ range(stop=3) }}",
      "{% set f = s.upper %}{{ f() }}",
      "{{ (s.split)(',') }}",
      "{% set f = d.get %}{{ f('a') }}{{ f('zz', 1) }}",
  });
}

TEST(JinjaNative, NamespacesHoldWhatTheyAreGiven) {
  expect_snippets_as_jinja({
      "{% set ns = namespace(a=1) %}{% set ns.b = ns %}{{ ns.b.b.a }}",
      "{% set ns = namespace(items=1) %}{{ ns.items }}",
      "{% set ns = namespace() %}{{ ns is mapping }}{{ ns is iterable }}{{ ns is defined }}{{ ns is callable }}",
      "{% set ns = namespace(a=1) %}{{ ns|list }}",
      "{% set ns = namespace(a=1) %}{{ ns == ns }}{{ ns == namespace(a=1) }}",
      "{% set ns = namespace(a=1) %}{% set ns.a = ns.a + 1 %}{% macro m() %}{% set ns.a = 9 %}{% endmacro %}{{ m() "
      "}}{{ ns.a }}",
  });
}

TEST(JinjaNative, ArgumentsAreTakenOnce) {
  Heap heap(1 << 16, 1000);
  Args args;
  args.named.push_back({Value::of(make<Str>(heap, "a", true)), Value::of(Int{1})});
  EXPECT_TRUE(args.take("b").missing());
  EXPECT_TRUE(args.take("a").integer() == 1);
  EXPECT_TRUE(args.take("a").missing());
  args = {};
}

}  // namespace
}  // namespace sotto::text::jinja
