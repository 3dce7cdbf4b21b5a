// One layer of the forward pass.
#include <algorithm>

#include "kernels/table.h"
#include "model/decoder.h"
#include "ops/norm.h"

namespace sotto::model {
namespace {

// out[t][i] += bias[i] for the columns [first, last) of n_tokens rows of `width`.
void add_bias(const std::vector<float>& bias, int n_tokens, int width, int first, int last, float* out) {
  if (bias.empty()) return;
  for (int t = 0; t < n_tokens; ++t) {
    for (int i = first; i < last; ++i) out[t * width + i] += bias[static_cast<std::size_t>(i)];
  }
}

}  // namespace

// Queries, and the layer's keys and values of the lane's tokens. A task is a head.
void Decoder::project(Lane& lane, int layer) {
  const LayerWeights& weights = weights_.layers[static_cast<std::size_t>(layer)];
  read_residual(lane, weights.attention_norm, weights.attention_norm_bias, ops::Precision::kRefined);
  if (!spec_.attends(layer)) return enter_recurrence(lane, weights, layer);
  const ops::AttentionShape shape = shape_of(layer);
  const int d = shape.head_dim, n_heads = shape.n_heads, n_tokens = lane.n_tokens;
  const int n_kv_heads = spec_.has_own_kv(layer) ? shape.n_kv_heads : 0;
  float* q = queries(lane, layer);
  grow(lane.k, n_tokens, n_kv_heads * d);
  grow(lane.v, n_tokens, n_kv_heads * d);
  lane.x.reduce({&weights.q, &weights.k, &weights.v}, lane.pool);

  show(lane, {&weights.q, &weights.k, &weights.v});
  const auto multiply_head = [&](const ops::Matrix& matrix, const std::vector<float>& bias, int n, int h, float* out) {
    ops::multiply(lane.x, matrix, h * d, (h + 1) * d, out);
    add_bias(bias, n_tokens, n * d, h * d, (h + 1) * d, out);
  };
  const auto multiply_query = [&](int h) {
    if (spec_.output_gate) return multiply_gated_query(lane, weights.q, h, q);
    multiply_head(weights.q, weights.q_bias, n_heads, h, q);
  };
  const auto multiply_key = [&](int h) { multiply_head(weights.k, weights.k_bias, n_kv_heads, h, lane.k.data()); };
  const auto turn_query = [&](int h) {
    for (int t = 0; t < n_tokens; ++t) turn(q + (t * n_heads + h) * d, weights.q_norm, layer, lane.first + t);
    for (int t = 0; t < n_tokens; ++t) grow_query(q + (t * n_heads + h) * d, d, batch_.at(lane.first + t).position);
  };
  const auto store_key = [&](int h) {
    for (int t = 0; t < n_tokens; ++t) {
      float* key = lane.k.data() + (t * n_kv_heads + h) * d;
      turn(key, weights.k_norm, layer, lane.first + t);
      const auto& [_, cache, position] = batch_.at(lane.first + t);
      ops::store_key(shape, cache->layer(layer), h, position, key);
    }
  };
  const auto value_head = [&](int h) {
    multiply_head(weights.values(), weights.v_bias, n_kv_heads, h, lane.v.data());
    for (int t = 0; t < n_tokens; ++t) {
      float* value = lane.v.data() + (t * n_kv_heads + h) * d;
      if (spec_.value_norm) kernels::table().rms_norm(value, ones_.data(), value, d, spec_.norm_epsilon);
      const auto& [_, cache, position] = batch_.at(lane.first + t);
      ops::store_value(shape, cache->layer(layer), h, position, value);
    }
  };
  const bool whole = spec_.qk_norm == QkNorm::kAll;  // then no head is normed before all are there
  lane.pool.run(n_heads + 2 * n_kv_heads, [&](int task, int) {
    if (task < n_kv_heads) {
      multiply_key(task);
      if (!whole) store_key(task);
    } else if (task < 2 * n_kv_heads) {
      value_head(task - n_kv_heads);
    } else {
      multiply_query(task - 2 * n_kv_heads);
      if (!whole) turn_query(task - 2 * n_kv_heads);
    }
  });
  if (!whole) return;
  norm_all_heads(lane, weights, q, n_heads * d, n_kv_heads * d);
  lane.pool.run(n_heads + n_kv_heads,
                [&](int task, int) { task < n_kv_heads ? store_key(task) : turn_query(task - n_kv_heads); });
}

void Decoder::norm_all_heads(Lane& lane, const LayerWeights& weights, float* q, int q_width, int k_width) const {
  for (int t = 0; t < lane.n_tokens; ++t) {
    float *query = q + t * q_width, *key = lane.k.data() + t * k_width;
    ops::normalize(query, weights.q_norm, {}, spec_.norm_epsilon, q_width, query);
    ops::normalize(key, weights.k_norm, {}, spec_.norm_epsilon, k_width, key);
  }
}

void Decoder::enter_recurrence(Lane& lane, const LayerWeights& weights, int layer) {
  const std::initializer_list<const ops::Matrix*> matrices = {&weights.mix_in, &weights.mix_gate, &weights.alpha,
                                                              &weights.beta};
  show(lane, matrices);
  lane.x.reduce(matrices, lane.pool);
  recurrence_->enter(lane, weights, batch_.at(lane.first).cache->recurrent().layer(layer));
}

// The queries of head h, whose gates stay beside them in gated_q_.
void Decoder::multiply_gated_query(Lane& lane, const ops::Matrix& matrix, int h, float* q) {
  const int d = spec_.head_dim, n_heads = spec_.n_heads;
  float* both = gated_q_.data() + lane.first * 2 * n_heads * d;
  ops::multiply(lane.x, matrix, 2 * h * d, 2 * (h + 1) * d, both);
  for (int t = 0; t < lane.n_tokens; ++t) std::copy_n(both + (t * n_heads + h) * 2 * d, d, q + (t * n_heads + h) * d);
}

void Decoder::turn(float* head, const std::vector<float>& norm, int layer, int token) const {
  const int d = spec_.head_dim_of(layer);
  if (spec_.qk_norm == QkNorm::kHead) kernels::table().rms_norm(head, norm.data(), head, d, spec_.norm_epsilon);
  if (!spec_.rotates(layer)) return;
  const ops::RopeTable& rope = spec_.sees_window(layer) ? window_rope_ : rope_;
  rope.rotate(head, token, spec_.rope_pairing == RopePairing::kHalves);
}

void Decoder::grow_query(float* query, int head_dim, int position) const {
  if (spec_.query_growth == 0) return;
  const float scale = spec_.query_scale(position);
  for (int i = 0; i < head_dim; ++i) query[i] *= scale;
}

// What the lane's tokens see of those before them becomes what the layer adds to the residual.
void Decoder::attend(Lane& lane, int layer) {
  const LayerWeights& weights = weights_.layers[static_cast<std::size_t>(layer)];
  const bool attends = spec_.attends(layer);
  attends ? weigh_values(lane, layer) : recurrence_->leave(lane, weights);
  const ops::Matrix& out = attends ? weights.attention_out : weights.mix_out;
  grow(lane.block, lane.n_tokens, spec_.model_dim);
  show(lane, {&out});
  lane.x.reduce({&out}, lane.pool);
  ops::multiply(lane.x, out, lane.block.data(), lane.pool);
  add_bias(weights.attention_out_bias, lane.n_tokens, spec_.model_dim, 0, spec_.model_dim, lane.block.data());
  add_to_residual(lane, weights.post_attention_norm);
}

// Attention, into lane.x. Of one sequence it is split over the lane's threads; of several, each is a task.
void Decoder::weigh_values(Lane& lane, int layer) {
  const ops::AttentionShape shape = shape_of(layer);
  const int width = shape.n_heads * shape.head_dim;
  const int window = spec_.sees_window(layer) ? spec_.window : 0;
  grow(lane.attended, lane.n_tokens, width);
  const auto attend_piece = [&](int piece, ops::Attention& attention, base::ThreadPool& pool) {
    const Batch::Run run = batch_.run_of(piece, lane);
    const int row = (run.first - lane.first) * width;
    attention.run(shape, run.cache->layer(layer), queries(lane, layer) + row, run.position, run.n_tokens, window,
                  lane.attended.data() + row, pool);
  };
  const auto [first, last] = batch_.pieces_of(lane);
  if (last - first == 1) {
    attend_piece(first, lane.attention, lane.pool);
  } else {
    lane.pool.run(last - first, [&, first = first](int task, int thread) {
      Lane& own = &lane == &shared_lane_ ? own_lanes_[static_cast<std::size_t>(thread)] : lane;
      attend_piece(first + task, own.attention, alone_);
    });
  }
  if (spec_.output_gate) open_gates(lane);
  quantize(lane, lane.attended, lane.n_tokens, width);
}

void Decoder::open_gates(Lane& lane) const {
  const int d = spec_.head_dim;
  const float* gates = gated_q_.data() + lane.first * 2 * spec_.n_heads * d + d;
  for (int i = 0; i < lane.n_tokens * spec_.n_heads; ++i)
    kernels::table().sigmoid_mul(lane.attended.data() + i * d, gates + i * 2 * d, d);
}

void Decoder::feed_forward(Lane& lane, const LayerWeights& weights) {
  read_residual(lane, weights.ffn_norm, weights.ffn_norm_bias, ops::Precision::kInt8);
  if (spec_.experts.count > 0) {
    ask_experts(lane, weights);
  } else {
    gated(lane, lane.n_tokens, weights.ffn, lane.block.data());
  }
  add_to_residual(lane, weights.post_ffn_norm);
}

// Of the n_tokens rows in lane.x. A task is some rows of gate and the same of up.
void Decoder::gated(Lane& lane, int n_tokens, const FeedForward& weights, float* out) {
  const auto activate = activation();
  const int width = static_cast<int>(weights.gate.rows());
  show(lane, {&weights.gate, &weights.up});
  grow(lane.gate, n_tokens, width);
  grow(lane.up, n_tokens, width);
  lane.x.reduce({&weights.gate, &weights.up}, lane.pool);
  const auto step =
      static_cast<int>(ops::rows_per_task(width, weights.gate.row_bytes() + weights.up.row_bytes(), lane.pool.size()));
  lane.pool.run((width + step - 1) / step, [&](int task, int) {
    const int first = task * step, last = std::min(first + step, width);
    ops::multiply(lane.x, weights.gate, first, last, lane.gate.data());
    ops::multiply(lane.x, weights.up, first, last, lane.up.data());
    for (int t = 0; t < n_tokens; ++t) {
      activate(lane.gate.data() + t * width + first, lane.up.data() + t * width + first, last - first);
    }
  });
  quantize(lane, lane.gate, n_tokens, width);
  show(lane, {&weights.down});
  lane.x.reduce({&weights.down}, lane.pool);
  ops::multiply(lane.x, weights.down, out, lane.pool);
}

// An expert is asked once for all tokens that take it. Their sums are taken in the order of the experts.
void Decoder::ask_experts(Lane& lane, const LayerWeights& weights) {
  const int d = spec_.model_dim;
  grow(lane.router_scores, lane.n_tokens, spec_.experts.count);
  show(lane, {&weights.router});
  ops::multiply(lane.x, weights.router, lane.router_scores.data(), lane.pool);
  lane.routing.choose(lane.router_scores, lane.n_tokens, spec_.experts);
  grow(lane.to_expert, lane.n_tokens, d);
  grow(lane.from_expert, lane.n_tokens, d);
  std::vector<float>& sums = lane.expert_sums;
  sums.assign(static_cast<std::size_t>(lane.n_tokens * d), 0.0f);
  for (int e = 0; e < spec_.experts.count; ++e) {
    const std::vector<Routing::Taken>& taken = lane.routing.tokens_of(e);
    if (taken.empty()) continue;
    const int n = static_cast<int>(taken.size());
    for (int i = 0; i < n; ++i)
      std::copy_n(lane.block.data() + taken[static_cast<std::size_t>(i)].token * d, d, lane.to_expert.data() + i * d);
    quantize(lane, lane.to_expert, n, d);
    gated(lane, n, weights.experts[static_cast<std::size_t>(e)], lane.from_expert.data());
    for (int i = 0; i < n; ++i) {
      const auto [token, share] = taken[static_cast<std::size_t>(i)];
      const float* from = lane.from_expert.data() + i * d;
      float* sum = sums.data() + token * d;
      for (int j = 0; j < d; ++j) sum[j] += share * from[j];
    }
  }
  std::copy(sums.begin(), sums.end(), lane.block.begin());
}

void Decoder::read_residual(Lane& lane, const std::vector<float>& norm, const std::vector<float>& bias,
                            ops::Precision precision) {
  const int d = spec_.model_dim;
  grow(lane.block, lane.n_tokens, d);
  lane.x.begin(lane.block.data(), lane.n_tokens, d, precision);
  for_tiles(lane, lane.n_tokens, [&](int first, int last) {
    for (int t = first; t < last; ++t) {
      const float* row = residual_.data() + (lane.first + t) * d;
      ops::normalize(row, norm, bias, spec_.norm_epsilon, d, lane.block.data() + t * d);
    }
    lane.x.set_tile(first / kernels::kTileTokens);
  });
}

void Decoder::add_to_residual(Lane& lane, const std::vector<float>& post_norm) {
  const int d = spec_.model_dim;
  for_tiles(lane, lane.n_tokens, [&](int first, int last) {
    for (int t = first; t < last; ++t) {
      float* out = lane.block.data() + t * d;
      float* row = residual_.data() + (lane.first + t) * d;
      if (spec_.post_norms) kernels::table().rms_norm(out, post_norm.data(), out, d, spec_.norm_epsilon);
      for (int i = 0; i < d; ++i) row[i] += out[i] * spec_.residual_scale;
    }
  });
}

}  // namespace sotto::model
