// Rotary position embedding (Su et al., 2104.09864).
#pragma once

#include <span>
#include <vector>

namespace sotto::ops {

// Radians a position, [rope_dim / 2]. rope_dim: how many of a head's values are rotated; factors: [rope_dim / 2]
// dividing the frequencies, or empty.
std::vector<double> rope_frequencies(int rope_dim, float theta, float position_scale, std::span<const float> factors);

// Cosines and sines for a run of positions, computed once a forward pass and shared by its layers.
class RopeTable {
 public:
  void resize(int n_tokens, int n_frequencies);

  // The tokens [first, first + n_tokens) of the run, which stand at `position` and after. Different tokens may be
  // filled by different threads at once.
  void fill(int first, int n_tokens, int position, std::span<const double> frequencies);

  // Rotates one head [head_dim] of the run's token `token`. Pairs are (i, i + rope_dim / 2) when `halves`, else
  // (2i, 2i + 1).
  void rotate(float* head, int token, bool halves) const;

 private:
  int half_ = 0;
  std::vector<float> cos_, sin_;  // [n_tokens, rope_dim / 2]
};

}  // namespace sotto::ops
