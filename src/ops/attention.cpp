#include "ops/attention.h"

#include <atomic>
#include <cmath>
#include <utility>

#include "kernels/table.h"
#include "ops/attention_span.h"

namespace sotto::ops {

using kernels::kKeyChunk;
using kernels::Partial;

namespace {

constexpr int kTokensPerBlock = 32;
constexpr std::size_t kMostPartialFloats = std::size_t{1} << 20;  // where spans are split; but at least one token's

std::size_t partial_floats(int n_rows, int head_dim) {
  return static_cast<std::size_t>(n_rows) * (static_cast<std::size_t>(head_dim) + 2);
}

Partial partial_at(float* memory, int n_rows, int head_dim) {
  float* max = memory + static_cast<std::size_t>(n_rows) * static_cast<std::size_t>(head_dim);
  return {memory, max, max + n_rows};
}

// So many tokens' partials, for every span and key head, keep to kMostPartialFloats.
int most_split_tokens(const QueryBlock& block, int span) {
  const int n_spans = block.end_span(span) - block.first_span(span);
  const std::size_t of_token =
      partial_floats(block.shape.n_heads, block.shape.head_dim) * static_cast<std::size_t>(n_spans);
  return static_cast<int>(std::max<std::size_t>(1, kMostPartialFloats / of_token));
}

void clear_partial(const Partial& p, int n_rows, int d) {
  std::fill_n(p.out, n_rows * d, 0.0f);
  std::fill_n(p.max, n_rows, -INFINITY);
  std::fill_n(p.sum, n_rows, 0.0f);
}

void write_result(const QueryBlock& block, const Partial& total, float* out) {
  const int d = block.shape.head_dim;
  for (int r = 0; r < block.n_rows(); ++r) {
    float* to = out + block.element(r);
    for (int i = 0; i < d; ++i) to[i] = total.out[r * d + i] / total.sum[r];
  }
}

}  // namespace

// What one thread works with.
class AttentionWorker {
 public:
  SpanAttention& way(KvType type) { return type == KvType::kInt8 ? static_cast<SpanAttention&>(int8_) : float_; }

  // Two partials of n_rows rows, the first one empty.
  std::pair<Partial, Partial> partials(int n_rows, int d) {
    const std::size_t n = partial_floats(n_rows, d);
    partials_.resize(std::max(partials_.size(), 2 * n));
    const Partial total = partial_at(partials_.data(), n_rows, d);
    clear_partial(total, n_rows, d);
    return {total, partial_at(partials_.data() + n, n_rows, d)};
  }

  // A block's attention to all that it sees.
  void attend(const QueryBlock& block, const float* q, float* out) {
    const int d = block.shape.head_dim, n_rows = block.n_rows();
    SpanAttention& way = this->way(block.cache.type);
    way.set_queries(block, q);
    const auto [total, part] = partials(n_rows, d);
    for (int s = block.first_span(way.span()); s < block.end_span(way.span()); ++s) {
      way.attend(block, s * way.span(), part);
      kernels::table().merge_partial(total, part, n_rows, d);
    }
    write_result(block, total, out);
  }

 private:
  FloatAttention float_;
  Int8Attention int8_;
  std::vector<float> partials_;
};

Attention::Attention() = default;
Attention::~Attention() = default;
Attention::Attention(Attention&&) noexcept = default;

std::size_t kv_chunk_bytes(KvType type, int head_dim) {
  if (type == KvType::kInt8) return kernels::int8_chunk_bytes(head_dim);
  return 2 * static_cast<std::size_t>(kKeyChunk * head_dim) *
         (type == KvType::kF32 ? sizeof(float) : sizeof(std::uint16_t));
}

void store_key(const AttentionShape& shape, const KeysAndValues& cache, int kv_head, int position, const float* key) {
  std::uint8_t* chunk = chunk_of(shape, cache, kv_head, position);
  if (cache.type == KvType::kInt8) return store_key_int8(chunk, position % kKeyChunk, shape.head_dim, key);
  store_key_float(cache.type, chunk, position % kKeyChunk, shape.head_dim, key);
}

void store_value(const AttentionShape& shape, const KeysAndValues& cache, int kv_head, int position,
                 const float* value) {
  std::uint8_t* chunk = chunk_of(shape, cache, kv_head, position);
  if (cache.type == KvType::kInt8) return store_value_int8(chunk, position % kKeyChunk, shape.head_dim, value);
  store_value_float(cache.type, chunk, position % kKeyChunk, shape.head_dim, value);
}

void Attention::run(const AttentionShape& shape, const KeysAndValues& cache, const float* q, int first_position,
                    int n_tokens, int window, float* out, base::ThreadPool& pool) {
  workers_.resize(static_cast<std::size_t>(pool.size()));
  const auto row = [&](int token) { return std::int64_t{token} * shape.n_heads * shape.head_dim; };
  if (pool.size() > 1 && n_tokens <= kTokensPerBlock) {
    const QueryBlock all{shape, cache, 0, first_position, n_tokens, window};
    const int most = most_split_tokens(all, workers_[0].way(cache.type).span());
    for (int t = 0; t < n_tokens; t += most) {
      const int n = std::min(most, n_tokens - t);
      split_spans({shape, cache, 0, first_position + t, n, window}, q + row(t), out + row(t), pool);
    }
    return;
  }
  const int n_blocks = (n_tokens + kTokensPerBlock - 1) / kTokensPerBlock;
  pool.run(n_blocks * shape.n_kv_heads, [&](int task, int thread) {
    const int token = (n_blocks - 1 - task / shape.n_kv_heads) * kTokensPerBlock;  // the longest first
    const QueryBlock block{
        shape, cache, task % shape.n_kv_heads, first_position + token, std::min(kTokensPerBlock, n_tokens - token),
        window};
    workers_[static_cast<std::size_t>(thread)].attend(block, q + row(token), out + row(token));
  });
}

// Few tokens: spans in parallel. Whoever ends a key head's last one merges them, in the order in which
// AttentionWorker::attend() takes them.
void Attention::split_spans(const QueryBlock& tokens, const float* q, float* out, base::ThreadPool& pool) {
  const int n_kv_heads = tokens.shape.n_kv_heads, d = tokens.shape.head_dim, n_rows = tokens.n_rows();
  const int span = workers_[0].way(tokens.cache.type).span(), first = tokens.first_span(span);
  const int n_spans = tokens.end_span(span) - first;
  const std::size_t stride = partial_floats(n_rows, d);
  partials_.resize(std::max(partials_.size(), stride * static_cast<std::size_t>(n_spans * n_kv_heads)));
  const auto block_of = [&](int kv_head) {
    QueryBlock block = tokens;
    block.kv_head = kv_head;
    return block;
  };
  const auto partial_of = [&](int task) {
    return partial_at(partials_.data() + stride * static_cast<std::size_t>(task), n_rows, d);
  };
  const auto merge = [&](int kv_head, int thread) {
    const Partial total = workers_[static_cast<std::size_t>(thread)].partials(n_rows, d).first;
    for (int s = 0; s < n_spans; ++s) {
      kernels::table().merge_partial(total, partial_of(kv_head * n_spans + s), n_rows, d);
    }
    write_result(block_of(kv_head), total, out);
  };
  std::vector<int> taken(workers_.size(), -1);  // the key head whose queries a thread has
  std::vector<std::atomic<int>> remaining(static_cast<std::size_t>(n_kv_heads));
  for (auto& spans : remaining) spans.store(n_spans, std::memory_order_relaxed);
  pool.run(n_spans * n_kv_heads, [&](int task, int thread) {
    const QueryBlock block = block_of(task / n_spans);
    SpanAttention& way = workers_[static_cast<std::size_t>(thread)].way(block.cache.type);
    if (std::exchange(taken[static_cast<std::size_t>(thread)], block.kv_head) != block.kv_head) {
      way.set_queries(block, q);
    }
    way.attend(block, (first + task % n_spans) * span, partial_of(task));
    const bool last = remaining[static_cast<std::size_t>(block.kv_head)].fetch_sub(1, std::memory_order_acq_rel) == 1;
    if (last) merge(block.kv_head, thread);
  });
}

}  // namespace sotto::ops
