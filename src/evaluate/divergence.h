// How far one next-token distribution is from another. Pure functions; knows nothing of models.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sotto::evaluate {

// A row of logits [n_vocab] as a distribution: p(i) = exp(logits[i] - highest - log_total).
struct Distribution {
  std::span<const float> logits;
  std::int32_t top = 0;  // the first of the likeliest tokens
  float highest = 0;
  double log_total = 0;

  // In nats: -log p(token).
  double surprise(std::int32_t token) const;
};

// `logits` must outlive the result and hold a value at least. A NaN among them makes log_total NaN.
Distribution distribution_of(std::span<const float> logits);

// Kullback-Leibler divergence of q from p, sum p log(p / q), in nats (Kullback and Leibler, 1951). To about 1e-8.
double divergence(const Distribution& p, const Distribution& q);

// Figures of many positions, as they are added.
class Scores {
 public:
  // One position beside the reference; next: the token that follows, or -1 where none does.
  struct Position {
    double kld = 0, surprise = 0;
    bool same_top = false, has_next = false;
  };
  static Position compare(const Distribution& reference, const Distribution& own, std::int32_t next);
  static Position alone(const Distribution& own, std::int32_t next);

  void add(const Position& position);

  std::size_t n_positions() const { return klds_.size(); }
  double mean_kld() const;
  double percentile_kld(double percent) const;  // between neighbours linearly, as numpy does
  double same_top() const;                      // a share, 0 to 1
  double perplexity() const;                    // exp of the mean surprise; NaN where nothing followed

 private:
  std::vector<double> klds_;
  double surprise_ = 0;
  std::size_t n_next_ = 0, n_same_ = 0;
};

}  // namespace sotto::evaluate
