// The gated delta rule beside its formula in double precision.
#include "model/gated_delta.h"

#include <gtest/gtest.h>

#include "recurrent_layer.h"

namespace sotto::model {
namespace {

TinyModel of_delta(int key_heads, int heads, int key_dim, int value_dim) {
  return {.architecture = "qwen35",
          .n_layers = 2,
          .model_dim = 96,
          .head_dim = 32,
          .rope_factors = false,
          .conv_tokens = 4,
          .delta_key_heads = key_heads,
          .delta_heads = heads,
          .delta_key_dim = key_dim,
          .delta_value_dim = value_dim};
}

double silu(double x) { return x / (1 + std::exp(-x)); }

// [key_dim] of one head, of length 1.
std::vector<double> unit(const double* x, std::size_t n) {
  double squares = 1e-6;
  for (std::size_t i = 0; i < n; ++i) squares += x[i] * x[i];
  std::vector<double> out(x, x + n);
  for (double& value : out) value /= std::sqrt(squares);
  return out;
}

std::vector<double> expected_of_delta(const RecurrentLayer& layer, const std::vector<float>& x) {
  const LayerWeights& weights = layer.layer();
  const std::vector<double> input(x.begin(), x.end());
  const DeltaRule& delta = layer.spec.delta;
  const auto n_heads = static_cast<std::size_t>(delta.n_heads), key_dim = static_cast<std::size_t>(delta.key_dim),
             value_dim = static_cast<std::size_t>(delta.value_dim), n_keys = static_cast<std::size_t>(delta.n_keys()),
             width = static_cast<std::size_t>(layer.spec.conv_width());
  auto qkv = layer.convolution(RecurrentLayer::product(input, weights.mix_in));
  for (double& value : qkv) value = silu(value);
  const auto gate = RecurrentLayer::product(input, weights.mix_gate);
  const auto alpha = RecurrentLayer::product(input, weights.alpha), beta = RecurrentLayer::product(input, weights.beta);
  std::vector<double> mixed(gate.size());
  for (std::size_t h = 0; h < n_heads; ++h) {
    std::vector<double> state(key_dim * value_dim);
    const std::size_t from = h % static_cast<std::size_t>(delta.n_key_heads) * key_dim;
    for (std::size_t t = 0; t < qkv.size() / width; ++t) {
      const auto q = unit(qkv.data() + t * width + from, key_dim);
      const auto k = unit(qkv.data() + t * width + n_keys + from, key_dim);
      const double* v = qkv.data() + t * width + 2 * n_keys + h * value_dim;
      const double decay =
          std::exp(weights.decay[h] * std::log1p(std::exp(alpha[t * n_heads + h] + weights.dt_bias[h])));
      double squares = 0;
      std::vector<double> o(value_dim);
      for (std::size_t c = 0; c < value_dim; ++c) {
        double seen = 0;
        for (std::size_t i = 0; i < key_dim; ++i) seen += (state[i * value_dim + c] *= decay) * k[i];
        const double change = (v[c] - seen) / (1 + std::exp(-beta[t * n_heads + h]));
        for (std::size_t i = 0; i < key_dim; ++i)
          o[c] += (state[i * value_dim + c] += k[i] * change) * q[i] / std::sqrt(static_cast<double>(key_dim));
        squares += o[c] * o[c];
      }
      for (std::size_t c = 0; c < value_dim; ++c) {
        const std::size_t at = (t * n_heads + h) * value_dim + c;
        const double norm = std::sqrt(squares / static_cast<double>(value_dim) + double{layer.spec.norm_epsilon});
        mixed[at] = o[c] / norm * weights.mix_norm[c] * silu(gate[at]);
      }
    }
  }
  return RecurrentLayer::product(mixed, weights.mix_out);
}

TEST(GatedDelta, FollowsItsFormula) {
  for (const TinyModel& tiny : {of_delta(2, 4, 32, 48), of_delta(1, 3, 64, 80), of_delta(2, 2, 128, 128)}) {
    RecurrentLayer layer(tiny);
    const auto x = layer.inputs(70);
    expect_close(layer.run(x, {70}), expected_of_delta(layer, x));
  }
}

TEST(GatedDelta, DoesNotDependOnBatchesOrThreads) {
  const TinyModel tiny = of_delta(2, 6, 48, 80);
  RecurrentLayer whole(tiny, 1);
  const auto x = whole.inputs(100);
  const auto expected = whole.run(x, {100});
  for (const std::vector<int>& batches : {std::vector<int>{1}, {2, 1, 40, 3}, {16, 5}})
    for (const bool may_return : {false, true})
      EXPECT_EQ(RecurrentLayer(tiny, 3).run(x, batches, may_return), expected);
}

TEST(GatedDelta, TokensThatAreTakenBackLeaveNoTrace) {
  RecurrentLayer layer(of_delta(1, 2, 32, 32));
  const auto x = layer.inputs(60);
  const auto d = static_cast<std::ptrdiff_t>(layer.spec.model_dim);
  const auto expected = layer.run(x, {60});
  layer.truncate(0);
  layer.run({x.begin(), x.begin() + 40 * d}, {40});
  layer.run({x.begin() + 42 * d, x.begin() + 46 * d}, {4}, true);
  layer.truncate(40);
  layer.run({x.begin() + 40 * d, x.begin() + 45 * d}, {5}, true);
  layer.truncate(43);
  const std::vector<float> rest(expected.begin() + 43 * d, expected.end());
  EXPECT_EQ(layer.run({x.begin() + 43 * d, x.end()}, {17}), rest);
  layer.truncate(32);  // to the copy that reading 40 tokens left
  EXPECT_EQ(layer.run({x.begin() + 32 * d, x.end()}, {28}),
            std::vector<float>(expected.begin() + 32 * d, expected.end()));
}

}  // namespace
}  // namespace sotto::model
