// Grammars for what requests ask for, kept for those that ask again. Knows nothing of generations.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "grammar/matcher.h"
#include "sotto/engine.h"
#include "text/tokenizer.h"

namespace sotto::engine {

// Of one vocabulary, which must outlive it. Every member may be called from any thread.
class Grammars {
 public:
  static constexpr std::size_t kMostKept = 16;

  explicit Grammars(const text::Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  // What an answer to `request` must follow; null: nothing. The one used last is kept longest. Errors: kBadRequest
  // (both a schema and a grammar; one that is none), kUnsupported (a schema's keyword), kBudget (limits).
  Result<std::shared_ptr<grammar::TokenGrammar>> find(const Request& request);

 private:
  struct Kept {
    bool is_schema;
    std::string text;
    std::shared_ptr<grammar::TokenGrammar> grammar;
  };

  std::shared_ptr<grammar::TokenGrammar> kept(bool is_schema, const std::string& text);
  std::shared_ptr<const grammar::TokenTrie> trie();

  const text::Tokenizer& tokenizer_;
  std::mutex mutex_;
  std::deque<Kept> kept_;  // the one used last is the first
  std::shared_ptr<const grammar::TokenTrie> trie_;
};

}  // namespace sotto::engine
