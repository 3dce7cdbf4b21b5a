// Attention over f16 or f32 keys and values with f32 products.
#include <algorithm>

#include "kernels/half.h"
#include "kernels/table.h"
#include "ops/attention_span.h"

namespace sotto::ops {

using kernels::kKeyChunk;

void store_key_float(KvType type, std::uint8_t* chunk, int slot, int head_dim, const float* key) {
  auto* floats = reinterpret_cast<float*>(chunk) + slot;
  auto* halves = reinterpret_cast<std::uint16_t*>(chunk) + slot;
  for (int i = 0; i < head_dim; ++i) {
    if (type == KvType::kF32) floats[i * kKeyChunk] = key[i];
    else halves[i * kKeyChunk] = kernels::float_to_half(key[i]);
  }
}

void store_value_float(KvType type, std::uint8_t* chunk, int slot, int head_dim, const float* value) {
  const int at = (kKeyChunk + slot) * head_dim;
  if (type == KvType::kF32) std::copy_n(value, head_dim, reinterpret_cast<float*>(chunk) + at);
  else kernels::table().f32_to_f16(value, reinterpret_cast<std::uint16_t*>(chunk) + at, head_dim);
}

void FloatAttention::set_queries(const QueryBlock& block, const float* q) {
  const int d = block.shape.head_dim;
  queries_.resize(static_cast<std::size_t>(block.n_rows() * d));
  scores_.resize(static_cast<std::size_t>(block.n_rows() * kKeyChunk));
  widened_.resize(static_cast<std::size_t>(2 * kKeyChunk * d));
  for (int r = 0; r < block.n_rows(); ++r) {
    const float* from = block.query(q, r);
    for (int i = 0; i < d; ++i) queries_[static_cast<std::size_t>(r * d + i)] = from[i] * block.shape.scale;
  }
}

void FloatAttention::attend(const QueryBlock& block, int base, const kernels::Partial& out) {
  const kernels::Table& table = kernels::table();
  const int d = block.shape.head_dim, n_rows = block.n_rows();
  const std::uint8_t* chunk = chunk_of(block.shape, block.cache, block.kv_head, base);
  const auto* keys = reinterpret_cast<const float*>(chunk);
  if (block.cache.type == KvType::kF16) {
    table.f16_to_f32(reinterpret_cast<const std::uint16_t*>(chunk), widened_.data(), 2 * kKeyChunk * d);
    keys = widened_.data();
  }
  const float* values = keys + kKeyChunk * d;
  float* scores = scores_.data();
  table.gemm(queries_.data(), d, keys, kKeyChunk, scores, kKeyChunk, n_rows, kKeyChunk, d);
  if (block.shape.score_cap > 0) table.cap(scores, n_rows * kKeyChunk, block.shape.score_cap);
  for (int r = 0; r < n_rows; ++r) {
    const kernels::Visible seen = block.visible(r, base, kKeyChunk);
    table.softmax_chunk(scores + r * kKeyChunk, seen.first, seen.last, out.max + r, out.sum + r);
  }
  if (block.all_visible(base, kKeyChunk)) {
    table.gemm(scores, kKeyChunk, values, d, out.out, d, n_rows, d, kKeyChunk);
    return;
  }
  // What a row does not see may be no number, and zero times that is none either.
  for (int r = 0; r < n_rows; ++r) {
    const kernels::Visible seen = block.visible(r, base, kKeyChunk);
    table.gemm(scores + r * kKeyChunk + seen.first, kKeyChunk, values + seen.first * d, d, out.out + r * d, d, 1, d,
               seen.last - seen.first);
  }
}

}  // namespace sotto::ops
