// Attention over f16 keys and values with f32 products.
#include "kernels/half.h"
#include "kernels/table.h"
#include "ops/attention_span.h"

namespace sotto::ops {

using kernels::kKeyChunk;

void store_key_f16(std::uint8_t* chunk, int slot, int head_dim, const float* key) {
  auto* to = reinterpret_cast<std::uint16_t*>(chunk) + slot;
  for (int i = 0; i < head_dim; ++i) to[i * kKeyChunk] = kernels::float_to_half(key[i]);
}

void store_value_f16(std::uint8_t* chunk, int slot, int head_dim, const float* value) {
  auto* to = reinterpret_cast<std::uint16_t*>(chunk) + (kKeyChunk + slot) * head_dim;
  kernels::table().f32_to_f16(value, to, head_dim);
}

void F16Attention::set_queries(const QueryBlock& block, const float* q) {
  const int d = block.shape.head_dim;
  queries_.resize(static_cast<std::size_t>(block.n_rows() * d));
  scores_.resize(static_cast<std::size_t>(block.n_rows() * kKeyChunk));
  widened_.resize(static_cast<std::size_t>(2 * kKeyChunk * d));
  for (int r = 0; r < block.n_rows(); ++r) {
    const float* from = block.query(q, r);
    for (int i = 0; i < d; ++i) queries_[static_cast<std::size_t>(r * d + i)] = from[i] * block.shape.scale;
  }
}

void F16Attention::attend(const QueryBlock& block, int base, const kernels::Partial& out) {
  const kernels::Table& table = kernels::table();
  const int d = block.shape.head_dim, n_rows = block.n_rows();
  const auto* chunk = reinterpret_cast<const std::uint16_t*>(chunk_of(block.shape, block.cache, block.kv_head, base));
  float* keys = widened_.data();
  float* values = keys + kKeyChunk * d;
  float* scores = scores_.data();
  table.f16_to_f32(chunk, keys, 2 * kKeyChunk * d);
  table.gemm(queries_.data(), d, keys, kKeyChunk, scores, kKeyChunk, n_rows, kKeyChunk, d);
  if (block.shape.score_cap > 0) table.cap(scores, n_rows * kKeyChunk, block.shape.score_cap);
  for (int r = 0; r < n_rows; ++r) {
    const kernels::Visible seen = block.visible(r, base, kKeyChunk);
    table.softmax_chunk(scores + r * kKeyChunk, seen.first, seen.last, out.max + r, out.sum + r);
  }
  table.gemm(scores, kKeyChunk, values, d, out.out, d, n_rows, d, kKeyChunk);
}

}  // namespace sotto::ops
