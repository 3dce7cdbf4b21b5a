#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaStringQueries, Searching) {
  expect_snippets_as_jinja({
      R"j({{ s.find("l") }})j", R"j({{ s.find("z") }})j", R"j({{ s.find("l", 4) }})j", R"j({{ s.find("l", -3) }})j",
      R"j({{ s.find("l", 0, 2) }})j", R"j({{ s.rfind("l") }})j", R"j({{ s.rfind("l", 0, 5) }})j",
      R"j({{ s.index("o") }})j", R"j({{ s.index("z") }})j", R"j({{ s.rindex("o") }})j", R"j({{ s.rindex("z") }})j",
      R"j({{ u.find("日") }})j", R"j({{ u.rfind("σ") }})j", R"j({{ u.find("日", 5) }})j", R"j({{ s.find("") }})j",
      R"j({{ s.rfind("") }})j", R"j({{ s.find("", 20) }})j", R"j({{ s.find("", 12) }})j", R"j({{ s.count("l") }})j",
      R"j({{ s.count("l", 4) }})j", R"j({{ s.count("") }})j", R"j({{ u.count("") }})j",
      R"j({{ "aaaa".count("aa") }})j", R"j({{ s.count("l", 20) }})j", R"j({{ s.startswith("He") }})j",
      R"j({{ s.startswith("el", 1) }})j", R"j({{ s.startswith(("x", "H")) }})j", "{{ s.startswith(()) }}",
      R"j({{ s.startswith("") }})j", R"j({{ s.startswith("", 20) }})j", "{{ s.startswith(1) }}",
      R"j({{ s.startswith(["H"]) }})j", R"j({{ s.endswith("ld") }})j", R"j({{ s.endswith("l", 0, 4) }})j",
      R"j({{ s.endswith(("x", "d")) }})j", R"j({{ s.endswith("World", 7) }})j", "{{ s.find(1) }}", "{{ s.find() }}",
      R"j({{ s.startswith("H", "e") }})j", R"j({{ s.find("l", none, none) }})j",
  });
}

TEST(JinjaStringQueries, Kinds) {
  expect_snippets_as_jinja({
      R"j({{ "abc".isalpha() }})j", R"j({{ "ab1".isalpha() }})j", R"j({{ "".isalpha() }})j",
      R"j({{ "é日".isalpha() }})j", R"j({{ "ab1".isalnum() }})j", R"j({{ "a-b".isalnum() }})j",
      R"j({{ "12".isdigit() }})j", R"j({{ "²".isdigit() }})j", R"j({{ "²".isdecimal() }})j",
      R"j({{ "½".isnumeric() }})j", R"j({{ "½".isdigit() }})j", R"j({{ "٣".isdecimal() }})j",
      R"j({{ " \t\n".isspace() }})j", R"j({{ "\u00a0\x1c".isspace() }})j", R"j({{ "".isspace() }})j",
      R"j({{ "abc".isascii() }})j", R"j({{ "".isascii() }})j", R"j({{ "é".isascii() }})j",
      R"j({{ "a\n".isprintable() }})j", R"j({{ "".isprintable() }})j", R"j({{ "aé日".isprintable() }})j",
      R"j({{ "ABC1".isupper() }})j", R"j({{ "ABc".isupper() }})j", R"j({{ "1".isupper() }})j",
      R"j({{ "abc1".islower() }})j", R"j({{ "ª".islower() }})j", R"j({{ "ǅ".islower() }})j",
      R"j({{ "Hello World".istitle() }})j", R"j({{ "Hello world".istitle() }})j", R"j({{ "HELLO".istitle() }})j",
      R"j({{ "".istitle() }})j", R"j({{ "They'Re".istitle() }})j", R"j({{ "a1_".isidentifier() }})j",
      R"j({{ "1a".isidentifier() }})j", R"j({{ "".isidentifier() }})j", R"j({{ "é".isidentifier() }})j",
      R"j({{ "a-b".isidentifier() }})j",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
