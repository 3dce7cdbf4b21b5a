// How much of a prompt goes through the model at a time: as much as serves the matrix kernels well,
// and no more than half a second's work where the model is slow, so that cancelling is obeyed and
// progress moves. The first chunk is small: nothing is known of the model's speed yet.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sotto::engine {

// The chunk's size changes no result: the forward pass computes each token alike in any company.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pace(std::size_t most_tokens) : most_(most_tokens), tokens_(std::min(most_tokens, kFirst)) {}

  std::size_t tokens() const { return tokens_; }

  // The last chunk of `tokens` took so long.
  void took(std::size_t tokens, Clock::duration time) {
    constexpr std::chrono::duration<double> kGoal{0.5};
    const double seconds = std::max(std::chrono::duration<double>(time).count(), 1e-6);
    const double fitting = static_cast<double>(tokens) * kGoal.count() / seconds;
    tokens_ = static_cast<std::size_t>(
        std::clamp(fitting, static_cast<double>(std::min(most_, kFewest)), static_cast<double>(most_)));
  }

 private:
  static constexpr std::size_t kFirst = 64;   // before anything is known of the model's speed; most questions fit
  static constexpr std::size_t kFewest = 16;  // fewer would leave the matrix kernels half empty

  std::size_t most_;
  std::size_t tokens_;
};

}  // namespace sotto::engine
