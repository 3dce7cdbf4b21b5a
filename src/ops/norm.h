// Norms of rows, in their forms.
#pragma once

#include <vector>

namespace sotto::ops {

// A norm before a block: x [n] f32 -> out [n], which may be x. RMS norm (Zhang and Sennrich, 1910.07467) where there is
// no bias, layer norm (Ba et al., 1607.06450) where there is one, and a copy where there is no weight. weight, bias:
// [n] or empty.
void normalize(const float* x, const std::vector<float>& weight, const std::vector<float>& bias, float epsilon, int n,
               float* out);

}  // namespace sotto::ops
