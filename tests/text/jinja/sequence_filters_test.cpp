#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaSequenceFilters, Parts) {
  expect_snippets_as_jinja({
      "{{ xs|first }}",
      "{{ es|first }}",
      "{{ xs|last }}",
      "{{ s|last }}",
      "{{ es|last }}",
      "{{ missing|first }}",
      "{{ d|first }}",
      "{{ d|last }}",
      "{{ n|first }}",
      "{{ xs|length }}",
      "{{ s|length }}",
      "{{ u|length }}",
      "{{ d|count }}",
      "{{ missing|length }}",
      "{{ n|length }}",
      "{{ none|length }}",
      "{{ range(4)|last }}",
      R"j({{ xs|map("string")|last }})j",
      R"j({{ xs|map("string")|length }})j",
      "{{ xs|list }}",
      "{{ s|list }}",
      "{{ d|list }}",
      "{{ n|list }}",
      "{{ missing|list }}",
      "{{ xs|reverse|list }}",
      "{{ s|reverse }}",
      "{{ u|reverse }}",
      "{{ d|reverse|list }}",
      "{{ n|reverse }}",
      "{{ xs|reverse|first }}",
      "{{ xs|batch(2)|list }}",
      "{{ xs|batch(2, 0)|list }}",
      "{{ xs|slice(2)|list }}",
      "{{ xs|slice(2, 9)|list }}",
      "{{ range(7)|slice(3)|list }}",
      R"j({{ range(7)|batch(3, "x")|list }})j",
      "{{ xs|slice(0)|list }}",
  });
}

TEST(JinjaSequenceFilters, Gathering) {
  expect_snippets_as_jinja({
      "{{ xs|join }}",
      R"j({{ xs|join(", ") }})j",
      R"j({{ mix|join("-") }})j",
      R"j({{ s|join(".") }})j",
      R"j({{ users|join(", ", attribute="name") }})j",
      R"j({{ users|join(attribute="age") }})j",
      R"j({{ es|join("x") }})j",
      "{{ n|join }}",
      "{{ missing|join }}",
      R"j({{ d|join(",") }})j",
      "{{ xs|join(1) }}",
      "{{ xs|sum }}",
      "{{ es|sum }}",
      R"j({{ users|sum(attribute="age") }})j",
      "{{ ys|sum }}",
      "{{ xs|sum(start=10) }}",
      "{{ [[1], [2]]|sum(start=[]) }}",
      R"j({{ users|sum("age", 1) }})j",
      "{{ d|items|list }}",
      "{{ missing|items|list }}",
      "{{ n|items|list }}",
      R"j({{ missing|default("x") }})j",
      R"j({{ none|default("x") }})j",
      R"j({{ none|default("x", true) }})j",
      R"j({{ ""|default("x", boolean=true) }})j",
      "{{ missing|d }}",
      "{{ missing|default }}",
      R"j({{ d.nope|default("y") }})j",
      R"j({{ d|attr("a") }})j",
      R"j({{ users[0]|attr("name") is defined }})j",
      R"j({{ missing|attr("x") }})j",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
