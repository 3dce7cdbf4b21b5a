// The tokens that may come next, and the filters that narrow them. Knows nothing of options,
// penalties or random numbers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sotto/engine.h"

namespace sotto::engine {

struct Candidate {
  Token token;
  float logit;
  float weight;  // exp(logit - highest logit): the probability is weight / total_weight()
};

// Reuses its storage from token to token. Not thread-safe. Never empty between select and draw:
// every filter keeps at least one candidate. Ties go to the lower token, so the outcome does not
// depend on the standard library.
class Candidates {
 public:
  // The `k` highest of logits [n_vocab], best first; k = 0: all, in token order. Logits of -inf are
  // left out. False when nothing is left.
  bool select(std::span<const float> logits, int k);

  // Each keeps the smallest set whose probability reaches `p`, renormalised over what was there
  // before.
  void keep_typical(float p);  // closest to the expected surprise first (Meister, 2202.00666)
  void keep_top_p(float p);    // most likely first (Holtzman, 1904.09751)
  // Keeps what is at least `p` times as likely as the most likely (Nguyen et al., 2407.01082).
  void keep_min_p(float p);

  // Probabilities proportional to exp(logit / temperature); temperature > 0. The last step before
  // draw().
  void set_temperature(float temperature);

  // The candidate in whose part of [0, 1) `uniform` falls.
  Token draw(double uniform) const;

  std::span<const Candidate> items() const { return items_; }
  double total_weight() const { return total_; }

 private:
  void weigh(float temperature);
  void ensure_weighed();
  void keep_nearest(double center, float p);

  std::vector<Candidate> items_;
  std::vector<Candidate> edge_;  // scratch of keep_nearest
  float highest_ = 0;            // the logit that weights are relative to
  double total_ = 0;             // 0: weights are not computed yet
};

}  // namespace sotto::engine
