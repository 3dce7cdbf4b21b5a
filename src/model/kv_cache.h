// The key and value cache of one sequence.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/recurrent_cache.h"
#include "model/spec.h"
#include "ops/attention.h"

namespace sotto::model {

// Not thread-safe. Layers follow each other in one block of memory, each laid out as ops::KeysAndValues says: the first
// n positions of a layer are its first bytes. A window layer is a ring that holds its window and one batch more; a
// layer without attention has its state in a RecurrentCache.
class KvCache {
 public:
  // max_batch_tokens: the most tokens that are appended at a time. Throws std::bad_alloc.
  KvCache(const DecoderSpec& spec, KvType type, int ctx_tokens, int max_batch_tokens);
  static std::uint64_t bytes_for(const DecoderSpec& spec, KvType type, int ctx_tokens, int max_batch_tokens);

  int size() const { return size_; }          // positions filled
  int capacity() const { return capacity_; }  // ctx_tokens
  int n_layers() const { return static_cast<int>(layers_.size()); }

  // Forgets all positions from `n_tokens` on, so that another text can follow. False when a window layer has
  // already dropped what the shorter text needs: then nothing changed, and the caller must clear() and recompute.
  // Nor can a layer without attention go back to every length: so first ask reachable().
  bool truncate(int n_tokens);
  // The most positions, up to n_tokens, that truncate() can leave.
  int reachable(int n_tokens) const;
  void clear() {
    recurrent_.clear();
    size_ = written_ = 0;
  }

  // Holds a copy of the first positions of `from` instead of what it held, at most n_tokens of them, in whole chunks of
  // kernels::kKeyChunk. Gives how many; 0, and nothing changed: `from` has another layout(), has layers without
  // attention, or its window layers have dropped what is needed. from_written: the most positions that `from` held
  // since it was empty. Meanwhile another thread may append to `from`, up to from_written, and nothing else.
  int take_beginning(const KvCache& from, int n_tokens, int from_written);

  // What keeping the state on disk uses: fill() and the bytes of held() are all of it.
  struct Fill {
    int size = 0;
    int written = 0;
    int ring_slots =
        0;  // of a window layer whose ring has gone round; 0: none has, and a position stands at its number
    RecurrentCache::Fill recurrent = {};
    bool operator==(const Fill&) const = default;
  };
  Fill fill() const { return fill_of(size_, written_, recurrent_.fill()); }
  // Makes the cache as full as `fill` says; held() is then to be overwritten. False, and nothing changed, when no cache
  // of this size can be that full.
  bool set_fill(const Fill& fill);
  // Where one layer's state lies, in whole chunks of kernels::kKeyChunk positions; no bytes where it is another's.
  std::vector<std::span<std::byte>> held(int layer);
  // Names what decides the meaning of those bytes, other than the model.
  std::string layout() const;

  // What the forward pass uses.
  const ops::KeysAndValues& layer(int index) const { return layers_[static_cast<std::size_t>(index)]; }
  RecurrentCache& recurrent() { return recurrent_; }
  void advance(int n_tokens) {
    size_ += n_tokens;
    written_ = std::max(written_, size_);
  }

 private:
  Fill fill_of(int size, int written, const RecurrentCache::Fill& recurrent) const;
  bool window_allows(int n_tokens) const;
  int oldest_of_both(const KvCache& from, int n_tokens, int from_written) const;
  void copy_layer(const KvCache& from, std::size_t layer, int begin, int end);

  struct Free {
    void operator()(std::uint8_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::uint8_t, Free> storage_;  // zero pages until used
  std::vector<ops::KeysAndValues> layers_;
  RecurrentCache recurrent_;
  std::vector<std::size_t> chunk_bytes_;  // [n_layers]: of all key heads; 0 where the layer has no keys of its own
  int size_ = 0;
  int written_ = 0;  // the greatest size since it was empty: a ring overwrote what lies a round behind this
  int capacity_ = 0;
  int window_ = 0;
  std::string rotation_;  // what layout() says of it
  int window_slots_ = 0;  // 0: no window layers, or they keep everything
};

}  // namespace sotto::model
