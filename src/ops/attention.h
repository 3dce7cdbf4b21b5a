// Grouped-query attention over a cache of f16 keys and values. Knows nothing of how they were made.
#pragma once

#include <cstdint>
#include <vector>

#include "base/thread_pool.h"

namespace sotto::ops {

struct AttentionShape {
  int n_heads;
  int n_kv_heads;
  int head_dim;  // a multiple of 16
  float scale;   // of q·k
};

// One layer's keys and values. Position p stands in slot p % slots; slots is a multiple of kernels::kKeyChunk.
struct KeysAndValues {
  std::uint16_t* keys;    // [n_kv_heads, slots / kKeyChunk, head_dim, kKeyChunk] f16: a chunk's keys are transposed
  std::uint16_t* values;  // [n_kv_heads, slots, head_dim] f16
  int slots;
};

// Writes one head's key, or value, [head_dim] f32, of a position into the cache. Different heads or positions may be
// written by different threads at once.
void store_key(const AttentionShape& shape, const KeysAndValues& cache, int kv_head, int position, const float* key);
void store_value(const AttentionShape& shape, const KeysAndValues& cache, int kv_head, int position,
                 const float* value);

struct QueryBlock;

// Softmax attention (Vaswani et al., 1706.03762), taken over chunks of positions with a running maximum (Milakov and
// Gimelshein, 1805.02867). A result does not depend on the number of tokens or threads.
class Attention {
 public:
  // q, out: [n_tokens, n_heads, head_dim] f32; token t stands at first_position + t and sees the positions up to its
  // own, of those only the last `window` (0: all). Not thread-safe; the work is split over `pool`.
  void run(const AttentionShape& shape, const KeysAndValues& cache, const float* q, int first_position, int n_tokens,
           int window, float* out, base::ThreadPool& pool);

 private:
  void run_one(const QueryBlock& token, const float* q, float* out, base::ThreadPool& pool);

  std::vector<float> partials_;
  std::vector<std::vector<float>> scratch_;  // one for each thread
};

}  // namespace sotto::ops
