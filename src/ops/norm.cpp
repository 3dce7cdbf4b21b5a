#include "ops/norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/table.h"

namespace sotto::ops {
namespace {

void layer_norm(const float* x, const float* weight, const float* bias, float epsilon, int n, float* out) {
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) sum += x[i];
  const double mean = sum / n;
  for (int i = 0; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const auto shift = static_cast<float>(mean), factor = static_cast<float>(1.0 / std::sqrt(squares / n + epsilon));
  for (int i = 0; i < n; ++i) out[i] = (x[i] - shift) * factor * weight[i] + bias[i];
}

}  // namespace

void normalize(const float* x, const std::vector<float>& weight, const std::vector<float>& bias, float epsilon, int n,
               float* out) {
  if (weight.empty()) {
    std::copy_n(x, n, out);
  } else if (bias.empty()) {
    kernels::table().rms_norm(x, weight.data(), out, n, epsilon);
  } else {
    layer_norm(x, weight.data(), bias.data(), epsilon, n, out);
  }
}

}  // namespace sotto::ops
