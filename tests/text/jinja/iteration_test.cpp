#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaIteration, WhatCanBeWalked) {
  expect_snippets_as_jinja({
      "{{ xs|list }}",
      "{{ s[:3]|list }}",
      R"j({{ "日é"|list }})j",
      "{{ d|list }}",
      "{{ range(3)|list }}",
      "{{ d.items()|list }}",
      "{{ d.values()|list }}",
      "{{ missing|list }}",
      "{{ n|list }}",
      "{{ none|list }}",
      "{{ f|list }}",
      "{{ dict|list }}",
      R"j({{ xs|map("string")|list }})j",
      "{{ [xs|reverse|list, xs] }}",
      "{{ s|length }}",
      "{{ u|length }}",
      R"j({{ "\U0001f600é"|length }})j",
      "{{ d|length }}",
      "{{ range(7)|length }}",
      "{{ d.keys()|length }}",
      "{{ true|list }}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
