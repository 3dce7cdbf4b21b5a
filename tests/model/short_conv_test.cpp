// The gated short convolution beside its formula in double precision.
#include "model/short_conv.h"

#include <gtest/gtest.h>

#include "recurrent_layer.h"

namespace sotto::model {
namespace {

TinyModel of_short_conv(int conv_tokens) {
  return {.architecture = "lfm2",
          .n_layers = 2,
          .model_dim = 80,
          .head_dim = 32,
          .rope_factors = false,
          .conv_tokens = conv_tokens};
}

std::vector<double> expected_of(const RecurrentLayer& layer, const std::vector<float>& x) {
  const auto d = static_cast<std::size_t>(layer.spec.model_dim);
  const auto parts = RecurrentLayer::product({x.begin(), x.end()}, layer.layer().mix_in);
  std::vector<double> rows(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    rows[i] = parts[i / d * 3 * d + i % d] * parts[i / d * 3 * d + 2 * d + i % d];
  auto mixed = layer.convolution(rows);
  for (std::size_t i = 0; i < x.size(); ++i) mixed[i] *= parts[i / d * 3 * d + d + i % d];
  return RecurrentLayer::product(mixed, layer.layer().mix_out);
}

TEST(ShortConv, FollowsItsFormula) {
  for (const int conv_tokens : {2, 3, 5}) {
    RecurrentLayer layer(of_short_conv(conv_tokens));
    const auto x = layer.inputs(40);
    expect_close(layer.run(x, {40}), expected_of(layer, x));
  }
}

TEST(ShortConv, DoesNotDependOnBatchesOrThreads) {
  const TinyModel tiny = of_short_conv(4);
  RecurrentLayer whole(tiny, 1);
  const auto x = whole.inputs(70);
  const auto expected = whole.run(x, {70});
  for (const std::vector<int>& batches : {std::vector<int>{1}, {2, 1, 40, 3}, {16, 5}})
    for (const bool may_return : {false, true})
      EXPECT_EQ(RecurrentLayer(tiny, 3).run(x, batches, may_return), expected);
}

TEST(ShortConv, TokensThatAreTakenBackLeaveNoTrace) {
  RecurrentLayer layer(of_short_conv(3));
  const auto x = layer.inputs(30);
  const auto d = static_cast<std::ptrdiff_t>(layer.spec.model_dim);
  const auto expected = layer.run(x, {30});
  layer.truncate(0);
  layer.run({x.begin(), x.begin() + 10 * d}, {10});
  layer.run({x.begin() + 12 * d, x.begin() + 16 * d}, {4}, true);
  layer.truncate(10);
  layer.run({x.begin() + 10 * d, x.begin() + 15 * d}, {5}, true);
  layer.truncate(13);
  EXPECT_EQ(layer.run({x.begin() + 13 * d, x.end()}, {17}),
            std::vector<float>(expected.begin() + 13 * d, expected.end()));
}

}  // namespace
}  // namespace sotto::model
