// Grammars for tests, matched byte by byte, and a vocabulary of bytes and a few longer tokens.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/gbnf.h"
#include "grammar/json_schema.h"
#include "grammar/matcher.h"

namespace sotto::grammar::support {

// Tokens 0 to 255 are the bytes; then come `more`, a control token, and one that ends a text.
inline std::shared_ptr<const TokenTrie> byte_vocabulary(const std::vector<std::string>& more = {}) {
  std::vector<std::string> bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.emplace_back(1, static_cast<char>(byte));
  bytes.insert(bytes.end(), more.begin(), more.end());
  bytes.insert(bytes.end(), 2, "");
  const auto end = static_cast<text::TokenId>(bytes.size()) - 1;
  return std::make_shared<const TokenTrie>(std::move(bytes), std::vector<text::TokenId>{end});
}

inline bool matches(const Grammar& grammar, std::string_view text) {
  States states(std::make_shared<const Grammar>(grammar));
  return states.complete(states.next(states.start(), text));
}

// Whether `text` is matched; false, and a failure, when the grammar cannot be read.
inline bool gbnf_matches(std::string_view gbnf, std::string_view text) {
  const auto grammar = read_gbnf(gbnf);
  EXPECT_TRUE(grammar) << grammar.error().message;
  return grammar && matches(*grammar, text);
}

inline bool schema_matches(std::string_view schema, std::string_view text, const SchemaOptions& options = {}) {
  const auto compiled = compile_json_schema(schema, options);
  EXPECT_TRUE(compiled) << compiled.error().message;
  return compiled && matches(compiled->grammar, text);
}

// The error of a schema that is refused; empty when it is not.
inline std::string refusal(std::string_view schema, const SchemaOptions& options = {}) {
  const auto compiled = compile_json_schema(schema, options);
  return compiled ? std::string() : compiled.error().message;
}

inline std::string gbnf_refusal(std::string_view gbnf, const GbnfOptions& options = {}) {
  const auto grammar = read_gbnf(gbnf, options);
  return grammar ? std::string() : grammar.error().message;
}

inline std::shared_ptr<TokenGrammar> for_tokens(std::string_view gbnf, std::shared_ptr<const TokenTrie> trie,
                                                const Limits& limits = {}) {
  auto grammar = read_gbnf(gbnf, {.limits = limits});
  EXPECT_TRUE(grammar) << grammar.error().message;
  if (!grammar) return nullptr;
  return std::make_shared<TokenGrammar>(std::make_shared<const Grammar>(std::move(*grammar)), std::move(trie));
}

}  // namespace sotto::grammar::support
