// Attention of whole texts against the textbook's formula in double.
#include "ops/full_attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace sotto::ops {
namespace {

struct Heads {
  AttentionShape shape;
  int n_tokens;
  std::vector<float> q, k, v;
};

Heads random_heads(int n_heads, int head_dim, int n_tokens) {
  std::mt19937 engine(5);
  Heads heads{{n_heads, n_heads, head_dim, 0.3f}, n_tokens, {}, {}, {}};
  for (std::vector<float>* rows : {&heads.q, &heads.k, &heads.v}) {
    rows->resize(static_cast<std::size_t>(n_tokens * n_heads * head_dim));
    for (float& value : *rows) value = 2 * std::normal_distribution<float>()(engine);
  }
  return heads;
}

std::vector<float> attended(const Heads& heads) {
  FullAttention attention;
  std::vector<float> out(heads.q.size(), -1.0f);
  for (int h = 0; h < heads.shape.n_heads; ++h) {
    attention.run(heads.shape, h, heads.n_tokens, heads.q.data(), heads.k.data(), heads.v.data(), out.data());
  }
  return out;
}

double element(const Heads& heads, int head, int token, int dim) {
  const int d = heads.shape.head_dim;
  const auto at = [&](int t, int i) { return static_cast<std::size_t>((t * heads.shape.n_heads + head) * d + i); };
  std::vector<double> scores;
  for (int t = 0; t < heads.n_tokens; ++t) {
    double score = 0;
    for (int i = 0; i < d; ++i) score += double{heads.q[at(token, i)]} * heads.k[at(t, i)];
    scores.push_back(score * heads.shape.scale);
  }
  const double most = *std::max_element(scores.begin(), scores.end());
  double sum = 0, out = 0;
  for (int t = 0; t < heads.n_tokens; ++t) {
    const double share = std::exp(scores[static_cast<std::size_t>(t)] - most);
    sum += share;
    out += share * heads.v[at(t, dim)];
  }
  return out / sum;
}

TEST(FullAttention, FollowsTheFormula) {
  for (const int n_tokens : {1, 2, 47, 48, 63, 64, 65, 130, 200}) {
    for (const int head_dim : {16, 32, 80}) {
      const Heads heads = random_heads(3, head_dim, n_tokens);
      const std::vector<float> out = attended(heads);
      for (int h = 0; h < 3; ++h) {
        for (int t = 0; t < n_tokens; t += 1 + n_tokens / 7) {
          for (int i = 0; i < head_dim; i += 5) {
            ASSERT_NEAR(out[static_cast<std::size_t>((t * 3 + h) * head_dim + i)], element(heads, h, t, i), 2e-5)
                << n_tokens << " tokens, head " << h << ", token " << t;
          }
        }
      }
    }
  }
}

TEST(FullAttention, EveryTokenCounts) {
  Heads heads = random_heads(1, 16, 70);
  const std::vector<float> before = attended(heads);
  heads.v.back() += 100;  // the last token's, which the first one sees
  EXPECT_GT(attended(heads)[15], before[15]);
}

}  // namespace
}  // namespace sotto::ops
