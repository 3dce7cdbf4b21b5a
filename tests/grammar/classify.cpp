// For the Python tests: reads requests, one JSON object a line, and answers each with one line.
//
//   {"schema": TEXT or "gbnf": TEXT, "named_properties_only": false, "trigger": "",
//    "texts": [TEXT…],            which of them match; null: that takes more than the limits allow
//    "walks": N, "seed": N,       texts made by choosing among the allowed tokens at random until they are complete
//    "most_tokens": N}            after so many tokens of a walk, what closes strings, arrays and objects is preferred
//
// A walk that takes more than 50 times as many is "cut".
//
//   {"refused": MESSAGE, "code": N} or {"ignored": […], "matches": [true…], "walks": [TEXT…]}
#include <nlohmann/json.hpp>

#include <iostream>
#include <random>
#include <string>

#include "grammar/gbnf.h"
#include "grammar/json_schema.h"
#include "grammar/matcher.h"

namespace {

using nlohmann::json;
using sotto::grammar::Grammar;
using sotto::grammar::Matcher;
using sotto::grammar::TokenGrammar;
using sotto::grammar::TokenMask;
using sotto::grammar::TokenTrie;

// Every byte, and what else a vocabulary has: pieces of JSON, words, parts of characters together with others.
std::shared_ptr<const TokenTrie> vocabulary() {
  std::vector<std::string> bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.emplace_back(1, static_cast<char>(byte));
  for (const char* more : {"{\"",
                           "\":",
                           "\": ",
                           "\": \"",
                           "\",",
                           "\", \"",
                           "\"}",
                           "\"}]",
                           "}}",
                           "]}",
                           "}, {",
                           "[[",
                           "[]",
                           "{}",
                           "],",
                           "},",
                           ",\n",
                           "  ",
                           "    ",
                           "\n  ",
                           "true",
                           "false",
                           "null",
                           "tru",
                           "12",
                           "2024",
                           "-0",
                           ".5",
                           "e1",
                           "the",
                           "name",
                           " a",
                           "\\n",
                           "\\u00",
                           "\\\"",
                           "\xC3\xA9",
                           "\x9F\x98\x80x",
                           "\"a\"",
                           "\"b\":",
                           "\xC3",
                           "1,",
                           "0]",
                           "-01-",
                           "a@b"})
    bytes.emplace_back(more);
  bytes.emplace_back();  // a control token,
  bytes.emplace_back();  // and the end
  const auto end = static_cast<sotto::text::TokenId>(bytes.size()) - 1;
  return std::make_shared<const TokenTrie>(std::move(bytes), std::vector<sotto::text::TokenId>{end});
}

sotto::Result<Grammar> compile(const json& request, json& answer) {
  const std::string trigger = request.value("trigger", "");
  if (request.contains("gbnf")) {
    const std::string text = request["gbnf"];
    return sotto::grammar::read_gbnf(text, {.trigger = trigger});
  }
  const std::string text = request["schema"];
  auto compiled = sotto::grammar::compile_json_schema(
      text, {.named_properties_only = request.value("named_properties_only", false), .trigger = trigger});
  if (!compiled) return forward_error(compiled);
  answer["ignored"] = compiled->ignored;
  return std::move(compiled->grammar);
}

// Null: the text can be read in too many ways to tell.
json matches(Matcher matcher, const std::string& text) {
  if (!text.empty()) {
    const auto accepted = matcher.accept_bytes(text);
    if (!accepted) return nullptr;
    if (!*accepted) return false;
  }
  return matcher.is_complete();
}

// One of the allowed tokens; late in a walk, mostly one that closes something.
sotto::text::TokenId choose(const TokenMask& mask, const TokenTrie& trie, bool late, std::mt19937& random) {
  std::vector<sotto::text::TokenId> allowed, closing;
  for (sotto::text::TokenId token = 0; token < trie.n_tokens(); ++token) {
    if (!mask.allows(token)) continue;
    allowed.push_back(token);
    const auto bytes = trie.bytes_of(token);
    if (trie.ends(token) || bytes == "\"" || bytes == "]" || bytes == "}") closing.push_back(token);
  }
  const auto& from = late && !closing.empty() && random() % 8 != 0 ? closing : allowed;
  return from.empty() ? -1 : from[random() % from.size()];
}

std::string walk(Matcher matcher, const TokenTrie& trie, std::size_t most_tokens, std::mt19937& random) {
  std::string text;
  for (std::size_t n = 0; n < 50 * most_tokens; ++n) {
    const auto mask = matcher.mask();
    if (!mask) return "error: " + mask.error().message;
    const auto token = choose(**mask, trie, n > most_tokens, random);
    if (token < 0) return "error: nothing is allowed after " + text;
    const auto accepted = matcher.accept(token);
    if (!accepted) return "error: " + accepted.error().message;
    if (!*accepted) return "error: an allowed token is refused after " + text;
    if (trie.ends(token)) return text;
    text += trie.bytes_of(token);
  }
  return "cut";
}

json answer_to(const json& request, const std::shared_ptr<const TokenTrie>& trie) {
  json answer;
  auto grammar = compile(request, answer);
  if (!grammar) return {{"refused", grammar.error().message}, {"code", static_cast<int>(grammar.error().code)}};
  const auto tokens = std::make_shared<TokenGrammar>(std::make_shared<const Grammar>(std::move(*grammar)), trie);
  answer["matches"] = json::array();
  answer["walks"] = json::array();
  for (const auto& text : request.value("texts", json::array()))
    answer["matches"].push_back(matches(Matcher(tokens), text.get<std::string>()));
  std::mt19937 random(request.value("seed", 1u));
  for (int i = 0; i < request.value("walks", 0); ++i)
    answer["walks"].push_back(walk(Matcher(tokens), *trie, request.value("most_tokens", 40u), random));
  return answer;
}

}  // namespace

int main() {
  const auto trie = vocabulary();
  for (std::string line; std::getline(std::cin, line);)
    std::cout << answer_to(json::parse(line), trie).dump(-1, ' ', true, json::error_handler_t::replace) << std::endl;
}
