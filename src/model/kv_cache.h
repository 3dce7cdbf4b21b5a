// The key and value cache of one sequence.
#pragma once

#include <cstdint>
#include <vector>

#include "model/spec.h"

namespace sotto::model {

// Not thread-safe. Keys and values are f16, [layer][kv head][position][head_dim]; a window layer is a ring.
class KvCache {
 public:
  KvCache(const DecoderSpec& spec, int ctx_tokens, int max_batch_tokens);
  static std::uint64_t bytes_for(const DecoderSpec& spec, int ctx_tokens, int max_batch_tokens);

  int size() const { return size_; }         // positions filled
  int capacity() const { return capacity_; } // ctx_tokens

  // Forgets all positions from `n_tokens` on, so that another text can follow. False when a window layer has
  // already dropped what the shorter text needs: then nothing changed, and the caller must clear() and recompute.
  bool truncate(int n_tokens);
  void clear() { size_ = 0; }

  // The part that the forward pass uses.
  struct Layer {
    std::uint16_t* keys;    // [n_kv_heads, slots, head_dim] f16
    std::uint16_t* values;  // [n_kv_heads, slots, head_dim] f16
    int slots;              // position p stands in slot p % slots
  };
  Layer layer(int index);
  void advance(int n_tokens) { size_ += n_tokens; }

 private:
  std::vector<Layer> layers_;
  std::vector<std::uint16_t> storage_;
  int size_ = 0;
  int capacity_ = 0;
  int window_ = 0;
  int head_room_ = 0;
};

}  // namespace sotto::model
