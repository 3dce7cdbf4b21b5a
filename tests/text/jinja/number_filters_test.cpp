#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaNumberFilters, Conversions) {
  expect_snippets_as_jinja({
      R"j({{ "42"|int }})j", R"j({{ " 42 "|int }})j", R"j({{ "4_2"|int }})j", R"j({{ "42.9"|int }})j",
      R"j({{ "x"|int }})j", R"j({{ "x"|int(7) }})j", R"j({{ "0x1f"|int(base=16) }})j", R"j({{ "1f"|int(0, 16) }})j",
      R"j({{ "0x1f"|int(base=0) }})j", R"j({{ "0b11"|int(base=2) }})j", R"j({{ "-7"|int }})j",
      R"j({{ "+7"|int }})j", R"j({{ "1e3"|int }})j", "{{ f|int }}", "{{ -f|int }}", "{{ true|int }}",
      "{{ none|int }}", "{{ none|int(3) }}", "{{ []|int(3) }}", "{{ missing|int }}", R"j({{ "inf"|int }})j",
      "{{ (1e308 * 10)|int }}", "{{ big|int }}", R"j({{ ""|int }})j", R"j({{ "__1"|int }})j",
      R"j({{ "1__1"|int }})j", R"j({{ "010"|int }})j", R"j({{ "z"|int(base=36) }})j", R"j({{ "1"|int(base=1) }})j",
      R"j({{ "3.5"|float }})j", R"j({{ " 3.5 "|float }})j", R"j({{ "1e3"|float }})j", R"j({{ "x"|float }})j",
      R"j({{ "x"|float(1.5) }})j", R"j({{ "inf"|float }})j", R"j({{ "-Infinity"|float }})j",
      R"j({{ "nan"|float }})j", "{{ n|float }}", "{{ none|float }}", "{{ missing|float }}",
      R"j({{ "1_0.5"|float }})j", R"j({{ "0x10"|float }})j", R"j({{ "."|float }})j", R"j({{ "1."|float }})j",
      R"j({{ ".5"|float }})j",
  });
}

TEST(JinjaNumberFilters, Rounding) {
  expect_snippets_as_jinja({
      "{{ 2.5|round }}", "{{ 3.5|round }}", "{{ -2.5|round }}", "{{ 42.55|round(1) }}", "{{ 2.675|round(2) }}",
      "{{ 1234.5|round(-2) }}", "{{ 1250|round(-2) }}", "{{ 1350|round(-2) }}", "{{ n|round }}", "{{ n|round(2) }}",
      R"j({{ 2.1|round(method="ceil") }})j", R"j({{ -2.1|round(method="ceil") }})j",
      R"j({{ 2.9|round(method="floor") }})j", R"j({{ 42.55|round(1, "floor") }})j",
      R"j({{ 42.551|round(2, "ceil") }})j", R"j({{ n|round(1, "floor") }})j", R"j({{ 123.4|round(-1, "ceil") }})j",
      "{{ 2.5|round(none) }}", R"j({{ 2.5|round(0, "x") }})j", R"j({{ "2.5"|round }})j", "{{ none|round }}",
      "{{ true|round }}", "{{ 1e300|round(2) }}", "{{ 0.5|round }}", "{{ 1.5|round|int }}", "{{ -0.4|round }}",
      "{{ m|abs }}", "{{ -2.5|abs }}", "{{ true|abs }}", R"j({{ "x"|abs }})j", "{{ none|abs }}",
      "{{ missing|abs }}", "{{ 0|filesizeformat }}", "{{ 1|filesizeformat }}", "{{ 999|filesizeformat }}",
      "{{ 1000|filesizeformat }}", "{{ 1234567|filesizeformat }}", "{{ 1234567|filesizeformat(true) }}",
      R"j({{ "1e25"|filesizeformat }})j", "{{ 1e30|filesizeformat(true) }}", "{{ none|filesizeformat }}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
