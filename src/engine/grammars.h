// Grammars for what requests ask for, kept for those that ask again. Knows nothing of generations.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "grammar/json_schema.h"
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

  // For calls of tools; trigger: free text up to it comes first, and may be all. Errors: as find().
  Result<std::shared_ptr<grammar::TokenGrammar>> find_calls(const grammar::Frames& frames, std::string_view trigger);

 private:
  enum class Kind { kSchema, kGbnf, kCalls };
  struct Kept {
    Kind kind;
    std::string text;
    std::shared_ptr<grammar::TokenGrammar> grammar;
  };

  // The one that is kept, or what `compile` makes.
  using Compile = std::function<Result<grammar::Grammar>()>;
  Result<std::shared_ptr<grammar::TokenGrammar>> find(Kind kind, const std::string& text, const Compile& compile);
  std::shared_ptr<grammar::TokenGrammar> kept(Kind kind, const std::string& text);
  std::shared_ptr<const grammar::TokenTrie> trie();

  const text::Tokenizer& tokenizer_;
  std::mutex mutex_;
  std::deque<Kept> kept_;  // the one used last is the first
  std::shared_ptr<const grammar::TokenTrie> trie_;
};

}  // namespace sotto::engine
