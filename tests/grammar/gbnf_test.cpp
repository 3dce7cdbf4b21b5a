#include "grammar/gbnf.h"

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

using support::gbnf_matches;
using support::gbnf_refusal;

// Written after the notation's description, with every form there is.
constexpr std::string_view kAll = R"(# a comment
root  ::= (greeting | number) end? # another
greeting ::=
  "hello" ( " " name
          | "" )   # over several lines
name ::= [A-Z] [a-z]{1,3}
  | "\"q\"\n\x41\u00e9\U0001F600"
number ::= [0-9]{2} | [^a-zA-Z0-9\]\-]+ | "x"{3,} | "y"{,2} "z"
end ::= "!" | .
)";

TEST(Gbnf, ReadsTheWholeNotation) {
  for (const char* text : {"hello", "hello Bob", "hello Bob!", "hello?", "hello \"q\"\nA\xC3\xA9\xF0\x9F\x98\x80", "12",
                           "12é", "..,", "xxx", "xxxxxx!", "z", "yyz", "yz\n"})
    EXPECT_TRUE(gbnf_matches(kAll, text)) << text;
  for (const char* text : {"hello bob", "hello B", "hello Robert", "1", "123x", "xx", "yyyz", "]", "", "hello!!"})
    EXPECT_FALSE(gbnf_matches(kAll, text)) << text;
}

TEST(Gbnf, ReadsJsonAsLlamaCppsExampleHasIt) {
  constexpr std::string_view json = R"(
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws
object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws
array  ::= "[" ws ( value ("," ws value)* )? "]" ws
string ::= "\"" ([^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}))* "\"" ws
number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
ws ::= | " " | "\n" [ \t]{0,20}
)";
  EXPECT_TRUE(gbnf_matches(json, R"({"a": [1, -2.5e3, {"b": "ü\n\u00e9"}], "c": null})"));
  EXPECT_FALSE(gbnf_matches(json, R"({"a": [1,]})"));
  EXPECT_FALSE(gbnf_matches(json, "[]"));
}

TEST(Gbnf, ErrorsNameThePlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"root ::= \"a\" | nowhere", "line 1, column 16: there is no rule nowhere"},
      {"a ::= \"b\"\n", "there is no rule root"},
      {"", "there is no rule root"},
      {"root ::= \"a", "line 1, column 10: this literal is not closed"},
      {"root ::= [a", "column 10: this class is not closed"},
      {"root ::= (\"a\"", "column 10: this group is not closed"},
      {"root ::= \"a\" )", "column 14: expected the end of the line, found ')'"},
      {"root = \"a\"", "column 6: expected ::= after root, found '='"},
      {"root ::= \"a\"\nroot ::= \"b\"", "line 2, column 1: the rule root is given twice"},
      {"root ::= \"\\q\"", "column 11: unknown escape"},
      {"root ::= \"\\u12\"", "column 11: expected 4 hexadecimal digits"},
      {"root ::= \"\\uD800\"", "no code point"},
      {"root ::= [z-a]", "column 12: the range ends before it begins"},
      {"root ::= \"a\"{3,2}", "column 13: 3 is more than 2"},
      {"root ::= \"a\"{x}", "column 13: expected {m}"},
      {"root ::= \"a\"{30000}", "at most 20000 are possible"},
      {"root ::= <think>", "tokens by name or number are not supported"},
      {"::= \"a\"", "line 1, column 1: expected the name of a rule, found ':'"},
      {"root ::= \"\xFF\"", "byte 10 is no UTF-8"},
      {"root ::= root", "rule root begins with itself"},
  };
  for (const auto& [gbnf, problem] : cases)
    EXPECT_NE(gbnf_refusal(gbnf).find(problem), std::string::npos) << gbnf << ": " << gbnf_refusal(gbnf);
}

TEST(Gbnf, IsBounded) {
  EXPECT_NE(gbnf_refusal("root ::= " + std::string(1000, '(') + "\"a\"").find("nested deeper than"), std::string::npos);
  EXPECT_NE(gbnf_refusal("root ::= ((((\"a\"{9999}){9999}){9999}){9999}){9999}").find("too large"), std::string::npos);
  EXPECT_NE(gbnf_refusal("root ::= \"a\"" + std::string(50'000, '*')).find("repetitions"), std::string::npos);
  EXPECT_NE(gbnf_refusal(std::string(2 << 20, '#')).find("at most"), std::string::npos);
  std::string rules = "root ::= \"a\"\n";
  for (int i = 0; i < 30'000; ++i) rules += "r" + std::to_string(i) + " ::= \"b\"\n";
  EXPECT_NE(gbnf_refusal(rules).find("too large"), std::string::npos);
}

TEST(Gbnf, MayBeginAfterATrigger) {
  const auto grammar = read_gbnf("root ::= [0-9]+ \">\"", {.trigger = "<n:"});
  ASSERT_TRUE(grammar);
  EXPECT_TRUE(support::matches(*grammar, "any text < <n"));
  EXPECT_TRUE(support::matches(*grammar, "text <n:12>"));
  EXPECT_FALSE(support::matches(*grammar, "text <n:12> more"));
  EXPECT_FALSE(support::matches(*grammar, "text <n:x>"));
}

}  // namespace
}  // namespace sotto::grammar
