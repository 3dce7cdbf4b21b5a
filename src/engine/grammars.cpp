#include "engine/grammars.h"

#include <algorithm>
#include <utility>

#include "grammar/gbnf.h"
#include "grammar/json_schema.h"

namespace sotto::engine {
namespace {

Result<grammar::Grammar> compile(bool is_schema, const std::string& text) {
  if (!is_schema) return grammar::read_gbnf(text);
  auto compiled = grammar::compile_json_schema(text, {.named_properties_only = true});
  if (!compiled) return forward_error(compiled);
  return std::move(compiled->grammar);
}

}  // namespace

Result<std::shared_ptr<grammar::TokenGrammar>> Grammars::find(const Request& request) {
  if (request.json_schema.empty() && request.grammar.empty()) return std::shared_ptr<grammar::TokenGrammar>();
  if (!request.json_schema.empty() && !request.grammar.empty())
    return Unexpected(ErrorCode::kBadRequest, "both json_schema and grammar are set; set one of them");
  const bool is_schema = !request.json_schema.empty();
  const std::string& text = is_schema ? request.json_schema : request.grammar;
  if (auto known = kept(is_schema, text)) return known;
  auto compiled = compile(is_schema, text);
  if (!compiled) return forward_error(compiled);
  auto made =
      std::make_shared<grammar::TokenGrammar>(std::make_shared<const grammar::Grammar>(std::move(*compiled)), trie());
  const std::lock_guard lock(mutex_);
  kept_.push_front({is_schema, text, made});
  if (kept_.size() > kMostKept) kept_.pop_back();
  return made;
}

std::shared_ptr<grammar::TokenGrammar> Grammars::kept(bool is_schema, const std::string& text) {
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& candidate) {
    return candidate.is_schema == is_schema && candidate.text == text;
  });
  if (known == kept_.end()) return nullptr;
  std::rotate(kept_.begin(), known, known + 1);
  return kept_.front().grammar;
}

std::shared_ptr<const grammar::TokenTrie> Grammars::trie() {
  const std::lock_guard lock(mutex_);
  if (trie_ == nullptr) trie_ = grammar::TokenTrie::of(tokenizer_);
  return trie_;
}

}  // namespace sotto::engine
