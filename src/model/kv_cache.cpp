#include "model/kv_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "kernels/table.h"

namespace sotto::model {
namespace {

int whole_chunks(int positions) {
  return (positions + kernels::kKeyChunk - 1) / kernels::kKeyChunk * kernels::kKeyChunk;
}

int slots_for(const DecoderSpec& spec, int layer, int ctx_tokens, int max_batch_tokens) {
  if (!spec.attends(layer)) return 0;
  const int needed = spec.sees_window(layer) ? std::min(ctx_tokens, spec.window + max_batch_tokens) : ctx_tokens;
  return whole_chunks(needed);
}

// Of all key heads.
std::size_t chunk_bytes(const DecoderSpec& spec, KvType type, int layer) {
  return static_cast<std::size_t>(spec.kv_heads_of(layer)) * ops::kv_chunk_bytes(type, spec.head_dim_of(layer));
}

// 0 where the layer reads another's, or has none.
std::size_t layer_bytes(const DecoderSpec& spec, KvType type, int layer, int slots) {
  if (!spec.has_own_kv(layer)) return 0;
  return static_cast<std::size_t>(slots / kernels::kKeyChunk) * chunk_bytes(spec, type, layer);
}

std::uint64_t kv_bytes(const DecoderSpec& spec, KvType type, int ctx_tokens, int max_batch_tokens) {
  std::uint64_t bytes = 0;
  for (int l = 0; l < spec.n_layers; ++l)
    bytes += layer_bytes(spec, type, l, slots_for(spec, l, ctx_tokens, max_batch_tokens));
  return bytes;
}

constexpr std::size_t kAlignment = 64;

// Keys of a long context may be turned otherwise than those of a short one.
std::string rotation_of(const ops::Rope& rope, int ctx_tokens) {
  if (!rope.is_long(ctx_tokens)) return "";
  const bool dynamic = rope.scaling == ops::RopeScaling::kDynamic;
  return dynamic ? fmt::format(", turned for {} tokens", ctx_tokens) : ", turned for a long context";
}

}  // namespace

std::uint64_t KvCache::bytes_for(const DecoderSpec& spec, KvType type, int ctx_tokens, int max_batch_tokens) {
  return kv_bytes(spec, type, ctx_tokens, max_batch_tokens) + RecurrentCache::bytes_for(spec);
}

// calloc rather than an aligned allocation, because the system's zero pages cost nothing until they are written.
KvCache::KvCache(const DecoderSpec& spec, KvType type, int ctx_tokens, int max_batch_tokens)
    : storage_(
          static_cast<std::uint8_t*>(std::calloc(kv_bytes(spec, type, ctx_tokens, max_batch_tokens) + kAlignment, 1))),
      recurrent_(spec),
      capacity_(ctx_tokens),
      window_(spec.window),
      rotation_(rotation_of(spec.rope, ctx_tokens)) {
  if (!storage_) throw std::bad_alloc();
  std::uint8_t* next = storage_.get() + (kAlignment - reinterpret_cast<std::uintptr_t>(storage_.get()) % kAlignment);
  for (int l = 0; l < spec.n_layers; ++l) {
    const int slots = slots_for(spec, l, ctx_tokens, max_batch_tokens);
    if (spec.attends(l) && slots < ctx_tokens) window_slots_ = slots;
    layers_.push_back(spec.shares_kv(l) ? layer(spec.kv_layer(l)) : ops::KeysAndValues{next, slots, type});
    chunk_bytes_.push_back(spec.has_own_kv(l) ? chunk_bytes(spec, type, l) : 0);
    next += layer_bytes(spec, type, l, slots);
  }
}

// The next token, at position n_tokens, sees back to n_tokens - window + 1; a ring holds the last window_slots_.
bool KvCache::window_allows(int n_tokens) const {
  const int oldest_needed = std::max(0, n_tokens - window_ + 1);
  return window_slots_ == 0 || n_tokens == 0 || written_ - window_slots_ <= oldest_needed;
}

bool KvCache::truncate(int n_tokens) {
  if (n_tokens >= size_) return true;
  if (!window_allows(n_tokens) || recurrent_.reachable(n_tokens, size_) != n_tokens) return false;
  recurrent_.truncate(n_tokens);
  size_ = n_tokens;
  if (n_tokens == 0) written_ = 0;
  return true;
}

int KvCache::reachable(int n_tokens) const {
  if (n_tokens >= size_) return size_;
  const int most = recurrent_.reachable(n_tokens, size_);
  return window_allows(most) ? most : 0;
}

// The first position from which on both rings have, or get, all up to n_tokens.
int KvCache::oldest_of_both(const KvCache& from, int n_tokens, int from_written) const {
  const int held = from.window_slots_ == 0 ? 0 : whole_chunks(std::max(0, from_written - from.window_slots_));
  return window_slots_ == 0 ? held : std::max(held, n_tokens - window_slots_);
}

void KvCache::copy_layer(const KvCache& from, std::size_t layer, int begin, int end) {
  const ops::KeysAndValues &to = layers_[layer], &source = from.layers_[layer];
  const auto chunk_at = [&](const ops::KeysAndValues& of, int position) {
    return of.chunks + static_cast<std::size_t>(position % of.slots / kernels::kKeyChunk) * chunk_bytes_[layer];
  };
  for (int position = begin; position < end; position += kernels::kKeyChunk)
    std::memcpy(chunk_at(to, position), chunk_at(source, position), chunk_bytes_[layer]);
}

int KvCache::take_beginning(const KvCache& from, int n_tokens, int from_written) {
  const int n = std::min(n_tokens, capacity_) / kernels::kKeyChunk * kernels::kKeyChunk;
  if (n <= 0 || !recurrent_.empty() || layout() != from.layout()) return 0;
  const int oldest = oldest_of_both(from, n, from_written);
  if (oldest > std::max(0, n - window_ + 1)) return 0;
  // As if a ring had been filled up to here and what came after n_tokens forgotten.
  const int written = oldest == 0 ? n : oldest + window_slots_;
  if (written > capacity_ || (oldest > 0 && window_slots_ == 0)) return 0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const bool ring = layers_[l].slots == window_slots_;
    if (chunk_bytes_[l] > 0) copy_layer(from, l, ring ? oldest : 0, n);
  }
  size_ = n;
  written_ = written;
  return n;
}

KvCache::Fill KvCache::fill_of(int size, int written, const RecurrentCache::Fill& recurrent) const {
  return {size, written, written > window_slots_ ? window_slots_ : 0, recurrent};
}

bool KvCache::set_fill(const Fill& fill) {
  if (fill.size < 0 || fill.size > fill.written || fill.written > capacity_) return false;
  if (fill != fill_of(fill.size, fill.written, fill.recurrent)) return false;
  if (!recurrent_.set_fill(fill.recurrent, fill.size)) return false;
  size_ = fill.size;
  written_ = fill.written;
  return true;
}

std::vector<std::span<std::byte>> KvCache::held(int index) {
  const ops::KeysAndValues& cache = layer(index);
  const int used = written_ > cache.slots ? cache.slots : whole_chunks(size_);
  const std::size_t bytes =
      static_cast<std::size_t>(used / kernels::kKeyChunk) * chunk_bytes_[static_cast<std::size_t>(index)];
  auto pieces = recurrent_.held(index, size_);
  if (pieces.empty()) pieces.push_back(std::as_writable_bytes(std::span(cache.chunks, bytes)));
  return pieces;
}

std::string KvCache::layout() const {
  const KvType type = layers_.front().type;
  const char* name = type == KvType::kInt8 ? "turned int8" : type == KvType::kF16 ? "f16" : "f32";
  return fmt::format("{} in chunks of {} positions{}{}", name, kernels::kKeyChunk, rotation_,
                     recurrent_.empty() ? "" : ", states of float32");
}

}  // namespace sotto::model
