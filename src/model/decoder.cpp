#include "model/decoder.h"

#include <algorithm>
#include <utility>

#include "kernels/table.h"
#include "model/families/registry.h"

namespace sotto::model {
namespace {

// Makes room for n_tokens rows of `width`. A buffer never shrinks.
void grow(std::vector<float>& buffer, int n_tokens, int width) {
  const std::size_t needed = static_cast<std::size_t>(n_tokens) * static_cast<std::size_t>(width);
  if (buffer.size() < needed) buffer.resize(needed);
}

// What multiplying with a layer's matrices reads.
std::size_t layer_bytes(const LayerWeights& layer) {
  std::size_t bytes = 0;
  for (const ops::Matrix* matrix :
       {&layer.q, &layer.k, &layer.v, &layer.attention_out, &layer.gate, &layer.up, &layer.down}) {
    bytes += static_cast<std::size_t>(matrix->rows()) * matrix->row_bytes();
  }
  return bytes;
}

// Calls f(first, last) for the tokens of each tile, on the lane's threads.
template <class F>
void for_tiles(const Lane& lane, F&& f) {
  constexpr int kTile = kernels::kTileTokens;
  lane.pool.run((lane.n_tokens + kTile - 1) / kTile,
                [&](int tile, int) { f(tile * kTile, std::min((tile + 1) * kTile, lane.n_tokens)); });
}

// lane.x becomes `rows` [lane.n_tokens, width], quantized.
void quantize(Lane& lane, const std::vector<float>& rows, int width) {
  lane.x.begin(rows.data(), lane.n_tokens, width, ops::Precision::kInt8);
  for_tiles(lane, [&](int first, int) { lane.x.set_tile(first / kernels::kTileTokens); });
}

}  // namespace

Result<std::unique_ptr<Model>> Model::load(const gguf::File& file, const LoadOptions& options) {
  auto family = find_family(file);
  if (!family) return forward_error(family);
  auto spec = (*family)->read_spec(file);
  if (!spec) return forward_error(spec);
  auto pool = std::make_unique<base::ThreadPool>(options.threads > 0 ? options.threads : base::default_thread_count());
  auto weights = bind_weights(file, *spec, (*family)->weight_table(),
                              {.packed = !options.exact_activations, .keep = options.keep}, *pool);
  if (!weights) return forward_error(weights);
  const KvType kv = options.exact_activations ? KvType::kF16 : options.kv;
  return std::unique_ptr<Model>(new Decoder(std::move(*spec), std::move(*weights), kv, std::move(pool)));
}

bool shares_lane(int n_tokens, int n_threads, std::size_t layer_bytes) {
  constexpr int kTilesEach = 2, kTilesEachOfLarge = 4;
  constexpr std::size_t kLargeBytes = std::size_t{8} << 20;  // more than a core's cache holds
  const int tiles_each = layer_bytes < kLargeBytes ? kTilesEach : kTilesEachOfLarge;
  return n_threads > 1 && n_tokens < tiles_each * n_threads * kernels::kTileTokens;
}

Decoder::Decoder(DecoderSpec spec, Weights weights, KvType kv, std::unique_ptr<base::ThreadPool> pool)
    : spec_(std::move(spec)),
      weights_(std::move(weights)),
      kv_(kv),
      pool_(std::move(pool)),
      shape_{spec_.n_heads, spec_.n_kv_heads, spec_.head_dim, spec_.attention_scale},
      rope_frequencies_(
          ops::rope_frequencies(spec_.rope_dim, spec_.rope.theta, spec_.rope.position_scale, weights_.rope_factors)),
      window_rope_frequencies_(
          ops::rope_frequencies(spec_.rope_dim, spec_.window_rope.theta, spec_.window_rope.position_scale, {})),
      shared_lane_(*pool_),
      own_lanes_() {
  for (int i = 0; i < pool_->size(); ++i) own_lanes_.emplace_back(alone_);
}

// Without packed matrices activations stay in float32.
std::string Decoder::arithmetic() const {
  return std::string(kernels::table().isa) + (weights_.panels.empty() ? ", float32" : "");
}

std::unique_ptr<KvCache> Decoder::new_cache(int ctx_tokens) const {
  return std::make_unique<KvCache>(spec_, kv_, ctx_tokens, kBatchTokens);
}

std::uint64_t Decoder::cache_bytes(int ctx_tokens) const {
  return KvCache::bytes_for(spec_, kv_, ctx_tokens, kBatchTokens);
}

void Decoder::forward(KvCache& cache, std::span<const std::int32_t> tokens, LogitsFor which, std::span<float> logits) {
  const auto n_vocab = static_cast<std::size_t>(spec_.n_vocab);
  for (std::size_t done = 0; done < tokens.size(); done += kBatchTokens) {
    const auto batch = tokens.subspan(done, std::min<std::size_t>(kBatchTokens, tokens.size() - done));
    const int n_tokens = static_cast<int>(batch.size());
    forward_batch(cache, batch);
    if (which == LogitsFor::kAll) {
      for_lanes(n_tokens, 0, [&](Lane& lane) {
        compute_logits(lane, which.best, logits.data() + (done + static_cast<std::size_t>(lane.first)) * n_vocab);
      });
    }
    if (which == LogitsFor::kLast && done + batch.size() == tokens.size()) {
      shared_lane_.first = n_tokens - 1;
      shared_lane_.n_tokens = 1;
      compute_logits(shared_lane_, which.best, logits.data());
    }
  }
}

// A layer's attention needs the keys and values of all tokens before, so the threads wait for each other once a layer:
// between one layer's first half and its second, which goes on into the next one's first.
void Decoder::forward_batch(KvCache& cache, std::span<const std::int32_t> tokens) {
  const int n_tokens = static_cast<int>(tokens.size());
  grow(residual_, n_tokens, spec_.model_dim);
  grow(q_, n_tokens, spec_.n_heads * spec_.head_dim);
  rope_.resize(n_tokens, spec_.rope_dim / 2);
  if (spec_.window > 0) window_rope_.resize(n_tokens, spec_.rope_dim / 2);
  for (int layer = 0; layer <= spec_.n_layers; ++layer) {
    for_lanes(n_tokens, cache.size(), [&](Lane& lane) {
      if (layer == 0) embed(lane, tokens);
      if (layer > 0) attend(lane, cache, layer - 1);
      if (layer > 0) feed_forward(lane, weights_.layers[static_cast<std::size_t>(layer - 1)]);
      if (layer < spec_.n_layers) project(lane, cache, layer);
    });
  }
  cache.advance(n_tokens);
  weights_.embedding.drop_rows();
}

template <class F>
void Decoder::for_lanes(int n_tokens, int position, F&& f) {
  constexpr int kTile = kernels::kTileTokens, kMostTokens = 66;  // what fits a core's cache
  const auto enter = [&](Lane& lane, int first, int count) {
    lane.first = first;
    lane.n_tokens = count;
    lane.position = position + first;
    f(lane);
  };
  if (shares_lane(n_tokens, pool_->size(), layer_bytes(weights_.layers.front())))
    return enter(shared_lane_, 0, n_tokens);
  // Every thread gets equally many lanes. With one each, the longest decides when all end, so they are equally long.
  // With several, a thread that is late takes fewer, and whole tiles count for more.
  const auto ceiling = [](int n, int unit) { return (n + unit - 1) / unit; };
  const int n_threads = pool_->size();
  const int n_rounds = ceiling(n_tokens, n_threads * kMostTokens), share = ceiling(n_tokens, n_rounds * n_threads);
  const int step = n_rounds == 1 ? share : ceiling(share, kTile) * kTile;
  const int n_lanes = ceiling(n_tokens, step);
  pool_->run(n_lanes, [&](int task, int thread) {
    const int first =
        (n_lanes - 1 - task) * step;  // the last tokens see the most: each share begins with its longest lane
    enter(own_lanes_[static_cast<std::size_t>(thread)], first, std::min(step, n_tokens - first));
  });
}

void Decoder::embed(Lane& lane, std::span<const std::int32_t> tokens) {
  for (int t = lane.first; t < lane.first + lane.n_tokens; ++t) {
    float* row = residual_.data() + t * spec_.model_dim;
    weights_.embedding.read_row(tokens[static_cast<std::size_t>(t)], row);
    for (int i = 0; i < spec_.model_dim; ++i) row[i] *= spec_.embedding_scale;
  }
  rope_.fill(lane.first, lane.n_tokens, lane.position, rope_frequencies_);
  if (spec_.window > 0) window_rope_.fill(lane.first, lane.n_tokens, lane.position, window_rope_frequencies_);
}

// Queries, and the layer's keys and values of the lane's tokens. A task is a head.
void Decoder::project(Lane& lane, KvCache& cache, int layer) {
  const LayerWeights& weights = weights_.layers[static_cast<std::size_t>(layer)];
  const ops::RopeTable& rope = spec_.windowed[static_cast<std::size_t>(layer)] ? window_rope_ : rope_;
  const int d = spec_.head_dim, n_heads = spec_.n_heads, n_kv_heads = spec_.n_kv_heads;
  float* q = q_.data() + lane.first * n_heads * d;
  grow(lane.k, lane.n_tokens, n_kv_heads * d);
  grow(lane.v, lane.n_tokens, n_kv_heads * d);
  read_residual(lane, weights.attention_norm, ops::Precision::kRefined);

  const auto turn = [&](float* head, const std::vector<float>& norm, int t) {
    if (spec_.qk_norm) kernels::table().rms_norm(head, norm.data(), head, d, spec_.norm_epsilon);
    rope.rotate(head, lane.first + t, spec_.rope_pairing == RopePairing::kHalves);
  };
  const auto query_head = [&](int h) {
    ops::multiply(lane.x, weights.q, h * d, (h + 1) * d, q);
    for (int t = 0; t < lane.n_tokens; ++t) turn(q + (t * n_heads + h) * d, weights.q_norm, t);
  };
  const auto key_head = [&](int h) {
    ops::multiply(lane.x, weights.k, h * d, (h + 1) * d, lane.k.data());
    for (int t = 0; t < lane.n_tokens; ++t) {
      float* key = lane.k.data() + (t * n_kv_heads + h) * d;
      turn(key, weights.k_norm, t);
      ops::store_key(shape_, cache.layer(layer), h, lane.position + t, key);
    }
  };
  const auto value_head = [&](int h) {
    ops::multiply(lane.x, weights.v, h * d, (h + 1) * d, lane.v.data());
    for (int t = 0; t < lane.n_tokens; ++t) {
      ops::store_value(shape_, cache.layer(layer), h, lane.position + t, lane.v.data() + (t * n_kv_heads + h) * d);
    }
  };
  lane.pool.run(n_heads + 2 * n_kv_heads, [&](int task, int) {
    if (task < n_kv_heads) return key_head(task);
    if (task < 2 * n_kv_heads) return value_head(task - n_kv_heads);
    query_head(task - 2 * n_kv_heads);
  });
}

void Decoder::attend(Lane& lane, const KvCache& cache, int layer) {
  const LayerWeights& weights = weights_.layers[static_cast<std::size_t>(layer)];
  const int width = spec_.n_heads * spec_.head_dim;
  const int window = spec_.windowed[static_cast<std::size_t>(layer)] ? spec_.window : 0;
  grow(lane.attended, lane.n_tokens, width);
  lane.attention.run(shape_, cache.layer(layer), q_.data() + lane.first * width, lane.position, lane.n_tokens, window,
                     lane.attended.data(), lane.pool);
  quantize(lane, lane.attended, width);
  grow(lane.block, lane.n_tokens, spec_.model_dim);
  ops::multiply(lane.x, weights.attention_out, lane.block.data(), lane.pool);
  add_to_residual(lane, weights.post_attention_norm);
}

// A task is some rows of gate and the same of up.
void Decoder::feed_forward(Lane& lane, const LayerWeights& weights) {
  const auto activate = spec_.activation == Activation::kSilu ? kernels::table().silu_mul : kernels::table().gelu_mul;
  const int width = spec_.ffn_dim;
  grow(lane.gate, lane.n_tokens, width);
  grow(lane.up, lane.n_tokens, width);
  read_residual(lane, weights.ffn_norm, ops::Precision::kInt8);
  const auto step =
      static_cast<int>(ops::rows_per_task(width, weights.gate.row_bytes() + weights.up.row_bytes(), lane.pool.size()));
  lane.pool.run((width + step - 1) / step, [&](int task, int) {
    const int first = task * step, last = std::min(first + step, width);
    ops::multiply(lane.x, weights.gate, first, last, lane.gate.data());
    ops::multiply(lane.x, weights.up, first, last, lane.up.data());
    for (int t = 0; t < lane.n_tokens; ++t) {
      activate(lane.gate.data() + t * width + first, lane.up.data() + t * width + first, last - first);
    }
  });
  quantize(lane, lane.gate, width);
  ops::multiply(lane.x, weights.down, lane.block.data(), lane.pool);
  add_to_residual(lane, weights.post_ffn_norm);
}

void Decoder::read_residual(Lane& lane, const std::vector<float>& norm, ops::Precision precision) {
  const int d = spec_.model_dim;
  grow(lane.block, lane.n_tokens, d);
  lane.x.begin(lane.block.data(), lane.n_tokens, d, precision);
  for_tiles(lane, [&](int first, int last) {
    for (int t = first; t < last; ++t) {
      const float* row = residual_.data() + (lane.first + t) * d;
      kernels::table().rms_norm(row, norm.data(), lane.block.data() + t * d, d, spec_.norm_epsilon);
    }
    lane.x.set_tile(first / kernels::kTileTokens);
  });
}

void Decoder::add_to_residual(Lane& lane, const std::vector<float>& post_norm) {
  const int d = spec_.model_dim;
  for_tiles(lane, [&](int first, int last) {
    for (int t = first; t < last; ++t) {
      float* out = lane.block.data() + t * d;
      float* row = residual_.data() + (lane.first + t) * d;
      if (spec_.post_norms) kernels::table().rms_norm(out, post_norm.data(), out, d, spec_.norm_epsilon);
      for (int i = 0; i < d; ++i) row[i] += out[i];
    }
  });
}

void Decoder::compute_logits(Lane& lane, const ops::Best& best, float* logits) {
  read_residual(lane, weights_.output_norm, ops::Precision::kRefined);
  lane.head.run(lane.x, weights_.head(), best, logits, lane.pool);
}

}  // namespace sotto::model
