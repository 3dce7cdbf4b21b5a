// Attention over int8 keys and values with integer products.
#include <cstring>
#include <numeric>

#include "kernels/half.h"
#include "kernels/table.h"
#include "ops/attention_span.h"

namespace sotto::ops {

using kernels::kKeyChunk;

namespace {

using kernels::kMostHeadDim;

// Turns a key or a query and quantizes it; returns the scale.
std::uint16_t quantize_turned(const float* x, int head_dim, std::int8_t* values) {
  float turned[kMostHeadDim];
  std::copy_n(x, head_dim, turned);
  kernels::table().hadamard(turned, head_dim);
  return kernels::table().quantize_head(turned, head_dim, values);
}

// Of a chunk's 64 key scales, then its 64 value scales.
void store_scale(std::uint8_t* chunk, int index, int head_dim, std::uint16_t scale) {
  std::memcpy(chunk + 2 * kKeyChunk * head_dim + 2 * index, &scale, sizeof scale);
}

}  // namespace

void store_key_int8(std::uint8_t* chunk, int slot, int head_dim, const float* key) {
  std::int8_t quantized[kMostHeadDim];
  store_scale(chunk, slot, head_dim, quantize_turned(key, head_dim, quantized));
  for (int i = 0; i < head_dim; ++i) {
    chunk[(i / 4 * kKeyChunk + slot) * 4 + i % 4] = static_cast<std::uint8_t>(quantized[i] + 128);
  }
}

void store_value_int8(std::uint8_t* chunk, int slot, int head_dim, const float* value) {
  std::int8_t quantized[kMostHeadDim];
  store_scale(chunk, kKeyChunk + slot, head_dim, kernels::table().quantize_head(value, head_dim, quantized));
  std::uint8_t* to = chunk + kKeyChunk * head_dim + slot / 4 * head_dim * 4 + kernels::byte_of_position(slot);
  for (int i = 0; i < head_dim; ++i) to[i * 4] = static_cast<std::uint8_t>(quantized[i]);
}

void Int8Attention::set_queries(const QueryBlock& block, const float* q) {
  const int d = block.shape.head_dim;
  const auto n_rows = static_cast<std::size_t>(block.n_rows());
  queries_.resize(n_rows * static_cast<std::size_t>(d));
  sums_.resize(n_rows);
  scales_.resize(n_rows);
  visible_.resize(n_rows);
  const float scale = block.shape.scale / static_cast<float>(kernels::hadamard_block(d));
  for (std::size_t r = 0; r < n_rows; ++r) {
    std::int8_t* values = queries_.data() + r * static_cast<std::size_t>(d);
    const float* query = block.query(q, static_cast<int>(r));
    scales_[r] = scale * kernels::bf16_to_float(quantize_turned(query, d, values));
    sums_[r] = std::accumulate(values, values + d, 0);
  }
}

// The next span is of the same key head or, after its last one, the next head's first.
void Int8Attention::attend(const QueryBlock& block, int base, const kernels::Partial& out) {
  constexpr int kSpan = kernels::kSpanPositions;
  const bool last = base / kSpan + 1 == block.end_span(kSpan);
  const int next_base = last ? block.first_span(kSpan) * kSpan : base + kSpan;
  const int next_head = last ? (block.kv_head + 1) % block.shape.n_kv_heads : block.kv_head;
  kernels::Int8Span span{};
  for (int c = 0; c < kernels::kSpanChunks; ++c) {
    span.chunks[c] = chunk_of(block.shape, block.cache, block.kv_head, base + c * kKeyChunk);
    span.next[c] = chunk_of(block.shape, block.cache, next_head, next_base + c * kKeyChunk);
  }
  for (int r = 0; r < block.n_rows(); ++r) {
    visible_[static_cast<std::size_t>(r)] = block.visible(r, base, kernels::kSpanPositions);
  }
  kernels::table().attend_int8(span,
                               {queries_.data(), sums_.data(), scales_.data(), visible_.data(), block.n_rows(),
                                block.shape.head_dim, block.shape.score_cap},
                               out);
}

}  // namespace sotto::ops
