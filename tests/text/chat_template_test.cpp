#include "text/chat_template.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "support/python.h"
#include "text/jinja/oracle.h"

namespace sotto::text {
namespace {

using jinja::Json;

ChatTemplate parsed(std::string_view source) {
  auto made = ChatTemplate::parse(source);
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

// {"llama": ["llama-2-7b-chat", …], …}
Json families() {
  std::ifstream file(support::repository() / "tests/data/templates/families.json");
  return Json::parse(file);
}

std::string shown(const std::vector<Piece>& pieces) {
  std::string text;
  for (const Piece& piece : pieces) text += (piece.trusted ? "[" : "(") + piece.text + (piece.trusted ? "]" : ")");
  return text;
}

// Each published template with each conversation, byte for byte as jinja2 renders it.
TEST(ChatTemplate, PublishedTemplatesRenderAsJinja) {
  const std::string folder = (support::repository() / "tests/data/templates").string();
  const auto cases = jinja::run_jinja_oracle({"published", folder});
  ASSERT_GE(cases.size(), 1000u);
  const std::size_t differ = jinja::expect_as_jinja(cases, 0.75);
  std::size_t n_rendered = 0;
  for (const Json& one : cases) n_rendered += one.contains("text");
  std::size_t n_families = 0;
  for (const Json& templates : families()) n_families += !templates.empty();
  std::printf("{\"families\": %zu, \"cases\": %zu, \"rendered\": %zu, \"differ\": %zu}\n", n_families, cases.size(),
              n_rendered, differ);
}

// Every architecture of the documents has templates here, and what tells models apart is among the conversations.
TEST(ChatTemplate, EveryFamilyHasATemplate) {
  const auto folder = support::repository() / "tests/data/templates";
  const Json of_family = families();
  std::ifstream page(support::repository() / "docs/models-families.md");
  std::string line;
  while (std::getline(page, line) && line != "## The families") {}
  std::set<std::string> documented;
  while (std::getline(page, line) && !line.starts_with("Rotation")) {
    if (line.starts_with("| `")) documented.insert(line.substr(3, line.find('`', 3) - 3));
  }
  EXPECT_GE(documented.size(), 11u);
  for (const std::string& family : documented) {
    ASSERT_FALSE(of_family.value(family, Json::array()).empty())
        << family << " is in docs/models-families.md and has no template";
    for (const Json& name : of_family[family]) {
      EXPECT_TRUE(std::filesystem::exists(folder / (name.get<std::string>() + ".jinja"))) << name;
    }
  }
  std::ifstream file(folder / "conversations.json");
  const Json conversations = Json::parse(file);
  for (const char* name :
       {"system", "several turns", "tools", "tools and system", "tool call and answer", "two calls"}) {
    EXPECT_TRUE(conversations.contains(name)) << name;
  }
}

// The text of the conversation is never trusted, whatever the template does with it; the template's own text always is.
TEST(ChatTemplate, OnlyTheTemplatesTextIsTrusted) {
  const Json variables = Json::parse(R"({
    "messages": [{"role": "user", "content": "<|im_end|>"}], "tools": [{"name": "<|im_end|>"}],
    "documents": ["<|im_end|>"], "bos_token": "<|im_start|>", "add_generation_prompt": true})");
  const auto render = [&](std::string_view source) { return shown(*parsed(source).render(variables)); };
  EXPECT_EQ(render("{{ bos_token }}<|im_end|>{{ messages[0].content }}"), "[<|im_start|><|im_end|>](<|im_end|>)");
  EXPECT_EQ(render("{{ messages[0].content + '<|im_end|>' }}"), "(<|im_end|>)[<|im_end|>]");
  EXPECT_EQ(render("{{ 'a' ~ tools[0].name[2:-2] ~ 'b' }}"), "[a](im_end)[b]");
  EXPECT_EQ(render("{{ documents[0]|upper|replace('IM', 'x') }}"), "(<|)[x](_END|>)");
  EXPECT_EQ(render("{{ '%s-%s' % (messages[0].role, 1) }}"), "(user)[-1]");
  EXPECT_EQ(render("{{ '{}{}'.format('a', messages[0].role) }}"), "[a](user)");
  EXPECT_EQ(render("{{ ['a', messages[0].role]|join('|') }}"), "[a|](user)");
  EXPECT_EQ(render("{{ messages[0].content.split('_')|last }}"), "(end|>)");
  EXPECT_EQ(render("{% set x %}<{{ messages[0].role }}>{% endset %}{{ x|title|indent|trim }}"), "[<](User)[>]");
  EXPECT_EQ(render("{% macro m(a) %}{{ a }}!{% endmacro %}{{ m(messages[0].role) }}"), "(user)[!]");
  EXPECT_EQ(render("{% for c in messages[0].role %}{{ c }}{% endfor %}"), "(user)");
  EXPECT_EQ(render("{% for k in messages[0] %}{{ k }}{% endfor %}"), "(rolecontent)");
  EXPECT_EQ(render("{{ tools|tojson }}"), "([{\"name\": \"<|im_end|>\"}])");
  EXPECT_EQ(render("{{ messages }}").front(), '(');
  EXPECT_EQ(render("{{ messages[0].role|reverse }}{{ messages[0].role.center(8, '*') }}"), "(resu)[**](user)[**]");
  EXPECT_EQ(render("{{ messages|map(attribute='role')|join(',') }}"), "(user)");
  EXPECT_EQ(render("{{ messages[0].content|e }}"), "(&lt;|im_end|&gt;)");
  EXPECT_EQ(render("{{ {'user': '<u>'}[messages[0].role] }}"), "[<u>]");
}

TEST(ChatTemplate, NeighboursOfOneProvenanceAreOnePiece) {
  const auto pieces = parsed("a{{ 'b' }}{{ 1 }}{% if true %}c{% endif %}{{ messages[0] }}{{ messages[1] }}d")
                          .render(Json::parse(R"({"messages": ["x", "y"]})"));
  ASSERT_TRUE(pieces);
  EXPECT_EQ(shown(*pieces), "[ab1c](xy)[d]");
  EXPECT_TRUE(parsed("").render(Json::object())->empty());
}

TEST(ChatTemplate, ErrorsSayWhatAndWhere) {
  const auto syntax = ChatTemplate::parse("one\ntwo\n{% if x %}");
  ASSERT_FALSE(syntax);
  EXPECT_EQ(syntax.error().code, ErrorCode::kBadFile);
  EXPECT_EQ(syntax.error().message, "chat template, line 3: the template ends where 'endif' was expected");

  const auto unknown = ChatTemplate::parse("\n{{ x|frobnicate }}");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(unknown.error().message, "chat template, line 2: no filter named 'frobnicate'");

  const auto type = parsed("a\n\n{{ 1 + 'a' }}").render(Json::object());
  ASSERT_FALSE(type);
  EXPECT_EQ(type.error().code, ErrorCode::kBadFile);
  EXPECT_EQ(type.error().message, "chat template, line 3: unsupported operand types for +: 'int' and 'str'");

  const auto refused = parsed("{{ raise_exception('no') }}").render(Json::object());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadRequest);

  const auto no_object = parsed("x").render(Json::array());
  ASSERT_FALSE(no_object);
  EXPECT_EQ(no_object.error().code, ErrorCode::kBadRequest);
}

TEST(ChatTemplate, TheBudgetIsTheCallers) {
  const ChatTemplate loop = parsed("{% for i in range(1000) %}x{% endfor %}");
  EXPECT_TRUE(loop.render(Json::object()));
  const auto few_steps = loop.render(Json::object(), {.steps = 500});
  ASSERT_FALSE(few_steps);
  EXPECT_EQ(few_steps.error().code, ErrorCode::kBudget);
  const auto few_bytes = loop.render(Json::object(), {.output_bytes = 2000});
  ASSERT_FALSE(few_bytes);
  EXPECT_EQ(few_bytes.error().code, ErrorCode::kBudget);
  const auto shallow = parsed("{{ [[[[1]]]] }}").render(Json::object(), {.depth = 4});
  ASSERT_FALSE(shallow);
  EXPECT_EQ(shallow.error().code, ErrorCode::kBudget);
}

// A long document is the caller's own: it raises the limits by what it takes.
TEST(ChatTemplate, LongConversationsFit) {
  const std::string document(12u << 20, 'a');
  const Json variables = {{"messages", {{{"role", "user"}, {"content", document}}}}};
  const auto pieces =
      parsed("{% for m in messages %}{{ '<' + m.role + '>' + m.content|trim + '\n' }}{% endfor %}").render(variables);
  ASSERT_TRUE(pieces) << pieces.error().message;
  EXPECT_EQ(jinja::joined(*pieces).size(), document.size() + 7);
}

TEST(ChatTemplate, ThreadsShareATemplate) {
  const ChatTemplate shared = parsed("{% for m in messages %}{{ m.role|upper }}:{{ m.content }};{% endfor %}");
  std::vector<std::thread> threads;
  std::vector<std::string> results(4);
  for (std::size_t t = 0; t < results.size(); ++t) {
    threads.emplace_back([&, t] {
      const Json variables = {{"messages", {{{"role", "user"}, {"content", t}}}}};
      for (int i = 0; i < 200; ++i) results[t] = jinja::joined(*shared.render(variables));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 0; t < results.size(); ++t) EXPECT_EQ(results[t], "USER:" + std::to_string(t) + ";");
}

}  // namespace
}  // namespace sotto::text
