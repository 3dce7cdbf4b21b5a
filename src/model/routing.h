// Which experts take which tokens (Shazeer et al., 1701.06538).
#pragma once

#include <vector>

#include "model/spec.h"

namespace sotto::model {

// Not thread-safe. Keeps its buffers from call to call.
class Routing {
 public:
  struct Taken {
    int token;
    float share;  // of the expert's output in the token's
  };

  // scores: [n_tokens, experts.count] f32, row-major; they become shares. A token takes the experts with the greatest,
  // of equal ones the first. A score that is no number counts as the least, and its share stays no number.
  void choose(std::vector<float>& scores, int n_tokens, const Experts& experts);

  // The tokens of one expert, in ascending order.
  const std::vector<Taken>& tokens_of(int expert) const { return tokens_[static_cast<std::size_t>(expert)]; }

 private:
  std::vector<std::vector<Taken>> tokens_;  // of each expert
  std::vector<int> order_;
};

}  // namespace sotto::model
