#include "model/kv_cache.h"

#include <fmt/format.h>
#include <algorithm>
#include <new>

#include "kernels/table.h"

namespace sotto::model {
namespace {

int whole_chunks(int positions) {
  return (positions + kernels::kKeyChunk - 1) / kernels::kKeyChunk * kernels::kKeyChunk;
}

int slots_for(const DecoderSpec& spec, int layer, int ctx_tokens, int max_batch_tokens) {
  const bool windowed = spec.window > 0 && spec.windowed[static_cast<std::size_t>(layer)];
  const int needed = windowed ? std::min(ctx_tokens, spec.window + max_batch_tokens) : ctx_tokens;
  return whole_chunks(needed);
}

std::size_t values_per_slot(const DecoderSpec& spec) {
  return static_cast<std::size_t>(spec.n_kv_heads) * static_cast<std::size_t>(spec.head_dim);
}

}  // namespace

std::uint64_t KvCache::bytes_for(const DecoderSpec& spec, int ctx_tokens, int max_batch_tokens) {
  std::uint64_t slots = 0;
  for (int l = 0; l < spec.n_layers; ++l)
    slots += static_cast<std::uint64_t>(slots_for(spec, l, ctx_tokens, max_batch_tokens));
  return slots * values_per_slot(spec) * 2 * sizeof(std::uint16_t);
}

KvCache::KvCache(const DecoderSpec& spec, int ctx_tokens, int max_batch_tokens)
    : storage_(static_cast<std::uint16_t*>(std::calloc(bytes_for(spec, ctx_tokens, max_batch_tokens), 1))),
      n_kv_heads_(spec.n_kv_heads),
      head_dim_(spec.head_dim),
      capacity_(ctx_tokens),
      window_(spec.window) {
  if (!storage_) throw std::bad_alloc();
  std::uint16_t* next = storage_.get();
  for (int l = 0; l < spec.n_layers; ++l) {
    const int slots = slots_for(spec, l, ctx_tokens, max_batch_tokens);
    if (slots < ctx_tokens) window_slots_ = slots;
    const std::size_t n = static_cast<std::size_t>(slots) * values_per_slot(spec);
    layers_.push_back({next, next + n, slots});
    next += 2 * n;
  }
}

bool KvCache::truncate(int n_tokens) {
  if (n_tokens >= size_) return true;
  // The next token, at position n_tokens, sees back to n_tokens - window + 1; a ring holds the last window_slots_.
  const int oldest_needed = std::max(0, n_tokens - window_ + 1);
  if (window_slots_ > 0 && n_tokens > 0 && written_ - window_slots_ > oldest_needed) return false;
  size_ = n_tokens;
  if (n_tokens == 0) written_ = 0;
  return true;
}

KvCache::Fill KvCache::fill_of(int size, int written) const {
  return {size, written, written > window_slots_ ? window_slots_ : 0};
}

bool KvCache::set_fill(const Fill& fill) {
  if (fill.size < 0 || fill.size > fill.written || fill.written > capacity_) return false;
  if (fill != fill_of(fill.size, fill.written)) return false;
  size_ = fill.size;
  written_ = fill.written;
  return true;
}

std::vector<std::span<std::byte>> KvCache::held(int index) {
  const ops::KeysAndValues& cache = layer(index);
  const auto dim = static_cast<std::size_t>(head_dim_);
  const std::size_t head_values = static_cast<std::size_t>(cache.slots) * dim;
  const int used = written_ > cache.slots ? cache.slots : whole_chunks(size_);
  std::vector<std::span<std::byte>> parts;
  for (std::uint16_t* plane : {cache.keys, cache.values}) {
    for (int h = 0; h < n_kv_heads_; ++h) {
      const std::span values(plane + static_cast<std::size_t>(h) * head_values, static_cast<std::size_t>(used) * dim);
      parts.push_back(std::as_writable_bytes(values));
    }
  }
  return parts;
}

std::string KvCache::layout() { return fmt::format("f16 in chunks of {}", kernels::kKeyChunk); }

}  // namespace sotto::model
