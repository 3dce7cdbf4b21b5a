#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaStringMethods, Case) {
  expect_snippets_as_jinja({
      "{{ s.upper() }}",
      "{{ u.upper() }}",
      "{{ u.lower() }}",
      "{{ u.title() }}",
      "{{ u.capitalize() }}",
      "{{ u.swapcase() }}",
      "{{ u.casefold() }}",
      R"j({{ "they're bill's"|title }})j",
      R"j({{ "they're bill's".title() }})j",
      R"j({{ "ΑΣ".lower() }})j",
      R"j({{ "Σ".lower() }})j",
      R"j({{ "ΑΣ.".lower() }})j",
      R"j({{ "ΑΣΑ".lower() }})j",
      R"j({{ "Α'Σ".lower() }})j",
      R"j({{ "ŉ ǰ İ".lower() }})j",
      R"j({{ "ŉ ǰ ﬃ և".upper() }})j",
      R"j({{ "ﬃ".capitalize() }})j",
      R"j({{ "ǆ".title() }})j",
      R"j({{ "Straße".casefold() }})j",
      R"j({{ "".upper() }})j",
      R"j({{ "1a".title() }})j",
      "{{ s.upper(1) }}",
  });
}

TEST(JinjaStringMethods, CutAndJoin) {
  expect_snippets_as_jinja({
      "{{ w.strip() }}",
      "{{ w.lstrip() }}",
      "{{ w.rstrip() }}",
      R"j({{ s.strip("Hd") }})j",
      R"j({{ s.lstrip("Hel") }})j",
      R"j({{ s.rstrip("dlr") }})j",
      R"j({{ u.strip("ß😀") }})j",
      "{{ s.strip(none) }}",
      "{{ s.strip(1) }}",
      R"j({{ s.strip("") }})j",
      R"j({{ csv.split(",") }})j",
      R"j({{ csv.split(",", 1) }})j",
      R"j({{ csv.split(",", maxsplit=2) }})j",
      R"j({{ csv.split(sep=",") }})j",
      "{{ w.split() }}",
      "{{ w.split(none, 1) }}",
      R"j({{ " a  b ".split(" ") }})j",
      R"j({{ "".split() }})j",
      R"j({{ "".split(",") }})j",
      R"j({{ s.split("") }})j",
      "{{ s.split(1) }}",
      R"j({{ csv.rsplit(",", 1) }})j",
      R"j({{ csv.rsplit(",") }})j",
      "{{ w.rsplit(none, 1) }}",
      R"j({{ "a b c ".rsplit(maxsplit=1) }})j",
      "{{ lines.splitlines() }}",
      "{{ lines.splitlines(true) }}",
      R"j({{ "\na\x0b\x1cb\u2028c\r".splitlines() }})j",
      R"j({{ "\na\r\n".splitlines(keepends=true) }})j",
      R"j({{ "".splitlines() }})j",
      R"j({{ csv.partition(",") }})j",
      R"j({{ csv.partition("x") }})j",
      R"j({{ csv.rpartition(",") }})j",
      R"j({{ csv.rpartition("x") }})j",
      R"j({{ csv.partition("") }})j",
      R"j({{ "-".join(ys) }})j",
      R"j({{ "-".join(xs) }})j",
      R"j({{ "".join([]) }})j",
      R"j({{ ", ".join(s) }})j",
      R"j({{ "-".join(d) }})j",
      R"j({{ s.removeprefix("He") }})j",
      R"j({{ s.removeprefix("x") }})j",
      R"j({{ s.removesuffix("ld") }})j",
      R"j({{ s.removesuffix("") }})j",
      R"j({{ s.replace("l", "") }})j",
      R"j({{ s.replace("", ".") }})j",
      R"j({{ u.replace("", ".") }})j",
      R"j({{ s.replace("l", "L", 0) }})j",
      R"j({{ s.replace("l", "L", -1) }})j",
      R"j({{ s.replace(old="l", new="L") }})j",
      R"j({{ "".replace("", "x") }})j",
      R"j({{ s.replace("l", 1) }})j",
  });
}

TEST(JinjaStringMethods, FieldsAndFormats) {
  expect_snippets_as_jinja({
      R"j({{ s.center(20, "*") }})j",
      "{{ s.center(19) }}",
      R"j({{ "ab".center(5) }})j",
      R"j({{ "abc".center(6) }})j",
      R"j({{ s.ljust(15) ~ "|" }})j",
      R"j({{ s.rjust(15, "é") }})j",
      R"j({{ s.ljust(15, "ab") }})j",
      R"j({{ s.ljust("x") }})j",
      R"j({{ "42".zfill(5) }})j",
      R"j({{ "-42".zfill(5) }})j",
      R"j({{ "+é".zfill(5) }})j",
      R"j({{ "".zfill(2) }})j",
      R"j({{ "a\tb\n\tc".expandtabs() }})j",
      R"j({{ "a\tb".expandtabs(4) }})j",
      R"j({{ "a\tb".expandtabs(tabsize=0) }})j",
      R"j({{ "éé\tb".expandtabs(3) }})j",
      R"j({{ "{x}".format_map({"x": 1}) }})j",
      "{{ s.nope() }}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
