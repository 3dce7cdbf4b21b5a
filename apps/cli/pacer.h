// Spreads an answer's tokens over time, at the speed at which a person reads. Knows nothing of models.
#pragma once

#include <chrono>

namespace sotto::cli {

class Pacer {
 public:
  using Clock = std::chrono::steady_clock;

  // tokens_per_s: 0 never waits.
  explicit Pacer(double tokens_per_s) : tokens_per_s_(tokens_per_s) {}

  // When the token that is ready at `now` may be followed by the next: one interval after the last one's turn, and
  // time that was lost is not caught up.
  Clock::time_point next_turn(Clock::time_point now);

  // Sleeps until the next turn.
  void wait();

 private:
  double tokens_per_s_;
  Clock::time_point turn_{};
};

}  // namespace sotto::cli
