#include "engine/speculation.h"

#include <algorithm>

#include "model/recurrent_cache.h"

namespace sotto::engine {

static_assert(DraftGate::kMostDrafted < model::RecurrentCache::kMostPending, "a draft and the token before it");

std::span<const Token> Speculation::draft(std::size_t most) {
  matched_ = drafter_.guess(guesses_);
  n_right_ = 0;
  n_drafted_ = 0;
  if (matched_ > 0) n_drafted_ = gate_.length(matched_, static_cast<int>(std::min(most, guesses_.size())));
  return std::span(guesses_).first(static_cast<std::size_t>(n_drafted_));
}

// A guess that was not read is compared as well: the gate learns from it what reading it would have brought.
bool Speculation::chosen(Token token) {
  drafter_.push(token);
  const auto guess = static_cast<std::size_t>(n_right_);
  if (matched_ == 0 || guess == guesses_.size()) return false;
  const bool right = guesses_[guess] == token, read = n_right_ < n_drafted_;
  gate_.observe(matched_ + n_right_, right, read);
  ++n_right_;
  if (!right || !read) matched_ = 0;
  return right && read;
}

}  // namespace sotto::engine
