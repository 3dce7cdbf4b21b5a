#include "text/jinja/lexer.h"

#include "text/jinja/oracle.h"
#include "text/jinja/parser.h"

namespace sotto::text::jinja {
namespace {

// Every way to put white space and signs around tags: what is left of it is jinja2's to say.
TEST(JinjaLexer, WhiteSpaceAroundTags) {
  std::vector<std::string> snippets;
  const std::vector<std::string> spaces = {"",    " ",    "\n",   "  \n  ", "x",     " x ",
                                           "x\n", "\n\n", "\t\n", "\r\n ",  "\f\x1c"};
  const std::vector<std::string> tags = {"{%S if t E%}", "{#S c E#}", "{{S n V}}", "{%S raw R%}{{ 1 }}{%S endraw E%}",
                                         "{#SE#}"};
  const auto fill = [](std::string tag, char name, const std::string& sign) {
    for (std::size_t at; (at = tag.find(name)) != std::string::npos;) tag.replace(at, 1, sign);
    return tag;
  };
  for (const std::string& tag : tags) {
    for (const std::string& before : spaces) {
      for (const std::string& after : spaces) {
        const std::size_t i = snippets.size();
        const std::string signs[] = {"", "-", "+"};
        std::string made = fill(tag, 'S', signs[i % 3]);
        made = fill(made, 'E', signs[i / 3 % 3]);
        made = fill(made, 'V', i % 2 == 0 ? "" : "-");
        made = fill(made, 'R', i % 2 == 0 ? "" : "-");
        const bool opens = made.find("if t") != std::string::npos;
        snippets.push_back("a" + before + made + after + (opens ? "b{% endif %}\n" : "b\n"));
        snippets.push_back(before + made + after + (opens ? "{% endif %}" : ""));
      }
    }
  }
  ASSERT_GT(snippets.size(), 1000u);
  expect_snippets_as_jinja(snippets);
}

TEST(JinjaLexer, TokensInsideTags) {
  expect_snippets_as_jinja({
      "{{ {'a': {'b': 1}}}}",
      "{{ '}}' }}",
      "{{ \"%}\" }}",
      "{% set x = '%}' %}{{ x }}",
      "{{ 1}}",
      "{{1 }}",
      "{{-1}}",
      "{{- 1 -}}",
      "{{+1}}",
      "{{ [1,2][0]}}",
      "{{ 1_0 }}",
      "{{ 1__0 }}",
      "{{ 0x_f }}",
      "{{ 0b12 }}",
      "{{ 007 }}",
      "{{ 00 }}",
      "{{ 1e5 }}",
      "{{ 1.5E-3 }}",
      "{{ 1. }}",
      "{{ .5 }}",
      "{{ 1.e5 }}",
      "{{ 1e }}",
      "{{ 1.2.3 }}",
      "{{ 'a\nb' }}",
      "{{ 'a\\\nb' }}",
      R"({{ '\x41\u00e9\U0001F600\101\0\'\"\\\q\n' }})",
      R"({{ "\N{DASH}" }})",
      R"({{ '\xZZ' }})",
      R"({{ '\' }})",
      "{{ é }}",
      "{{ éa1 is defined }}",
      "{{ a→b }}",
      "{{ ( ] }}",
      "{{ } }}",
      "{{ (1 }} 2) }}",
      "{{ [1}}",
      "a { b } c {",
      "{",
      "{ {",
      "}} %} #}",
      "{# {{ x }} #}a",
      "{# # #}a{#-#}b",
      "{#}#}",
      "{% raw %}{{ x }}{% endraw %}",
      "{% raw %}{% raw %}{% endraw %}",
      "{%raw%}a{%endraw%}b",
      "{% raw -%}  a  {%- endraw -%}  b",
      "{% raw %}{# c #}{%endraw %}",
      "{%- raw %} a{% endraw +%}\n b",
      "{% rawx %}",
      "{{\n1\n}}",
      "{{ 1\n+\n2 }}",
      "a\r\nb\rc\n",
      "a\n\n",
      "\n",
      "\r\n",
      "a{{ 1 }}\n",
      "a{{ 1 }}\n\n",
      "{{ 1 ;2 }}",
      "{{ a:b }}",
      "{{ 'x' \n 'y' }}",
      "{{ s\u00a0}}",
  });
}

TEST(JinjaLexer, LinesAreCounted) {
  Lexer lexer("a\nb {{ x\n\n y }}{# \n #}{% z %}");
  std::vector<std::pair<std::string, int>> found;
  for (;;) {
    const auto token = lexer.next();
    ASSERT_TRUE(token);
    if (token->token == Token::kEnd) break;
    if (token->token == Token::kName) found.emplace_back(token->text, token->line);
  }
  EXPECT_EQ(found, (std::vector<std::pair<std::string, int>>{{"x", 2}, {"y", 4}, {"z", 5}}));
}

TEST(JinjaLexer, ErrorsNameTheLine) {
  for (const auto& [source, message] :
       std::vector<std::pair<std::string, std::string>>{{"\n{{ @", "line 2: unexpected character '@'"},
                                                        {"\n\n{{ 'a", "line 3: string without its closing quote"},
                                                        {"{# a", "line 1: comment without its end"},
                                                        {"{% raw %}a", "line 1: raw block without endraw"},
                                                        {"{{ ( ] }}", "line 1: unexpected ']', expected ')'"}}) {
    const auto program = parse_program(source);
    ASSERT_FALSE(program) << source;
    EXPECT_EQ(program.error().message.find("chat template, " + message), 0u) << program.error().message;
  }
}

}  // namespace
}  // namespace sotto::text::jinja
