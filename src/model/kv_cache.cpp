#include "model/kv_cache.h"

#include <algorithm>
#include <new>

#include "kernels/table.h"

namespace sotto::model {
namespace {

int slots_for(const DecoderSpec& spec, int layer, int ctx_tokens, int max_batch_tokens) {
  const bool windowed = spec.window > 0 && spec.windowed[static_cast<std::size_t>(layer)];
  const int needed = windowed ? std::min(ctx_tokens, spec.window + max_batch_tokens) : ctx_tokens;
  return (needed + kernels::kKeyChunk - 1) / kernels::kKeyChunk * kernels::kKeyChunk;
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

}  // namespace sotto::model
