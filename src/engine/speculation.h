// Speculation: guessed tokens go through the model together with the answer's last one, and count where the sampler
// then chooses the same (docs/speculation.md). Owns the guesses of one answer; knows nothing of models or sampling.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "engine/draft_gate.h"
#include "engine/drafter.h"

namespace sotto::engine {

// In turns: draft() and took() when a token is read, chosen() for each token of the answer. Not thread-safe.
class Speculation {
 public:
  // `gate` must outlive it. `most_tokens`: how long prompt and answer may become. Throws std::bad_alloc.
  Speculation(DraftGate& gate, std::span<const Token> prompt, std::size_t most_tokens)
      : gate_(gate), drafter_(prompt, most_tokens) {}

  // The guesses, at most `most`, to read together with the answer's last token. Valid until the next call.
  std::span<const Token> draft(std::size_t most);

  // Only the first `n` guesses of the draft will be read.
  void shorten(std::size_t n) { n_drafted_ = std::min(n_drafted_, static_cast<int>(n)); }

  // Reading the last token and the draft took so long.
  void took(DraftGate::Duration time) { gate_.took(n_drafted_, time); }

  // The answer's next token. True when the draft holds it and all before it: it has been read already.
  bool chosen(Token token);

 private:
  DraftGate& gate_;
  Drafter drafter_;
  std::array<Token, DraftGate::kMostDrafted> guesses_{};
  int matched_ = 0;    // tokens that spoke for the first guess; 0: there are no guesses
  int n_drafted_ = 0;  // the first of the guesses, which were read
  int n_right_ = 0;
};

}  // namespace sotto::engine
