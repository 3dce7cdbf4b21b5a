#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaBraceFormat, Fields) {
  expect_snippets_as_jinja({
      R"j({{ "{}".format(1) }})j", R"j({{ "{} {}".format(1, 2) }})j", R"j({{ "{1} {0}".format(1, 2) }})j",
      R"j({{ "{a}".format(a=1) }})j", R"j({{ "{0.name}".format(users[0]) }})j",
      R"j({{ "{0[name]}".format(users[0]) }})j", R"j({{ "{0[0]}".format(xs) }})j",
      R"j({{ "{0[x][y]}".format(nested) }})j", R"j({{ "{!r}".format(s) }})j", R"j({{ "{!s}".format(xs) }})j",
      R"j({{ "{!r:>20}".format(s) }})j", R"j({{ "{{}}".format() }})j", R"j({{ "{{{}}}".format(1) }})j",
      R"j({{ "{} {0}".format(1) }})j", R"j({{ "{0} {}".format(1) }})j", R"j({{ "{2}".format(1) }})j",
      R"j({{ "{a}".format() }})j", R"j({{ "{".format() }})j", R"j({{ "}".format() }})j", R"j({{ "{}".format() }})j",
      R"j({{ "{:{}}|".format("a", 5) }})j", R"j({{ "{:{w}}|".format("a", w=5) }})j",
      R"j({{ "{0:>{1}}".format(s, 20) }})j", R"j({{ "{}".format(missing) }})j", R"j({{ "{:5}".format(missing) }})j",
      R"j({{ "{}".format(none) }})j", R"j({{ "{:5}".format(none) }})j", R"j({{ "{!z}".format(1) }})j",
      R"j({{ "{0.nope}".format(d) }})j", R"j({{ "{a.b}".format(a=1) }})j", R"j({{ "{0.a}".format(d) }})j",
      R"j({{ "{0.upper}".format(xs) }})j", R"j({{ "é{}é".format("ß") }})j", R"j({{ "{:}".format(1) }})j",
  });
}

TEST(JinjaBraceFormat, Specs) {
  expect_snippets_as_jinja({
      R"j({{ "{:>8}|".format(s[:3]) }})j", R"j({{ "{:<8}|".format(s[:3]) }})j", R"j({{ "{:^8}|".format(s[:3]) }})j",
      R"j({{ "{:*^9}|".format("ab") }})j", R"j({{ "{:é>4}".format("a") }})j", R"j({{ "{:.2}".format(s) }})j",
      R"j({{ "{:5.2}|".format(s) }})j", R"j({{ "{:5}|".format(42) }})j", R"j({{ "{:<5}|".format(42) }})j",
      R"j({{ "{:05}".format(-42) }})j", R"j({{ "{:=+6}".format(42) }})j", R"j({{ "{:+}".format(42) }})j",
      R"j({{ "{: }".format(42) }})j", R"j({{ "{:,}".format(1234567) }})j", R"j({{ "{:_}".format(1234567) }})j",
      R"j({{ "{:,.2f}".format(1234567.891) }})j", R"j({{ "{:x}".format(255) }})j", R"j({{ "{:#x}".format(255) }})j",
      R"j({{ "{:#b}".format(5) }})j", R"j({{ "{:o}".format(8) }})j", R"j({{ "{:c}".format(1) }})j",
      R"j({{ "{:d}".format(1.5) }})j", R"j({{ "{:f}".format(1) }})j", R"j({{ "{:.3f}".format(2.0005) }})j",
      R"j({{ "{:e}".format(12345.678) }})j", R"j({{ "{:g}".format(1e20) }})j", R"j({{ "{:.1%}".format(0.256) }})j",
      R"j({{ "{:%}".format(1) }})j", R"j({{ "{:n}".format(1234) }})j", R"j({{ "{}".format(1.0) }})j",
      R"j({{ "{:8}|".format(1.5) }})j", R"j({{ "{:.3}".format(3.14159) }})j",
      R"j({{ "{:.3}".format(1234567.0) }})j", R"j({{ "{:5}|".format(true) }})j", R"j({{ "{}".format(true) }})j",
      R"j({{ "{:d}".format(true) }})j", R"j({{ "{:s}".format(1) }})j", R"j({{ "{:d}".format("a") }})j",
      R"j({{ "{:=5}".format("a") }})j", R"j({{ "{:+}".format("a") }})j", R"j({{ "{:5.}".format(1.0) }})j",
      R"j({{ "{:.2}".format(5) }})j", R"j({{ "{:zz}".format(5) }})j", R"j({{ "{:>5}".format([1]) }})j",
      R"j({{ "{:X}".format(48879) }})j", R"j({{ "{:_x}".format(65536 * 16) }})j",
      R"j({{ "{:05}|".format("ab") }})j", R"j({{ "{:G}".format(1e-10) }})j",
      R"j({{ "{:10.3e}|".format(0.00012345) }})j",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
