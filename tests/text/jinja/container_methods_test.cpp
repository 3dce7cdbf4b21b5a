#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaContainerMethods, Mappings) {
  expect_snippets_as_jinja({
      "{{ d.items() }}",
      "{{ d.keys() }}",
      "{{ d.values() }}",
      "{{ d.items()|list }}",
      R"j({{ d.get("a") }})j",
      R"j({{ d.get("q") }})j",
      R"j({{ d.get("q", 5) }})j",
      R"j({{ d.get("Z", 5) }})j",
      "{{ d.get([1]) }}",
      "{{ d.get() }}",
      "{{ d.copy() }}",
      "{{ d.fromkeys(xs) }}",
      R"j({{ d.fromkeys("ab", 0) }})j",
      "{{ d.keys()|list|length }}",
      "{{ d.items()|length }}",
      "{{ d.keys()[0] }}",
      "{{ d.keys() is iterable }}",
      "{{ d.keys() is sequence }}",
      "{{ d.keys() is mapping }}",
      R"j({{ d.pop("a") }})j",
      "{{ d.update({}) }}",
      "{{ d.clear() }}",
      R"j({{ d.setdefault("a", 1) }})j",
      "{{ d.popitem() }}",
      "{{ d.pop is defined }}",
      "{{ ed.items()|list }}",
      "{{ d.items()|first }}",
      "{{ d.values()|list|last }}",
      "{{ d.nope() }}",
      R"j({{ dict.fromkeys("ab") if false else 1 }})j",
  });
}

TEST(JinjaContainerMethods, Sequences) {
  expect_snippets_as_jinja({
      "{{ xs.index(1) }}",
      "{{ xs.index(9) }}",
      "{{ xs.index(1, 2) }}",
      "{{ xs.index(2, -2) }}",
      "{{ xs.count(1) }}",
      "{{ mix.count(1.0) }}",
      "{{ xs.copy() }}",
      "{{ (1, 2, 1).count(1) }}",
      "{{ (1, 2).index(2) }}",
      "{{ xs.append(4) }}",
      "{{ xs.insert(0, 1) }}",
      "{{ xs.pop() }}",
      "{{ xs.sort() }}",
      "{{ xs.reverse() }}",
      "{{ xs.remove(1) }}",
      "{{ xs.extend([1]) }}",
      "{{ xs.clear() }}",
      "{{ xs.sort is defined }}",
      "{{ (1, 2).copy is defined }}",
      "{{ xs.nope }}",
      "{{ xs.index() }}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
