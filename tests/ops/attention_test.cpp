// Attention against the textbook's formula in double, over the keys and values as f16 holds them.
#include "ops/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "kernels/half.h"
#include "kernels/table.h"

namespace sotto::ops {
namespace {

std::vector<float> normals(std::mt19937& engine, int n) {
  std::vector<float> out(static_cast<std::size_t>(n));
  for (float& x : out) x = std::normal_distribution<float>()(engine);
  return out;
}

float through_half(float x) { return kernels::half_to_float(kernels::float_to_half(x)); }

struct Case {
  AttentionShape shape;
  int window;
  int slots;
  int n_tokens;
};

// A cache filled token by token with random keys and values, and attention over it.
class Fixture {
 public:
  Fixture(const Case& c, int threads) : c_(c), pool_(threads), engine_(11) {
    const int width = c.shape.n_kv_heads * c.shape.head_dim;
    storage_.assign(static_cast<std::size_t>(2 * width * c.slots), 0);
    cache_ = {storage_.data(), storage_.data() + width * c.slots, c.slots};
    k_ = normals(engine_, c.n_tokens * width);
    v_ = normals(engine_, c.n_tokens * width);
    q_ = normals(engine_, c.n_tokens * c.shape.n_heads * c.shape.head_dim);
  }

  // Runs all tokens in batches of `batch`.
  std::vector<float> run(int batch) {
    const int q_width = c_.shape.n_heads * c_.shape.head_dim;
    std::vector<float> out(q_.size());
    for (int t = 0; t < c_.n_tokens; t += batch) {
      const int n = std::min(batch, c_.n_tokens - t);
      for (int p = t; p < t + n; ++p) store(p);
      attention_.run(c_.shape, cache_, q_.data() + t * q_width, t, n, c_.window, out.data() + t * q_width, pool_);
    }
    return out;
  }

  double expected(int token, int head, int i) const {
    const AttentionShape& s = c_.shape;
    const int kv_head = head / (s.n_heads / s.n_kv_heads);
    const int first = c_.window > 0 ? std::max(0, token - c_.window + 1) : 0;
    double sum = 0, weighted = 0;
    for (int p = first; p <= token; ++p) {
      const std::size_t row = static_cast<std::size_t>((p * s.n_kv_heads + kv_head) * s.head_dim);
      double score = 0;
      for (int j = 0; j < s.head_dim; ++j) {
        score += double{q_[static_cast<std::size_t>((token * s.n_heads + head) * s.head_dim + j)]} *
                 through_half(k_[row + static_cast<std::size_t>(j)]);
      }
      const double weight = std::exp(score * s.scale);
      sum += weight;
      weighted += weight * through_half(v_[row + static_cast<std::size_t>(i)]);
    }
    return weighted / sum;
  }

 private:
  void store(int position) {
    const int d = c_.shape.head_dim;
    for (int h = 0; h < c_.shape.n_kv_heads; ++h) {
      const int row = (position * c_.shape.n_kv_heads + h) * d;
      store_key(c_.shape, cache_, h, position, k_.data() + row);
      store_value(c_.shape, cache_, h, position, v_.data() + row);
    }
  }

  Case c_;
  base::ThreadPool pool_;
  std::mt19937 engine_;
  std::vector<std::uint16_t> storage_;
  KeysAndValues cache_{};
  std::vector<float> q_, k_, v_;
  Attention attention_;
};

const Case kCases[] = {
    {{9, 3, 64, 0.125f}, 0, 256, 200},
    {{4, 1, 256, 0.0625f}, 70, 192, 300},  // a ring: the window and a batch, overwritten
    {{2, 2, 16, 0.25f}, 5, 128, 150},
    {{6, 2, 80, 0.1f}, 0, 64, 3},
};

TEST(Attention, FollowsItsFormula) {
  for (const Case& c : kCases) {
    Fixture fixture(c, 2);
    const auto out = fixture.run(48);
    for (int t = 0; t < c.n_tokens; t += 7) {
      for (int h = 0; h < c.shape.n_heads; ++h) {
        for (int i = 0; i < c.shape.head_dim; i += 5) {
          const float found = out[static_cast<std::size_t>((t * c.shape.n_heads + h) * c.shape.head_dim + i)];
          ASSERT_NEAR(found, fixture.expected(t, h, i), 2e-5) << "token " << t << " head " << h;
        }
      }
    }
  }
}

TEST(Attention, DoesNotDependOnBatchOrThreads) {
  for (const Case& c : kCases) {
    const auto whole = Fixture(c, 1).run(c.window > 0 ? 50 : c.n_tokens);
    EXPECT_EQ(Fixture(c, 3).run(1), whole);
    EXPECT_EQ(Fixture(c, 2).run(33), whole);
  }
}

}  // namespace
}  // namespace sotto::ops
