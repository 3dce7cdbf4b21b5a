#include "model/gated_delta.h"

#include <algorithm>
#include <cmath>

#include "kernels/table.h"

namespace sotto::model {
namespace {

constexpr float kLengthEpsilon = 1e-6f;  // under the square root of the length of queries and keys

std::vector<float> all(int n, double value) {
  return std::vector<float>(static_cast<std::size_t>(n), static_cast<float>(value));
}

float softplus(float x) { return x > 20 ? x : std::log1p(std::exp(x)); }

}  // namespace

// rms_norm(x, 1, ε / n) / sqrt(n) is x / sqrt(x·x + ε); queries are divided by another sqrt(key_dim).
GatedDelta::GatedDelta(const DecoderSpec& spec)
    : delta_(spec.delta),
      conv_tokens_(spec.conv_tokens),
      norm_epsilon_(spec.norm_epsilon),
      head_state_(static_cast<std::size_t>(delta_.key_dim) * static_cast<std::size_t>(delta_.value_dim)),
      rows_(RecurrentCache::shape_of(spec)),
      ones_(all(kTokens * std::max(delta_.key_dim, delta_.value_dim), 1)),
      q_scale_(all(delta_.key_dim, 1.0 / delta_.key_dim)),
      k_scale_(all(delta_.key_dim, 1.0 / std::sqrt(delta_.key_dim))) {}

void GatedDelta::begin(const RecurrentCache::Plan& plan) {
  plan_ = plan;
  rows_.begin(plan);
  grow(steps_, plan.n_all(), 2 * delta_.n_heads, 0);
  grow(gate_, plan.n_tokens, delta_.n_values(), 0);
  grow(mixed_, plan.n_tokens, delta_.n_values(), 0);
}

void GatedDelta::enter(Lane& lane, const LayerWeights& weights, const RecurrentCache::Layer& kept) {
  if (lane.first == 0) {
    rows_.load(kept.rows);
    std::copy_n(kept.steps, plan_.n_pending * 2 * delta_.n_heads, steps_.data());
  }
  ops::multiply(lane.x, weights.mix_in, rows_.of_token(lane.first), lane.pool);
  ops::multiply(lane.x, weights.mix_gate, gate_.data() + lane.first * delta_.n_values(), lane.pool);
  set_steps(lane, weights);
}

void GatedDelta::set_steps(Lane& lane, const LayerWeights& weights) {
  const int n_heads = delta_.n_heads;
  grow(lane.gate, lane.n_tokens, n_heads);
  grow(lane.up, lane.n_tokens, n_heads);
  ops::multiply(lane.x, weights.alpha, lane.gate.data(), lane.pool);
  ops::multiply(lane.x, weights.beta, lane.up.data(), lane.pool);
  for (int t = 0; t < lane.n_tokens; ++t) {
    const float *alpha = lane.gate.data() + t * n_heads, *beta = lane.up.data() + t * n_heads;
    float* step = step_of(plan_.n_pending + lane.first + t);
    for (int h = 0; h < n_heads; ++h) {
      const auto i = static_cast<std::size_t>(h);
      step[h] = std::exp(weights.decay[i] * softplus(alpha[h] + weights.dt_bias[i]));
      step[n_heads + h] = 1 / (1 + std::exp(-beta[h]));
    }
  }
}

// A task is a head; one more puts away what the next batch needs.
void GatedDelta::mix(const LayerWeights& weights, const RecurrentCache::Layer& kept, base::ThreadPool& pool) {
  scratch_.resize(static_cast<std::size_t>(pool.size()));
  pool.run(delta_.n_heads + 1, [&](int task, int thread) {
    if (task < delta_.n_heads) return run_head(task, weights, kept, scratch_[static_cast<std::size_t>(thread)]);
    const int n_left = plan_.n_all() - plan_.n_settled;
    rows_.store(kept, head_state_ * static_cast<std::size_t>(delta_.n_heads));
    std::copy_n(step_of(plan_.n_settled), n_left * 2 * delta_.n_heads, kept.steps);
  });
}

void GatedDelta::run_head(int head, const LayerWeights& weights, const RecurrentCache::Layer& kept, Scratch& scratch) {
  grow(scratch.q, kTokens, delta_.key_dim, 0);
  grow(scratch.k, kTokens, delta_.key_dim, 0);
  grow(scratch.v, kTokens, delta_.value_dim, 0);
  grow(scratch.out, kTokens, delta_.value_dim, 0);
  const std::size_t offset = static_cast<std::size_t>(head) * head_state_;
  float* state = kept.state + offset;
  for (int first = 0; first < plan_.n_all();) {
    if (first == plan_.copied)
      std::copy_n(state, head_state_, kept.copies[static_cast<std::size_t>(plan_.copy)] + offset);
    if (first == plan_.n_settled) {
      scratch.state.assign(state, state + head_state_);
      state = scratch.state.data();
    }
    int last = std::min(plan_.n_all(), first + kTokens);
    for (const int cut : {plan_.copied, plan_.n_settled})
      if (cut > first) last = std::min(last, cut);
    run_tokens(head, first, last, weights, state, scratch);
    first = last;
  }
}

void GatedDelta::run_tokens(int head, int first, int last, const LayerWeights& weights, float* state,
                            Scratch& scratch) {
  const kernels::Table& table = kernels::table();
  const int key_dim = delta_.key_dim, value_dim = delta_.value_dim, n_heads = delta_.n_heads;
  const int query_channel = head % delta_.n_key_heads * key_dim;
  convolve(first, last, query_channel, key_dim, weights, scratch.q.data());
  convolve(first, last, delta_.n_keys() + query_channel, key_dim, weights, scratch.k.data());
  convolve(first, last, 2 * delta_.n_keys() + head * value_dim, value_dim, weights, scratch.v.data());
  const float epsilon = kLengthEpsilon / static_cast<float>(key_dim);
  for (int t = 0; t < last - first; ++t) {
    float *q = scratch.q.data() + t * key_dim, *k = scratch.k.data() + t * key_dim;
    table.rms_norm(q, q_scale_.data(), q, key_dim, epsilon);
    table.rms_norm(k, k_scale_.data(), k, key_dim, epsilon);
  }
  const float* step = step_of(first) + head;
  table.delta_rule({scratch.q.data(), scratch.k.data(), scratch.v.data(), step, step + n_heads, 2 * n_heads}, key_dim,
                   value_dim, last - first, state, scratch.out.data());
  for (int t = std::max(first, plan_.n_pending); t < last; ++t) {
    std::copy_n(scratch.out.data() + (t - first) * value_dim, value_dim,
                mixed_.data() + ((t - plan_.n_pending) * n_heads + head) * value_dim);
  }
}

// out [last - first, width]: SiLU of the convolution of the channels from `channel` on.
void GatedDelta::convolve(int first, int last, int channel, int width, const LayerWeights& weights, float* out) const {
  const int all_channels = rows_.width();
  for (int token = first; token < last; ++token) {
    float* sum = out + (token - first) * width;
    std::fill_n(sum, width, 0.0f);
    for (int j = 0; j < conv_tokens_; ++j) {
      const float* row = rows_.seen_by(token + j) + channel;
      const float* taps = weights.conv.data() + j * all_channels + channel;
      for (int i = 0; i < width; ++i) sum[i] += taps[i] * row[i];
    }
  }
  kernels::table().silu_mul(out, ones_.data(), std::int64_t{last - first} * width);
}

void GatedDelta::leave(Lane& lane, const LayerWeights& weights) {
  const int width = delta_.n_values(), value_dim = delta_.value_dim;
  float *gate = gate_.data() + lane.first * width, *mixed = mixed_.data() + lane.first * width;
  for_tiles(lane, lane.n_tokens, [&](int first, int last) {
    for (int i = first * width; i < last * width; i += value_dim)
      kernels::table().rms_norm(mixed + i, weights.mix_norm.data(), mixed + i, value_dim, norm_epsilon_);
    kernels::table().silu_mul(gate + first * width, mixed + first * width, std::int64_t{last - first} * width);
  });
  // Few values of a product of gates and norms are large: int8 alone would lose twice what it loses of attention's.
  quantize(lane, gate, lane.n_tokens, width, ops::Precision::kRefinedMore);
}

}  // namespace sotto::model
