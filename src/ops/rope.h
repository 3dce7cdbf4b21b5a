// Rotary position embedding (Su et al., 2104.09864), and the ways in which it reaches beyond the context that a model
// was first trained on.
#pragma once

#include <span>
#include <vector>

namespace sotto::ops {

enum class RopeScaling {
  kNone,
  kLinear,   // positions are divided by the factor (Chen et al., 2306.15595)
  kDynamic,  // beyond the original context theta grows with the context ("dynamic NTK", Peng et al., 2309.00071)
  kYarn,     // slow frequencies are divided by the factor, fast ones are not (the same)
  kLong,  // each frequency has a divisor of its own, another one beyond the original context (Ding et al., 2402.13753)
};

struct Rope {
  float theta = 10000.0f;
  RopeScaling scaling = RopeScaling::kNone;
  float factor = 1.0f;          // how many times as far as the original context
  int original_ctx_tokens = 0;  // of all but kNone and kLinear
  float magnitude = 1.0f;       // of kYarn and kLong: multiplies what is rotated
  float beta_fast = 32.0f;      // of kYarn: what turns more often in the original context is fast,
  float beta_slow = 1.0f;       // and what turns less often is slow

  bool operator==(const Rope&) const = default;

  // Whether a context so large turns heads otherwise than a small one does.
  bool is_long(int ctx_tokens) const {
    return (scaling == RopeScaling::kLong || scaling == RopeScaling::kDynamic) && ctx_tokens > original_ctx_tokens;
  }
};

// What a position is turned by.
struct RopeFrequencies {
  std::vector<double> radians;  // a position, [rope_dim / 2]
  float magnitude = 1.0f;
};

// rope_dim: how many of a head's values are rotated; ctx_tokens: of the whole context; factors: [rope_dim / 2] dividing
// the frequencies, or empty.
RopeFrequencies rope_frequencies(const Rope& rope, int rope_dim, int ctx_tokens, std::span<const float> factors);

// Cosines and sines for a run of positions, computed once a forward pass and shared by its layers.
class RopeTable {
 public:
  void resize(int n_tokens, int n_frequencies);

  // The tokens [first, first + n_tokens) of the run, which stand at `position` and after. Different tokens may be
  // filled by different threads at once.
  void fill(int first, int n_tokens, int position, const RopeFrequencies& frequencies);

  // Rotates one head [head_dim] of the run's token `token`. Pairs are (i, i + rope_dim / 2) when `halves`, else
  // (2i, 2i + 1).
  void rotate(float* head, int token, bool halves) const;

 private:
  int half_ = 0;
  std::vector<float> cos_, sin_;  // [n_tokens, rope_dim / 2]
};

}  // namespace sotto::ops
