// The key and value cache of one sequence.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "model/spec.h"
#include "ops/attention.h"

namespace sotto::model {

// Not thread-safe. f16, laid out as ops::KeysAndValues says; a window layer is a ring that holds its window and one
// batch more.
class KvCache {
 public:
  // max_batch_tokens: the most tokens that are appended at a time. Throws std::bad_alloc.
  KvCache(const DecoderSpec& spec, int ctx_tokens, int max_batch_tokens);
  static std::uint64_t bytes_for(const DecoderSpec& spec, int ctx_tokens, int max_batch_tokens);

  int size() const { return size_; }          // positions filled
  int capacity() const { return capacity_; }  // ctx_tokens

  // Forgets all positions from `n_tokens` on, so that another text can follow. False when a window layer has
  // already dropped what the shorter text needs: then nothing changed, and the caller must clear() and recompute.
  bool truncate(int n_tokens);
  void clear() { size_ = written_ = 0; }

  // What the forward pass uses.
  const ops::KeysAndValues& layer(int index) const { return layers_[static_cast<std::size_t>(index)]; }
  void advance(int n_tokens) {
    size_ += n_tokens;
    written_ = std::max(written_, size_);
  }

 private:
  struct Free {
    void operator()(std::uint16_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::uint16_t, Free> storage_;  // zero pages until used
  std::vector<ops::KeysAndValues> layers_;
  int size_ = 0;
  int written_ = 0;  // the greatest size since it was empty: a ring overwrote what lies a round behind this
  int capacity_ = 0;
  int window_ = 0;
  int window_slots_ = 0;  // 0: no window layers, or they keep everything
};

}  // namespace sotto::model
