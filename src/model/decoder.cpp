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

void Decoder::forward(std::span<const Part> parts) {
  if (parts.size() > 1 && !may_mix(parts)) {
    for (const Part& part : parts) forward({&part, 1});
    return;
  }
  batch_.begin();
  while (batch_.take(parts, kBatchTokens)) {
    forward_batch();
    compute_logits();
  }
}

// A recurrence takes one sequence at a time, and so does a rotation that depends on the size of the context.
bool Decoder::may_mix(std::span<const Part> parts) const {
  const bool by_context =
      spec_.rope.scaling == ops::RopeScaling::kLong || spec_.rope.scaling == ops::RopeScaling::kDynamic;
  const int ctx_tokens = parts.front().cache.capacity();
  const auto other = [&](const Part& part) { return part.cache.capacity() != ctx_tokens; };
  return !recurrence_ && !(by_context && std::any_of(parts.begin(), parts.end(), other));
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
// keeps something of every token, only those from the first whose logits are wanted go on.
void Decoder::forward_batch() {
  const int n_tokens = batch_.size();
  KvCache& of_first = batch_.pieces().front().part->cache;
  set_rope(of_first.capacity());
  make_room(n_tokens);
  if (recurrence_) recurrence_->begin(batch_.pieces().front().plan);
  int n_keeping = spec_.n_layers;
  while (n_keeping > 0 && spec_.shares_kv(n_keeping - 1)) --n_keeping;
  const int first_wanted = batch_.first_wanted();
  for (int layer = 0; layer <= spec_.n_layers; ++layer) {
    const int first = layer < n_keeping || observer_ ? 0 : first_wanted;
    if (first == n_tokens) break;
    for_lanes(first, n_tokens - first, [&](Lane& lane) {
      if (layer == 0) embed(lane);
      else finish_layer(lane, layer - 1);
      if (layer < spec_.n_layers) project(lane, layer);
    });
    if (layer < spec_.n_layers && !spec_.attends(layer)) {
      recurrence_->mix(weights_.layers[static_cast<std::size_t>(layer)], of_first.recurrent().layer(layer), *pool_);
    }
  }
  batch_.finish();
}

// From attention on.
void Decoder::finish_layer(Lane& lane, int layer) {
  attend(lane, layer);
  feed_forward(lane, weights_.layers[static_cast<std::size_t>(layer)]);
  add_layer_input(lane, layer);
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

void Decoder::for_lanes(int first_token, int n_tokens, const std::function<void(Lane&)>& f) {
  constexpr int kTile = kernels::kTileTokens, kMostTokens = kernels::kSumTokens;
  const auto enter = [&](Lane& lane, int first, int count) {
    lane.first = first_token + first;
    lane.n_tokens = count;
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

void Decoder::embed(Lane& lane) {
  for (int t = lane.first; t < lane.first + lane.n_tokens; ++t) {
    float* row = residual_.data() + t * spec_.model_dim;
    weights_.embedding.read_row(batch_.at(t).token, row);
    for (int i = 0; i < spec_.model_dim; ++i) row[i] *= spec_.embedding_scale;
  }
  if (lane.n_tokens > 1 || ++n_single_rows_ % kSingleRowsKept == 0) weights_.embedding.drop_rows();
  if (spec_.layer_input_dim > 0) make_layer_inputs(lane);
  const auto [first, last] = batch_.pieces_of(lane);
  for (int piece = first; piece < last; ++piece) {
    const Batch::Run run = batch_.run_of(piece, lane);
    rope_.fill(run.first, run.n_tokens, run.position, rope_frequencies_);
    if (spec_.window > 0) window_rope_.fill(run.first, run.n_tokens, run.position, window_rope_frequencies_);
  }
}

void Decoder::show(const Lane& lane, std::initializer_list<const ops::Matrix*> matrices) const {
  if (!observer_) return;
  for (const ops::Matrix* matrix : matrices) {
    if (matrix->rows() > 0) observer_(*matrix, lane.x.floats(), lane.x.n_tokens());
  }
}

}  // namespace sotto::model
