#include "text/jinja/registry.h"

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaRegistry, FindsByName) {
  ASSERT_NE(find_filter("tojson"), nullptr);
  EXPECT_EQ(find_filter("tojson")->name, "tojson");
  EXPECT_EQ(find_filter("nope"), nullptr);
  EXPECT_NE(find_test("divisibleby"), nullptr);
  EXPECT_EQ(find_test("upper")->params, "");
  EXPECT_NE(find_global("namespace"), nullptr);
  EXPECT_NE(find_method(Kind::kStr, "strip"), nullptr);
  EXPECT_EQ(find_method(Kind::kList, "strip"), nullptr);
}

// What Python's types have is found, refused or named as unsupported, never taken for a missing attribute.
TEST(JinjaRegistry, EveryAttributeOfPythonsTypesIsKnown) {
  const auto known = [](Kind kind, std::string_view name) {
    return find_method(kind, name) || is_refused_attribute(kind, name) || is_unsupported_attribute(kind, name);
  };
  for (const char* name :
       {"capitalize", "casefold",     "center",       "count",   "encode",     "endswith",    "expandtabs",
        "find",       "format",       "format_map",   "index",   "isalnum",    "isalpha",     "isascii",
        "isdecimal",  "isdigit",      "isidentifier", "islower", "isnumeric",  "isprintable", "isspace",
        "istitle",    "isupper",      "join",         "ljust",   "lower",      "lstrip",      "maketrans",
        "partition",  "removeprefix", "removesuffix", "replace", "rfind",      "rindex",      "rjust",
        "rpartition", "rsplit",       "rstrip",       "split",   "splitlines", "startswith",  "strip",
        "swapcase",   "title",        "translate",    "upper",   "zfill"}) {
    EXPECT_TRUE(known(Kind::kStr, name)) << name;
  }
  for (const char* name :
       {"append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"}) {
    EXPECT_TRUE(known(Kind::kList, name)) << name;
  }
  for (const char* name :
       {"clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"}) {
    EXPECT_TRUE(known(Kind::kDict, name)) << name;
  }
  EXPECT_NE(render("{{ 'a'.encode() }}").find("the attribute 'encode' of 'str' is not supported"), std::string::npos);
}

}  // namespace
}  // namespace sotto::text::jinja
