// The part of attention that depends on how keys and values are kept: some queries' attention to a span of positions.
// Private to ops/attention*.cpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/attention.h"
#include "ops/attention.h"

namespace sotto::ops {

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
  int position(int row) const { return first_position + row / group(); }
  int first_seen(int position) const { return window > 0 ? std::max(0, position - window + 1) : 0; }

  // Spans of `span` positions, which begin at multiples of it, that some row sees: [first_span, end_span).
  int first_span(int span) const { return first_seen(first_position) / span; }
  int end_span(int span) const { return (first_position + n_tokens - 1) / span + 1; }

  // What a row sees of the `span` positions from `base` on.
  kernels::Visible visible(int row, int base, int span) const {
    return {std::clamp(first_seen(position(row)) - base, 0, span), std::clamp(position(row) + 1 - base, 0, span)};
  }

  // Whether every row sees all of them.
  bool all_visible(int base, int span) const {
    return first_position + 1 >= base + span && first_seen(first_position + n_tokens - 1) <= base;
  }

  const float* query(const float* q, int row) const { return q + element(row); }
  std::int64_t element(int row) const {
    return (std::int64_t{row / group()} * shape.n_heads + kv_head * group() + row % group()) * shape.head_dim;
  }
};

// The chunk in which the block's key head keeps a position.
inline std::uint8_t* chunk_of(const AttentionShape& shape, const KeysAndValues& cache, int kv_head, int position) {
  const std::int64_t chunk = position % cache.slots / kernels::kKeyChunk;
  return cache.chunks +
         static_cast<std::size_t>(chunk * shape.n_kv_heads + kv_head) * kv_chunk_bytes(cache.type, shape.head_dim);
}

// One thread's way of attending. A block's result for a row and a span does not depend on the other rows.
class SpanAttention {
 public:
  virtual ~SpanAttention() = default;
  virtual int span() const = 0;  // positions, a multiple of kKeyChunk

  // Takes the block's queries out of q, [n_tokens, n_heads, head_dim]. The block is used until the next call.
  virtual void set_queries(const QueryBlock& block, const float* q) = 0;

  // Their attention to the span() positions from `base` on.
  virtual void attend(const QueryBlock& block, int base, const kernels::Partial& out) = 0;
};

class FloatAttention final : public SpanAttention {
 public:
  int span() const override { return kernels::kKeyChunk; }
  void set_queries(const QueryBlock& block, const float* q) override;
  void attend(const QueryBlock& block, int base, const kernels::Partial& out) override;

 private:
  std::vector<float> queries_;  // [n_rows, head_dim], scaled
  std::vector<float> widened_;  // of f16: [head_dim, kKeyChunk] keys, then [kKeyChunk, head_dim] values
  std::vector<float> scores_;   // [n_rows, kKeyChunk]
};

class Int8Attention final : public SpanAttention {
 public:
  int span() const override { return kernels::kSpanPositions; }
  void set_queries(const QueryBlock& block, const float* q) override;
  void attend(const QueryBlock& block, int base, const kernels::Partial& out) override;

 private:
  std::vector<std::int8_t> queries_;       // [n_rows, head_dim]
  std::vector<std::int32_t> sums_;         // [n_rows]
  std::vector<float> scales_;              // [n_rows]
  std::vector<kernels::Visible> visible_;  // [n_rows]
};

// Of an f16 or f32 cache, and of an int8 one.
void store_key_float(KvType type, std::uint8_t* chunk, int slot, int head_dim, const float* key);
void store_value_float(KvType type, std::uint8_t* chunk, int slot, int head_dim, const float* value);
void store_key_int8(std::uint8_t* chunk, int slot, int head_dim, const float* key);
void store_value_int8(std::uint8_t* chunk, int slot, int head_dim, const float* value);

}  // namespace sotto::ops
