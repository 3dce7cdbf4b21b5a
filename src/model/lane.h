// Neighbouring tokens of a batch that go through the layers together, and what they need on the way but not afterwards.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/layout.h"
#include "model/routing.h"
#include "ops/attention.h"
#include "ops/head.h"
#include "ops/matmul.h"

namespace sotto::model {

// Of many tokens each thread has its own lane, whose pool is that thread alone; of few there is one lane, whose
// steps are split over all threads.
struct Lane {
  explicit Lane(base::ThreadPool& threads) : pool(threads) {}

  base::ThreadPool& pool;
  int first = 0;  // token of the batch
  int n_tokens = 0;

  ops::Activations x;
  ops::Attention attention;
  ops::Head head;
  // [n_tokens, …] f32, row-major
  std::vector<float> block;     // model_dim: what goes into a block, then what comes out of it
  std::vector<float> k, v;      // n_kv_heads * head_dim
  std::vector<float> attended;  // n_heads * head_dim
  std::vector<float> gate, up;  // ffn_dim

  // Of layers with experts; a row for each token that the expert takes.
  Routing routing;
  std::vector<float> router_scores;           // experts.count
  std::vector<float> to_expert, from_expert;  // model_dim
  std::vector<float> expert_sums;             // model_dim; a row for each token of the lane
};

// Whether so many tokens of a batch are one lane of all threads, rather than lanes of one thread each. The latter
// seldom wait for each other, but each reads and unpacks all weights; a shared lane does that once, for a join after
// every step, which is short beside the steps of a large layer (docs/decisions/0011-lanes.md).
bool shares_lane(int n_tokens, int n_threads, std::size_t layer_bytes);

// Makes room for n_tokens rows of `width`, whatever stood there. A buffer never shrinks. Address space is taken for
// `most` tokens at once, since what many smaller buffers leave behind would stay resident.
inline void grow(std::vector<float>& buffer, int n_tokens, int width, int most = kernels::kSumTokens) {
  const auto floats = [&](int n) { return static_cast<std::size_t>(n) * static_cast<std::size_t>(width); };
  if (buffer.capacity() < floats(n_tokens)) {
    buffer = {};
    buffer.reserve(floats(std::max(n_tokens, most)));
  }
  if (buffer.size() < floats(n_tokens)) buffer.resize(floats(n_tokens));
}

// Calls f(first, last) for the tokens of each tile of n_tokens, on the lane's threads.
template <class F>
void for_tiles(Lane& lane, int n_tokens, F&& f) {
  constexpr int kTile = kernels::kTileTokens;
  lane.pool.run((n_tokens + kTile - 1) / kTile,
                [&](int tile, int) { f(tile * kTile, std::min((tile + 1) * kTile, n_tokens)); });
}

// lane.x becomes `rows` [n_tokens, width], quantized.
inline void quantize(Lane& lane, const float* rows, int n_tokens, int width,
                     ops::Precision precision = ops::Precision::kInt8) {
  lane.x.begin(rows, n_tokens, width, precision);
  for_tiles(lane, n_tokens, [&](int first, int) { lane.x.set_tile(first / kernels::kTileTokens); });
}
inline void quantize(Lane& lane, const std::vector<float>& rows, int n_tokens, int width) {
  quantize(lane, rows.data(), n_tokens, width);
}

}  // namespace sotto::model
