// Which tokens a state allows. What can be known from the innermost rule alone is found once for all places that the
// rule is used at; the tokens that leave it are checked against the whole state.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "grammar/states.h"
#include "grammar/token_trie.h"
#include "sotto/result.h"

namespace sotto::grammar {

// A bit for each token. Immutable once made.
struct TokenMask {
  std::vector<std::uint64_t> bits;  // [n_tokens / 64, rounded up]; bit t % 64 of word t / 64
  int n_allowed = 0;

  bool allows(text::TokenId token) const {
    return (bits[static_cast<std::size_t>(token) / 64] >> (static_cast<unsigned>(token) % 64) & 1) != 0;
  }
};

// The states of a grammar with the masks found so far; both grow. Not thread-safe.
class Masks {
 public:
  Masks(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const TokenTrie> trie);

  States& states() { return states_; }
  const TokenTrie& trie() const { return *trie_; }

  // Errors: kBudget (the state cannot be computed within the grammar's limits).
  Result<std::shared_ptr<const TokenMask>> of(StateId state);

  // Of what cannot be dropped without being found anew; the masks of whole states are kept beside it, to a bound.
  std::size_t bytes() const { return states_.bytes() + local_bytes_; }

 private:
  // Nodes of the trie from which on only the whole state can tell, [first, last).
  struct Span {
    std::uint32_t first, last;
  };
  // Kept as bits, or as a list where they are few.
  struct Local {
    std::vector<std::uint64_t> bits;
    std::vector<text::TokenId> few;
    std::vector<Span> unknown;

    std::size_t bytes() const;
  };

  const Local& local(std::vector<Node> nodes);
  Local find_local(StateId start);
  void walk(StateId start, Span span, std::vector<std::uint64_t>& bits);
  void find_path(std::uint32_t node, StateId start);
  void make_sparse(Local& local) const;
  void set_tokens(const TokenTrie::Node& node, std::vector<std::uint64_t>& bits) const;
  void set_by_parts(StateId state, std::vector<std::uint64_t>& bits);
  std::size_t n_words() const { return (static_cast<std::size_t>(trie_->n_tokens()) + 63) / 64; }

  States states_;
  const std::shared_ptr<const TokenTrie> trie_;
  const bool by_parts_;          // no rule of the grammar is so deep that half the depth could keep it from ending
  std::vector<StateId> path_;    // [most_depth + 1]: after so many bytes of the node in work
  std::vector<char> may_leave_;  // likewise: the unknown below may have been reached
  std::map<std::vector<Node>, Local> locals_;
  std::unordered_map<StateId, std::shared_ptr<const TokenMask>> masks_;
  std::size_t local_bytes_ = 0;
};

}  // namespace sotto::grammar
