// Log-probabilities of an answer's tokens, for a request that asks for them: computed from the model's logits as they
// are, and added to the events that tell the tokens' text. Knows nothing of how a token is chosen.
#pragma once

#include <span>
#include <vector>

#include "engine/candidates.h"
#include "sotto/engine.h"
#include "text/tokenizer.h"

namespace sotto::engine {

// Of one request. Not thread-safe.
class LogprobReport {
 public:
  // n_top: how many of the most likely tokens are told with each. `tokenizer` and `sink` must outlive this.
  LogprobReport(int n_top, const text::Tokenizer& tokenizer, const EventSink& sink);
  LogprobReport(const LogprobReport&) = delete;
  LogprobReport& operator=(const LogprobReport&) = delete;

  // Passes events on. Those with text take along the tokens that were chosen since the last one.
  const EventSink& sink() const { return with_tokens_; }

  // logits: [n_tokens of the tokenizer] f32, of all tokens, which nothing has changed yet.
  void see(std::span<const float> logits) { logits_.assign(logits.begin(), logits.end()); }
  // `token` was chosen from them.
  void choose(Token token);
  // Drops the tokens that no event has told: they have no text in the answer, since they were marks around a thought,
  // or a call.
  void forget() { untold_.clear(); }

 private:
  void pass_on(const Event& event);
  TokenLogprob describe(Token token, float logit, double log_total) const;

  const int n_top_;
  const text::Tokenizer& tokenizer_;
  const EventSink& sink_;
  const EventSink with_tokens_;
  std::vector<float> logits_;  // of the next token, as the model gave them
  Candidates best_;
  std::vector<ChosenToken> untold_;  // chosen, and told by no event yet
};

}  // namespace sotto::engine
