// Holds an answer to a grammar, token by token: which may come next, and which logits that needs. Knows nothing of
// sampling, of thoughts, or of the text so far.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "grammar/matcher.h"
#include "sotto/engine.h"

namespace sotto::engine {

// Of one answer; without a grammar it allows everything. Not thread-safe.
class Constraint {
 public:
  // grammar: null: none.
  explicit Constraint(std::shared_ptr<grammar::TokenGrammar> grammar);

  // From now on tokens are held to the grammar; before, all are allowed.
  void set_active(bool active) { active_ = active; }
  bool active() const { return active_ && matcher_.has_value(); }
  bool has_grammar() const { return matcher_.has_value(); }

  // `token` may come next instead, whatever the grammar says; kNone: none does.
  static constexpr Token kNone = -1;
  void also_allow(Token token) { extra_ = token; }

  // Which logits of the highest are enough to choose from: what `n_best` says of the others must hold for those that
  // are allowed here, and after each of `draft`. Adds to `changed`, as Generation::logits_to_choose_from has it.
  // `n_best`: 0: all are needed. Errors: kBudget, kUnsupported (no token fits).
  Result<int> logits_needed(int n_best, std::span<const Token> draft, std::vector<Token>& changed);

  // How many of the first tokens of `draft` the grammar allows. Errors: kBudget.
  Result<std::size_t> allowed_of(std::span<const Token> draft);

  // Sets the logits of what is not allowed to -inf. Errors: as logits_needed().
  Result<void> forbid(std::span<float> logits);

  // The answer's next token, one that was allowed; false for the one that the grammar does not know. Errors: kBudget.
  Result<bool> accept(Token token);

  // Nothing but an end can follow.
  bool finished() { return active() && matcher_->is_finished(); }

 private:
  using Mask = std::shared_ptr<const grammar::TokenMask>;

  Result<Mask> mask(grammar::Matcher& matcher) const;
  Result<std::vector<Mask>> masks_of(std::span<const Token> draft) const;

  std::optional<grammar::Matcher> matcher_;
  int n_tokens_ = 0;
  bool active_ = false;
  Token extra_ = kNone;
};

}  // namespace sotto::engine
