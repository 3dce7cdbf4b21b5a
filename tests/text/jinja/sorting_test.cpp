#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaSorting, Sort) {
  expect_snippets_as_jinja({
      "{{ xs|sort }}",
      "{{ ys|sort }}",
      "{{ ys|sort(case_sensitive=true) }}",
      "{{ xs|sort(reverse=true) }}",
      "{{ mix|sort }}",
      "{{ s|sort }}",
      "{{ d|sort }}",
      "{{ es|sort }}",
      "{{ n|sort }}",
      R"j({{ users|sort(attribute="age")|map(attribute="name")|list }})j",
      R"j({{ users|sort(attribute="age,name", reverse=true)|map(attribute="name")|list }})j",
      R"j({{ users|sort(attribute="nope")|length }})j",
      "{{ [[2, 1], [1, 2]]|sort(attribute=0) }}",
      "{{ users|sort }}",
      "{{ [1, 2.5, true]|sort }}",
      R"j({{ ["b", "a", "B", "A"]|sort }})j",
      "{{ [none]|sort }}",
      R"j({{ [(1, "b"), (1, "a")]|sort }})j",
  });
}

TEST(JinjaSorting, Others) {
  expect_snippets_as_jinja({
      "{{ d|dictsort }}",
      R"j({{ {"b": 1, "A": 2}|dictsort }})j",
      R"j({{ {"b": 1, "A": 2}|dictsort(true) }})j",
      R"j({{ {"b": 1, "A": 2}|dictsort(by="value") }})j",
      R"j({{ {"b": 1, "a": 2}|dictsort(false, "key", true) }})j",
      R"j({{ {"b": 1}|dictsort(by="x") }})j",
      "{{ xs|dictsort }}",
      R"j({{ {1: 2, "a": 3}|dictsort }})j",
      "{{ xs|min }}",
      "{{ xs|max }}",
      "{{ ys|min }}",
      "{{ ys|max(case_sensitive=true) }}",
      "{{ es|min }}",
      R"j({{ users|max(attribute="age") }})j",
      "{{ mix|max }}",
      "{{ s|min }}",
      R"j({{ users|groupby("age") }})j",
      R"j({{ users|groupby("age")|length }})j",
      R"j({{ users|groupby("name")|map(attribute="grouper")|list }})j",
      R"j({{ [{"k": "b"}, {"k": "A"}, {"k": "B"}]|groupby("k") }})j",
      R"j({{ users|groupby("tags", default=[])|map("first")|list }})j",
      R"j({{ [{"k": 1}, {}]|groupby("k", default=0) }})j",
      R"j({{ xs|groupby("x") }})j",
      R"j({% for age, group in users|groupby("age") %}{{ age }}:{{ group|length }};{% endfor %})j",
      R"j({% for g in users|groupby("age") %}{{ g.grouper }}{{ g.list|length }}{% endfor %})j",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
