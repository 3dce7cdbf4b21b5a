// Decides how many guessed tokens are worth checking, from what checking cost and how often guesses were right so far.
// Knows nothing of tokens or models. What it decides changes how fast an answer comes, never the answer.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace sotto::engine {

// All prices are in the time of one token's pass. One gate serves a session: a model's prices stay, and how far guesses
// can be trusted changes slowly. Not thread-safe.
class DraftGate {
 public:
  using Duration = std::chrono::duration<double>;

  static constexpr int kMostDrafted = 15;

  // `fixed`: every draft has this many tokens. For tests, whose work must not depend on time.
  explicit DraftGate(std::optional<int> fixed = std::nullopt) : fixed_(fixed) {}

  // The number of guesses, at most `most`, whose check promises the most tokens for its time; 0 where none promises
  // more than the token alone, or could lose more than has been saved up. `matched`: as Drafter::guess() gives it.
  int length(int matched, int most) const;

  // The pass of a token together with `n_drafted` guesses took so long.
  void took(int n_drafted, Duration time);

  // A guess that `matched` tokens spoke for was the token that came, or was not; checked in a draft, or not.
  void observe(int matched, bool right, bool checked);

 private:
  static constexpr std::size_t kLengths = 4;
  static constexpr std::size_t kTrusts = 6;

  static std::size_t trust_index(int matched);
  double promise(int matched, int n_drafted) const;

  std::optional<int> fixed_;
  double token_seconds_ = 0;  // one token's pass; 0: not known yet
  // By length of draft: what its pass takes. Hopeful until it has been tried, or a long draft would never be.
  std::array<double, kLengths> price_{1.1, 1.3, 1.6, 2.2};
  std::array<bool, kLengths> tried_{};
  // By matched tokens (1, 2, 4, 8, 16, 32 or more): the share of guesses that were right.
  std::array<double, kTrusts> trust_{0.4, 0.5, 0.75, 0.9, 0.95, 0.97};
  double savings_ = 1;  // what wrong drafts may still cost
};

}  // namespace sotto::engine
