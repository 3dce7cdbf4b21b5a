#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaSelectionFilters, Map) {
  expect_snippets_as_jinja({
      R"j({{ xs|map("string")|list }})j",
      R"j({{ users|map(attribute="name")|list }})j",
      R"j({{ users|map(attribute="tags.0")|list }})j",
      R"j({{ users|map(attribute="tags", default="-")|list }})j",
      R"j({{ users|map(attribute="nope")|list }})j",
      R"j({{ users|map(attribute="a name of more than forty letters, as long as no number is")|list }})j",
      R"j({{ xs|map("nope")|list }})j",
      R"j({{ es|map("nope")|list }})j",
      "{{ xs|map|list }}",
      R"j({{ missing|map("upper")|list }})j",
      R"j({{ n|map("upper")|list }})j",
      R"j({{ ys|map("replace", "a", "z")|list }})j",
      R"j({{ xs|map("round", precision=1)|list }})j",
      R"j({{ xs|map("upper")|join }})j",
      R"j({{ xs|map(attribute="a", x=1)|list }})j",
      R"j({{ ys|map("upper")|map("lower")|first }})j",
      R"j({{ [xs, ys]|map("first")|list }})j",
      R"j({{ [xs]|map("map", "string")|map("list")|list }})j",
      "{{ xs|map(1)|list }}",
      R"j({{ d|map("upper")|list }})j",
      R"j({{ xs|map("int") is iterable }})j",
      R"j({{ xs|map("int") is sequence }})j",
      R"j({{ xs|map("abs")|map("string")|join }})j",
  });
}

TEST(JinjaSelectionFilters, SelectAndUnique) {
  expect_snippets_as_jinja({
      "{{ xs|select|list }}",
      "{{ mix|select|list }}",
      R"j({{ xs|select("odd")|list }})j",
      R"j({{ xs|reject("odd")|list }})j",
      R"j({{ xs|select(">", 1)|list }})j",
      R"j({{ xs|select("in", [1, 2])|list }})j",
      R"j({{ mix|select("string")|list }})j",
      R"j({{ mix|reject("none")|list }})j",
      R"j({{ users|selectattr("on")|list }})j",
      R"j({{ users|selectattr("age", "gt", 10)|map(attribute="name")|list }})j",
      R"j({{ users|rejectattr("on")|map(attribute="name")|list }})j",
      R"j({{ users|selectattr("tags", "defined")|list|length }})j",
      R"j({{ users|selectattr("name", "equalto", "bob")|first }})j",
      "{{ users|selectattr|list }}",
      R"j({{ xs|select("nope")|list }})j",
      R"j({{ es|select("nope")|list }})j",
      "{{ missing|select|list }}",
      R"j({{ messages|selectattr("role", "==", "user")|list }})j",
      "{{ [3, 1, 3, 2, 1]|unique|list }}",
      R"j({{ ["a", "A", "b"]|unique|list }})j",
      R"j({{ ["a", "A"]|unique(true)|list }})j",
      R"j({{ users|unique(attribute="age")|map(attribute="name")|list }})j",
      "{{ [[1]]|unique|list }}",
      "{{ d|unique|list }}",
      "{{ [1, 1.0, true]|unique|list }}",
      "{{ missing|unique|list }}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
