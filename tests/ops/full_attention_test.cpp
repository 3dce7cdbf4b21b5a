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
  int n_tokens, reach;
  std::vector<float> q, k, v;
};

Heads random_heads(AttentionShape shape, int n_tokens, int reach = 0) {
  std::mt19937 engine(5);
  shape.scale = 0.3f;
  Heads heads{shape, n_tokens, reach, {}, {}, {}};
  for (const auto& [rows, n_heads] : {std::pair{&heads.q, shape.n_heads}, std::pair{&heads.k, shape.n_kv_heads},
                                      std::pair{&heads.v, shape.n_kv_heads}}) {
    rows->resize(static_cast<std::size_t>(n_tokens * n_heads * shape.head_dim));
    for (float& value : *rows) value = 2 * std::normal_distribution<float>()(engine);
  }
  return heads;
}

std::vector<float> attended(const Heads& heads) {
  FullAttention attention;
  std::vector<float> out(heads.q.size(), -1.0f);
  for (int h = 0; h < heads.shape.n_heads; ++h) {
    attention.run(heads.shape, h, heads.n_tokens, heads.reach, heads.q.data(), heads.k.data(), heads.v.data(),
                  out.data());
  }
  return out;
}

double element(const Heads& heads, int head, int token, int dim) {
  const auto& [n_heads, n_kv_heads, d, scale, cap] = heads.shape;
  const int kv_head = head * n_kv_heads / n_heads;
  const auto at = [&](int t, int n, int h, int i) { return static_cast<std::size_t>((t * n + h) * d + i); };
  double sum = 0, out = 0;
  for (int t = 0; t < heads.n_tokens; ++t) {
    if (heads.reach > 0 && std::abs(t - token) > heads.reach) continue;
    double score = 0;
    for (int i = 0; i < d; ++i) {
      score += double{heads.q[at(token, n_heads, head, i)]} * heads.k[at(t, n_kv_heads, kv_head, i)];
    }
    const double share = std::exp(score * scale);
    sum += share;
    out += share * heads.v[at(t, n_kv_heads, kv_head, dim)];
  }
  return out / sum;
}

void expect_formula(const Heads& heads) {
  const std::vector<float> out = attended(heads);
  for (int h = 0; h < heads.shape.n_heads; ++h) {
    for (int t = 0; t < heads.n_tokens; t += 1 + heads.n_tokens / 7) {
      for (int i = 0; i < heads.shape.head_dim; i += 5) {
        const int at = (t * heads.shape.n_heads + h) * heads.shape.head_dim + i;
        ASSERT_NEAR(out[static_cast<std::size_t>(at)], element(heads, h, t, i), 2e-5)
            << heads.n_tokens << " tokens, reach " << heads.reach << ", head " << h << ", token " << t;
      }
    }
  }
}

TEST(FullAttention, FollowsTheFormula) {
  for (const int n_tokens : {1, 2, 47, 48, 63, 64, 65, 130, 200}) {
    for (const int head_dim : {16, 32, 80}) expect_formula(random_heads({3, 3, head_dim, 0}, n_tokens));
  }
}

TEST(FullAttention, HeadsMayShareKeysAndSeeAWindow) {
  for (const int n_tokens : {1, 20, 64, 65, 130, 300}) {
    for (const int reach : {0, 1, 10, 63, 64, 100}) expect_formula(random_heads({6, 2, 16, 0}, n_tokens, reach));
  }
}

TEST(FullAttention, EveryTokenCounts) {
  Heads heads = random_heads({1, 1, 16, 0}, 70);
  const std::vector<float> before = attended(heads);
  heads.v.back() += 100;  // the last token's, which the first one sees
  EXPECT_GT(attended(heads)[15], before[15]);
}

}  // namespace
}  // namespace sotto::ops
