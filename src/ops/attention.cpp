#include "ops/attention.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/half.h"
#include "kernels/table.h"

namespace sotto::ops {

using kernels::kKeyChunk;

// Queries of neighbouring tokens that share a key head: row t * group + g is head kv_head * group + g of token t.
struct QueryBlock {
  const AttentionShape& shape;
  const KeysAndValues& cache;
  int kv_head;
  int first_position;  // of the block's first token
  int n_tokens;
  int window;

  int group() const { return shape.n_heads / shape.n_kv_heads; }
  int n_rows() const { return n_tokens * group(); }
  int first_visible(int position) const { return window > 0 ? std::max(0, position - window + 1) : 0; }
  int first_chunk() const { return first_visible(first_position) / kKeyChunk; }
  int last_chunk() const { return (first_position + n_tokens - 1) / kKeyChunk; }  // inclusive
};

namespace {

constexpr int kTokensPerBlock = 32;

// A softmax over some positions, not yet divided: out = sum exp(score - max) * value.
struct Partial {
  float* out;  // [n_rows, head_dim]
  float* max;  // [n_rows]
  float* sum;  // [n_rows]
};

std::size_t partial_floats(int n_rows, int head_dim) {
  return static_cast<std::size_t>(n_rows) * (static_cast<std::size_t>(head_dim) + 2);
}

Partial partial_at(float* memory, int n_rows, int head_dim) {
  float* max = memory + static_cast<std::size_t>(n_rows) * static_cast<std::size_t>(head_dim);
  return {memory, max, max + n_rows};
}

void gather_queries(const QueryBlock& block, const float* q, float* rows) {
  const int d = block.shape.head_dim, group = block.group();
  for (int t = 0; t < block.n_tokens; ++t) {
    const float* from = q + (t * block.shape.n_heads + block.kv_head * group) * d;
    for (int i = 0; i < group * d; ++i) rows[t * group * d + i] = from[i] * block.shape.scale;
  }
}

struct ChunkScratch {
  float* keys;    // [head_dim, kKeyChunk]
  float* values;  // [kKeyChunk, head_dim]
  float* scores;  // [n_rows, kKeyChunk]
};

// The block's attention to the positions of one chunk.
void attend_chunk(const QueryBlock& block, const float* queries, int chunk, const ChunkScratch& scratch,
                  const Partial& out) {
  const kernels::Table& table = kernels::table();
  const int d = block.shape.head_dim, group = block.group(), n_rows = block.n_rows();
  const std::int64_t slots = block.cache.slots;
  const std::int64_t offset = (block.kv_head * slots + chunk * std::int64_t{kKeyChunk} % slots) * d;
  table.f16_to_f32(block.cache.keys + offset, scratch.keys, kKeyChunk * d);
  table.gemm(queries, d, scratch.keys, kKeyChunk, scratch.scores, kKeyChunk, n_rows, kKeyChunk, d);
  for (int r = 0; r < n_rows; ++r) {
    const int position = block.first_position + r / group, base = chunk * kKeyChunk;
    const int first = std::max(0, block.first_visible(position) - base);
    const int last = std::min(kKeyChunk, position + 1 - base);
    table.softmax_chunk(scratch.scores + r * kKeyChunk, std::min(first, kKeyChunk), std::max(last, 0), out.max + r,
                        out.sum + r);
  }
  table.f16_to_f32(block.cache.values + offset, scratch.values, kKeyChunk * d);
  table.gemm(scratch.scores, kKeyChunk, scratch.values, d, out.out, d, n_rows, d, kKeyChunk);
}

void clear_partial(const Partial& p, int n_rows, int d) {
  std::fill_n(p.out, n_rows * d, 0.0f);
  std::fill_n(p.max, n_rows, -INFINITY);
  std::fill_n(p.sum, n_rows, 0.0f);
}

void merge(const Partial& total, const Partial& part, int n_rows, int d) {
  for (int r = 0; r < n_rows; ++r) {
    if (part.max[r] == -INFINITY) continue;
    const float max = std::max(total.max[r], part.max[r]);
    const float keep = std::exp(total.max[r] - max), add = std::exp(part.max[r] - max);
    for (int i = 0; i < d; ++i) total.out[r * d + i] = total.out[r * d + i] * keep + part.out[r * d + i] * add;
    total.sum[r] = total.sum[r] * keep + part.sum[r] * add;
    total.max[r] = max;
  }
}

void write_result(const QueryBlock& block, const Partial& total, float* out) {
  const int d = block.shape.head_dim, group = block.group();
  for (int r = 0; r < block.n_rows(); ++r) {
    float* to = out + ((r / group) * block.shape.n_heads + block.kv_head * group + r % group) * d;
    for (int i = 0; i < d; ++i) to[i] = total.out[r * d + i] / total.sum[r];
  }
}

std::size_t scratch_floats(int n_rows, int d) {
  const auto chunk = static_cast<std::size_t>(kKeyChunk);
  const auto rows = static_cast<std::size_t>(n_rows), dim = static_cast<std::size_t>(d);
  return 2 * chunk * dim + rows * (chunk + dim) + 2 * partial_floats(n_rows, d);
}

// One thread's memory for a block of up to n_rows queries.
struct BlockScratch {
  BlockScratch(std::vector<float>& memory, int n_rows, int d) {
    memory.resize(std::max(memory.size(), scratch_floats(n_rows, d)));
    float* next = memory.data();
    auto take = [&](std::size_t n) { return std::exchange(next, next + n); };
    chunk.keys = take(static_cast<std::size_t>(kKeyChunk * d));
    chunk.values = take(static_cast<std::size_t>(kKeyChunk * d));
    chunk.scores = take(static_cast<std::size_t>(n_rows * kKeyChunk));
    queries = take(static_cast<std::size_t>(n_rows * d));
    total = partial_at(take(partial_floats(n_rows, d)), n_rows, d);
    part = partial_at(take(partial_floats(n_rows, d)), n_rows, d);
  }
  ChunkScratch chunk;
  float* queries;
  Partial total, part;
};

// A block's attention to all that it sees.
void attend(const QueryBlock& block, const float* q, std::vector<float>& memory, float* out) {
  const int d = block.shape.head_dim;
  BlockScratch scratch(memory, block.n_rows(), d);
  gather_queries(block, q, scratch.queries);
  clear_partial(scratch.total, block.n_rows(), d);
  for (int chunk = block.first_chunk(); chunk <= block.last_chunk(); ++chunk) {
    attend_chunk(block, scratch.queries, chunk, scratch.chunk, scratch.part);
    merge(scratch.total, scratch.part, block.n_rows(), d);
  }
  write_result(block, scratch.total, out);
}

}  // namespace

void store_key(const AttentionShape& shape, const KeysAndValues& cache, int kv_head, int position, const float* key) {
  const int d = shape.head_dim, slot = position % cache.slots;
  const std::int64_t chunk = static_cast<std::int64_t>(kv_head) * cache.slots + slot / kKeyChunk * kKeyChunk;
  std::uint16_t* to = cache.keys + chunk * d + slot % kKeyChunk;
  for (int i = 0; i < d; ++i) to[i * kKeyChunk] = kernels::float_to_half(key[i]);
}

void store_value(const AttentionShape& shape, const KeysAndValues& cache, int kv_head, int position,
                 const float* value) {
  const std::int64_t row = static_cast<std::int64_t>(kv_head) * cache.slots + position % cache.slots;
  kernels::table().f32_to_f16(value, cache.values + row * shape.head_dim, shape.head_dim);
}

void Attention::run(const AttentionShape& shape, const KeysAndValues& cache, const float* q, int first_position,
                    int n_tokens, int window, float* out, base::ThreadPool& pool) {
  scratch_.resize(static_cast<std::size_t>(pool.size()));
  if (n_tokens == 1) return run_one({shape, cache, 0, first_position, 1, window}, q, out, pool);
  const int n_blocks = (n_tokens + kTokensPerBlock - 1) / kTokensPerBlock;
  pool.run(n_blocks * shape.n_kv_heads, [&](int task, int thread) {
    const int token = (n_blocks - 1 - task / shape.n_kv_heads) * kTokensPerBlock;  // the longest first
    const QueryBlock block{
        shape, cache, task % shape.n_kv_heads, first_position + token, std::min(kTokensPerBlock, n_tokens - token),
        window};
    const std::int64_t row = std::int64_t{token} * shape.n_heads * shape.head_dim;
    attend(block, q + row, scratch_[static_cast<std::size_t>(thread)], out + row);
  });
}

// Chunks in parallel, merged afterwards in the same order as attend() takes them.
void Attention::run_one(const QueryBlock& token, const float* q, float* out, base::ThreadPool& pool) {
  const int n_kv_heads = token.shape.n_kv_heads, d = token.shape.head_dim;
  const int n_rows = token.n_rows(), n_chunks = token.last_chunk() - token.first_chunk() + 1;
  const std::size_t stride = partial_floats(n_rows, d);
  partials_.resize(std::max(partials_.size(), stride * static_cast<std::size_t>(n_chunks * n_kv_heads)));
  const auto partial_of = [&](int kv_head, int index) {
    return partial_at(partials_.data() + stride * static_cast<std::size_t>(kv_head * n_chunks + index), n_rows, d);
  };
  pool.run(n_chunks * n_kv_heads, [&](int task, int thread) {
    QueryBlock block = token;
    block.kv_head = task / n_chunks;
    BlockScratch scratch(scratch_[static_cast<std::size_t>(thread)], n_rows, d);
    gather_queries(block, q, scratch.queries);
    attend_chunk(block, scratch.queries, block.first_chunk() + task % n_chunks, scratch.chunk,
                 partial_of(block.kv_head, task % n_chunks));
  });
  BlockScratch scratch(scratch_[0], n_rows, d);
  for (int kv_head = 0; kv_head < n_kv_heads; ++kv_head) {
    QueryBlock block = token;
    block.kv_head = kv_head;
    clear_partial(scratch.total, n_rows, d);
    for (int index = 0; index < n_chunks; ++index) merge(scratch.total, partial_of(kv_head, index), n_rows, d);
    write_result(block, scratch.total, out);
  }
}

}  // namespace sotto::ops
