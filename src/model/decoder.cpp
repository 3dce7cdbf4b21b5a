#include "model/decoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/table.h"
#include "model/families/registry.h"

namespace sotto::model {
namespace {

// What multiplying with a layer's matrices reads; of experts, with those that a token takes.
std::size_t bytes_read(const LayerWeights& layer, const Experts& experts) {
  const auto bytes_of = [](const ops::Matrix& matrix) {
    return matrix.rows() > 0 ? static_cast<std::size_t>(matrix.rows()) * matrix.row_bytes() : 0;
  };
  const auto ffn_bytes = [&](const FeedForward& ffn) {
    return bytes_of(ffn.gate) + bytes_of(ffn.up) + bytes_of(ffn.down);
  };
  const std::size_t attention = bytes_of(layer.q) + bytes_of(layer.k) + bytes_of(layer.v) +
                                bytes_of(layer.attention_out) + bytes_of(layer.mix_in) + bytes_of(layer.mix_gate) +
                                bytes_of(layer.mix_out);
  if (layer.experts.empty()) return attention + ffn_bytes(layer.ffn);
  return attention + static_cast<std::size_t>(experts.used) * ffn_bytes(layer.experts.front());
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
  const KvType kv = options.exact_activations ? KvType::kF32 : options.kv;
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
      shape_{spec_.n_heads, spec_.n_kv_heads, spec_.head_dim, spec_.attention_scale, spec_.score_cap},
      layer_bytes_(bytes_read(weights_.layers.front(), spec_.experts)),
      shared_lane_(*pool_),
      own_lanes_(),
      recurrence_(make_recurrence(spec_)) {
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
    forward_batch(cache, batch, which == LogitsFor::kAll);
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
void Decoder::forward_batch(KvCache& cache, std::span<const std::int32_t> tokens, bool may_return) {
  const int n_tokens = static_cast<int>(tokens.size());
  set_rope(cache.capacity());
  grow(residual_, n_tokens, spec_.model_dim, kBatchTokens);
  grow(q_, n_tokens, spec_.n_heads * spec_.head_dim, kBatchTokens);
  if (spec_.output_gate) grow(gated_q_, n_tokens, 2 * spec_.n_heads * spec_.head_dim, kBatchTokens);
  const RecurrentCache::Plan plan = cache.recurrent().plan(cache.size(), n_tokens, may_return);
  if (recurrence_) recurrence_->begin(plan);
  rope_.resize(n_tokens, spec_.rope_dim / 2);
  if (spec_.window > 0) window_rope_.resize(n_tokens, spec_.rope_dim / 2);
  for (int layer = 0; layer <= spec_.n_layers; ++layer) {
    for_lanes(n_tokens, cache.size(), [&](Lane& lane) {
      if (layer == 0) embed(lane, tokens);
      if (layer > 0) attend(lane, cache, layer - 1);
      if (layer > 0) feed_forward(lane, weights_.layers[static_cast<std::size_t>(layer - 1)]);
      if (layer < spec_.n_layers) project(lane, cache, layer);
    });
    if (layer < spec_.n_layers && !spec_.attends(layer)) {
      recurrence_->mix(weights_.layers[static_cast<std::size_t>(layer)], cache.recurrent().layer(layer), *pool_);
    }
  }
  cache.recurrent().finish(plan);
  cache.advance(n_tokens);
}

void Decoder::set_rope(int ctx_tokens) {
  if (rope_ctx_tokens_ == ctx_tokens) return;
  rope_ctx_tokens_ = ctx_tokens;
  const bool by_context = spec_.rope.scaling == ops::RopeScaling::kLong;
  const std::vector<float>& of_context =
      spec_.rope.is_long(ctx_tokens) ? weights_.long_factors : weights_.short_factors;
  const std::vector<float>& factors = by_context ? of_context : weights_.rope_factors;
  rope_frequencies_ = ops::rope_frequencies(spec_.rope, spec_.rope_dim, ctx_tokens, factors);
  const bool same = spec_.window_rope == spec_.rope;
  window_rope_frequencies_ =
      same ? rope_frequencies_ : ops::rope_frequencies(spec_.window_rope, spec_.rope_dim, ctx_tokens, {});
}

template <class F>
void Decoder::for_lanes(int n_tokens, int position, F&& f) {
  constexpr int kTile = kernels::kTileTokens, kMostTokens = kernels::kSumTokens;
  const auto enter = [&](Lane& lane, int first, int count) {
    lane.first = first;
    lane.n_tokens = count;
    lane.position = position + first;
    f(lane);
  };
  if (shares_lane(n_tokens, pool_->size(), layer_bytes_)) return enter(shared_lane_, 0, n_tokens);
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
  weights_.embedding.drop_rows();
  rope_.fill(lane.first, lane.n_tokens, lane.position, rope_frequencies_);
  if (spec_.window > 0) window_rope_.fill(lane.first, lane.n_tokens, lane.position, window_rope_frequencies_);
}

void Decoder::compute_logits(Lane& lane, const ops::Best& best, float* logits) {
  read_residual(lane, weights_.output_norm, weights_.output_norm_bias, ops::Precision::kRefined);
  lane.head.run(lane.x, weights_.head(), best, logits, lane.pool);
  if (spec_.logit_scale == 1.0f && spec_.logit_cap == 0) return;
  constexpr std::int64_t kPiece = 8192;
  const std::int64_t n = std::int64_t{lane.n_tokens} * spec_.n_vocab;
  lane.pool.run(static_cast<int>((n + kPiece - 1) / kPiece), [&](int piece, int) {
    adjust_logits({logits + piece * kPiece, static_cast<std::size_t>(std::min(kPiece, n - piece * kPiece))});
  });
}

// Minus infinity, which stands for what was left out, stays.
void Decoder::adjust_logits(std::span<float> logits) const {
  for (float& logit : logits) logit *= spec_.logit_scale;
  if (spec_.logit_cap == 0) return;
  const auto left_out = [](float logit) { return std::isinf(logit); };
  for (auto from = logits.begin(); from != logits.end();) {
    from = std::find_if_not(from, logits.end(), left_out);
    const auto to = std::find_if(from, logits.end(), left_out);
    if (from != to) kernels::table().cap(&*from, static_cast<int>(to - from), spec_.logit_cap);
    from = to;
  }
}

}  // namespace sotto::model
