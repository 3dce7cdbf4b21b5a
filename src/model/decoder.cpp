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
  const std::vector<adapter::Change> changes = adapter::add_up(options.adapters);
  auto weights = bind_weights(file, *spec, (*family)->weight_table(),
                              {.packed = !options.exact_activations, .keep = options.keep, .changes = changes}, *pool);
  if (!weights) return forward_error(weights);
  const KvType kv = options.exact_activations ? KvType::kF32 : options.kv;
  return std::unique_ptr<Model>(new Decoder(std::move(*spec), std::move(*weights), kv, std::move(pool)));
}

bool Decoder::substitute(std::string_view tensor, gguf::TensorType type, std::span<const std::byte> data) {
  bool found = false;
  for_each_matrix(weights_, [&](ops::Matrix& matrix) {
    if (matrix.rows() == 0 || matrix.tensor().name != tensor) return;
    matrix.substitute(type, data);
    found = true;
  });
  return found;
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
      layer_bytes_(bytes_read(weights_.layers.front(), spec_.experts)),
      shared_lane_(*pool_),
      recurrence_(make_recurrence(spec_)),
      ones_(spec_.value_norm ? static_cast<std::size_t>(spec_.widest_head()) : 0, 1.0f) {
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
    const bool last = done + batch.size() == tokens.size();
    const bool every = which == LogitsFor::kAll || observer_;
    const int n_wanted = every ? n_tokens : which == LogitsFor::kLast && last ? 1 : 0;
    forward_batch(cache, batch, n_wanted, which == LogitsFor::kAll);
    if (which == LogitsFor::kAll) {
      for_lanes(0, n_tokens, 0, [&](Lane& lane) {
        compute_logits(lane, which.best, logits.data() + (done + static_cast<std::size_t>(lane.first)) * n_vocab);
      });
    }
    if (which == LogitsFor::kNone && observer_) for_lanes(0, n_tokens, 0, [&](Lane& lane) { read_head_input(lane); });
    if (which == LogitsFor::kLast && last) {
      shared_lane_.first = n_tokens - 1;
      shared_lane_.n_tokens = 1;
      compute_logits(shared_lane_, which.best, logits.data());
    }
  }
}

void Decoder::make_room(int n_tokens) {
  grow(residual_, n_tokens, spec_.model_dim, kBatchTokens);
  grow(q_, n_tokens, spec_.n_heads * spec_.head_dim, kBatchTokens);
  if (spec_.output_gate) grow(gated_q_, n_tokens, 2 * spec_.n_heads * spec_.head_dim, kBatchTokens);
  grow(layer_inputs_, n_tokens, spec_.n_layers * spec_.layer_input_dim, kBatchTokens);
  rope_.resize(n_tokens, spec_.rope_dim / 2);
  if (spec_.window == 0) return;
  window_rope_.resize(n_tokens, spec_.rope_dim_in_windows() / 2);
  grow(window_q_, n_tokens, spec_.n_heads * spec_.head_dim_in_windows(), kBatchTokens);
}

// A layer's attention needs the keys and values of all tokens before, so the threads wait for each other once a layer:
// between one layer's first half and its second, which goes on into the next one's first. Behind the last layer that
// keeps something of every token, only those whose logits are wanted go on.
void Decoder::forward_batch(KvCache& cache, std::span<const std::int32_t> tokens, int n_wanted, bool may_return) {
  const int n_tokens = static_cast<int>(tokens.size());
  set_rope(cache.capacity());
  make_room(n_tokens);
  const RecurrentCache::Plan plan = cache.recurrent().plan(cache.size(), n_tokens, may_return);
  if (recurrence_) recurrence_->begin(plan);
  int n_keeping = spec_.n_layers;
  while (n_keeping > 0 && spec_.shares_kv(n_keeping - 1)) --n_keeping;
  for (int layer = 0; layer <= spec_.n_layers; ++layer) {
    const int first = layer < n_keeping ? 0 : n_tokens - n_wanted;
    if (first == n_tokens) break;
    for_lanes(first, n_tokens - first, cache.size(), [&](Lane& lane) {
      if (layer == 0) embed(lane, tokens);
      if (layer > 0) attend(lane, cache, layer - 1);
      if (layer > 0) feed_forward(lane, weights_.layers[static_cast<std::size_t>(layer - 1)]);
      if (layer > 0) add_layer_input(lane, layer - 1);
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
  const bool same = spec_.window_rope == spec_.rope && spec_.window_rope_dim == 0;
  window_rope_frequencies_ =
      same ? rope_frequencies_ : ops::rope_frequencies(spec_.window_rope, spec_.rope_dim_in_windows(), ctx_tokens, {});
}

template <class F>
void Decoder::for_lanes(int first_token, int n_tokens, int position, F&& f) {
  constexpr int kTile = kernels::kTileTokens, kMostTokens = kernels::kSumTokens;
  const auto enter = [&](Lane& lane, int first, int count) {
    lane.first = first_token + first;
    lane.n_tokens = count;
    lane.position = position + lane.first;
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
  if (lane.n_tokens > 1 || ++n_single_rows_ % kSingleRowsKept == 0) weights_.embedding.drop_rows();
  if (spec_.layer_input_dim > 0) make_layer_inputs(lane, tokens);
  rope_.fill(lane.first, lane.n_tokens, lane.position, rope_frequencies_);
  if (spec_.window > 0) window_rope_.fill(lane.first, lane.n_tokens, lane.position, window_rope_frequencies_);
}

void Decoder::show(const Lane& lane, std::initializer_list<const ops::Matrix*> matrices) const {
  if (!observer_) return;
  for (const ops::Matrix* matrix : matrices) {
    if (matrix->rows() > 0) observer_(*matrix, lane.x.floats(), lane.x.n_tokens());
  }
}

void Decoder::read_head_input(Lane& lane) {
  read_residual(lane, weights_.output_norm, weights_.output_norm_bias, ops::Precision::kRefined);
  show(lane, {&weights_.head()});
}

void Decoder::compute_logits(Lane& lane, const ops::Best& best, float* logits) {
  read_head_input(lane);
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
