// Grouped-query attention over a cache of keys and values. Knows nothing of how they were made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/thread_pool.h"
#include "sotto/kv_type.h"

namespace sotto::ops {

struct AttentionShape {
  int n_heads;
  int n_kv_heads;
  int head_dim;         // a multiple of 16
  float scale;          // of q·k
  float score_cap = 0;  // a score x becomes cap * tanh(x / cap); 0: it stays
};

// One layer's keys and values. Position p stands in slot p % slots; slots is a multiple of kernels::kKeyChunk.
// A chunk holds the keys and values of one head and 64 neighbouring slots:
//   kInt8  as kernels/attention.h says
//   kF16, kF32   keys [head_dim, 64], then values [64, head_dim]
// Chunks follow each other as positions do, so that a cache's first tokens are a layer's first bytes.
struct KeysAndValues {
  std::uint8_t* chunks;  // [slots / kKeyChunk, n_kv_heads, kv_chunk_bytes()], aligned to 64 bytes
  int slots;
  KvType type;
};

std::size_t kv_chunk_bytes(KvType type, int head_dim);

// Writes one head's key, or value, [head_dim] f32, of a position into the cache. Different heads or positions may be
// written by different threads at once.
void store_key(const AttentionShape& shape, const KeysAndValues& cache, int kv_head, int position, const float* key);
void store_value(const AttentionShape& shape, const KeysAndValues& cache, int kv_head, int position,
                 const float* value);

struct QueryBlock;
class AttentionWorker;

// Softmax attention (Vaswani et al., 1706.03762), taken over spans of positions with a running maximum (Milakov and
// Gimelshein, 1805.02867). A result does not depend on the number of tokens or threads.
class Attention {
 public:
  Attention();
  ~Attention();
  Attention(Attention&&) noexcept;

  // q, out: [n_tokens, n_heads, head_dim] f32; token t stands at first_position + t and sees the positions up to its
  // own, of those only the last `window` (0: all). Not thread-safe; the work is split over `pool`.
  void run(const AttentionShape& shape, const KeysAndValues& cache, const float* q, int first_position, int n_tokens,
           int window, float* out, base::ThreadPool& pool);

 private:
  void split_spans(const QueryBlock& tokens, const float* q, float* out, base::ThreadPool& pool);

  std::vector<float> partials_;           // of all spans and key heads
  std::vector<AttentionWorker> workers_;  // one for each thread
};

}  // namespace sotto::ops
