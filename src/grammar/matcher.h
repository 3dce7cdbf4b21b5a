// A text of tokens on its way through a grammar: what may come next, and taking back what came.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "grammar/grammar.h"
#include "grammar/masks.h"
#include "grammar/token_trie.h"
#include "sotto/result.h"

namespace sotto::grammar {

// A grammar for a vocabulary, with what was found out about it so far: to be kept as long as the grammar is likely to
// be asked for again. Every member may be called from any thread.
class TokenGrammar {
 public:
  TokenGrammar(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const TokenTrie> trie);

  int n_tokens() const { return trie_->n_tokens(); }

 private:
  friend class Matcher;
  // What is known may grow to a bound; then a new one takes its place, and the old one goes with its last matcher.
  struct Known {
    Known(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const TokenTrie> trie)
        : masks(std::move(grammar), std::move(trie)) {}
    std::mutex mutex;
    Masks masks;
  };

  std::shared_ptr<Known> newest();
  std::shared_ptr<Known> after(const std::shared_ptr<Known>& full);
  std::shared_ptr<Known> make() const { return std::make_shared<Known>(grammar_, trie_); }

  const std::shared_ptr<const Grammar> grammar_;
  const std::shared_ptr<const TokenTrie> trie_;
  std::mutex mutex_;
  std::shared_ptr<Known> newest_;
};

// Cheap to copy; a copy goes its own way. Not thread-safe, but matchers of one TokenGrammar may run on different
// threads. Allows what can be brought to an end, and nothing else.
class Matcher {
 public:
  static constexpr int kMostRollback = 64;  // tokens

  explicit Matcher(std::shared_ptr<TokenGrammar> grammar);

  // The tokens that may come next: the ones that end a text only where it is complete, control tokens never. Empty
  // after such an end, or where no token of the vocabulary fits. Errors: kBudget.
  Result<std::shared_ptr<const TokenMask>> mask();

  // Takes a token; false, and nothing changes, when it is not allowed. Errors: kBudget.
  Result<bool> accept(text::TokenId token);
  // Likewise bytes.
  Result<bool> accept_bytes(std::string_view bytes);

  // Takes back the last `n` accepted, at most kMostRollback in a row.
  void rollback(int n);

  bool is_complete();  // the text may end here
  bool is_finished();  // it must: nothing but an end can follow
  // The bytes that must come next whatever is chosen, at most `most`. Errors: kBudget.
  Result<std::string> forced_bytes(std::size_t most = 256);

 private:
  using Known = TokenGrammar::Known;

  std::unique_lock<std::mutex> open();
  Result<bool> go_to(StateId state);
  States& states() { return known_->masks.states(); }
  StateId state() const { return past_.back(); }

  static constexpr StateId kEnded = -1;  // an end was accepted

  std::shared_ptr<TokenGrammar> grammar_;
  std::shared_ptr<Known> known_;
  std::vector<StateId> past_;  // the last is the present; at least one
};

}  // namespace sotto::grammar
