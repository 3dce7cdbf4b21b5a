// Chooses the next token from logits, as SamplingOptions say. Owns the random stream and the memory
// of recent tokens; knows nothing of text or models.
#pragma once

#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/candidates.h"
#include "engine/rng.h"
#include "sotto/engine.h"

namespace sotto::engine {

// The last n tokens and how often each occurs.
class RecentTokens {
 public:
  explicit RecentTokens(int last_n) : last_n_(last_n) {}  // -1: all
  void push(Token token);
  const std::unordered_map<Token, int>& counts() const { return counts_; }

 private:
  int last_n_;
  std::deque<Token> order_;  // empty when everything is kept
  std::unordered_map<Token, int> counts_;
};

// Not thread-safe. The same options, accepted tokens and logits give the same tokens on every
// machine: exponentials are computed here with plain IEEE arithmetic, not by the system's library.
class Sampler {
 public:
  // Errors: kBadRequest: names the option, its value and the values allowed.
  static Result<Sampler> create(const SamplingOptions& options, int n_vocab);

  // `token`, of the answer, counts as recent from now on.
  void accept(Token token) { recent_.push(token); }

  // How many of the highest logits sample() looks at, apart from those it changes; 0: all.
  int n_best() const;
  // Appends the tokens whose logits sample() changes.
  void append_adjusted(std::vector<Token>& tokens) const;

  // logits: [n_vocab] f32; bias and penalties are applied in place. Logits that are none of the n_best() highest, nor
  // of a token that is adjusted, may be -inf.
  // Errors: kBadFile when a logit is NaN or +inf (the weights are damaged); kBadRequest when
  // logit_bias forbids every token.
  Result<Token> sample(std::span<float> logits);

  // What the last sample() drew from; nothing new when the temperature is 0.
  const Candidates& candidates() const { return candidates_; }

 private:
  explicit Sampler(const SamplingOptions& options);
  void adjust(std::span<float> logits) const;

  SamplingOptions options_;
  RecentTokens recent_;
  Rng rng_;
  Candidates candidates_;
};

}  // namespace sotto::engine
