// Attention over int8 keys and values: the layout of a chunk and what its kernels are given. Knows nothing of layers,
// caches and threads.
//
// A chunk holds what one key head keeps of 64 neighbouring positions:
//
//   keys          [head_dim / 4][64][4] uint8   a dword holds 4 neighbouring dims of a position
//   values        [64 / 4][head_dim][4] int8    a dword holds one dim of 4 neighbouring positions, in the order 0 2 1 3
//   key scales    [64] bf16                     key = scale * (byte - 128)
//   value scales  [64] bf16                     value = scale * byte
//
// So a register of keys has positions as its lanes and a register of values dims, and what meets them (4 dims of a
// query, 4 weights) is a broadcast dword: no product ends in a sum over lanes. In the order 0 2 1 3 the even bytes of a
// dword are positions 0 and 1 and the odd bytes 2 and 3: widened to int16, they meet neighbouring weights.
//
// Bounds, with head_dim <= 4096: q·k <= 4096 * 255 * 127 < 2^27. A weight is a share of the softmax times its
// position's value scale, as an integer of 15 bits: 256 * 32767 * 127 < 2^30. No sum of integers can overflow, so none
// depends on the order in which it is taken.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sotto::kernels {

inline constexpr int kKeyChunk = 64;                            // positions of a chunk
inline constexpr int kSpanChunks = 4;                           // most chunks that share a maximum
inline constexpr int kSpanPositions = kSpanChunks * kKeyChunk;  // most positions
inline constexpr int kGreatestWeight = 32767;

inline constexpr int kMostHeadDim = 4096;

static constexpr std::size_t int8_chunk_bytes(int head_dim) {
  return static_cast<std::size_t>(kKeyChunk) * (2 * static_cast<std::size_t>(head_dim) + 4);
}

// The greatest power of two that divides head_dim. Turning queries and keys by an orthogonal matrix keeps their
// products and spreads what stands out over many dims, so that int8 loses less (Ashkboos et al., 2404.00456). The
// Hadamard matrix of n rows takes additions only; not normalized, it makes products n times as great.
static constexpr int hadamard_block(int head_dim) { return head_dim & -head_dim; }

// Where among the 4 bytes of a dword the value of a position stands.
static constexpr int byte_of_position(int position) {
  constexpr int kBytes[4] = {0, 2, 1, 3};
  return kBytes[position % 4];
}

// Neighbouring chunks of one key head, in the order of their positions. One that no query sees may be nullptr.
struct Int8Span {
  const std::uint8_t* chunks[kSpanChunks];
  const std::uint8_t* next[kSpanChunks];  // likely to be read after them, so worth fetching; never nullptr
};

// The positions [first, last) of a span, which a query sees; none where last <= first.
struct Visible {
  int first, last;
};

struct Int8Queries {
  const std::int8_t* values;  // [n_rows, head_dim] in -127…127
  const std::int32_t* sums;   // [n_rows]: of a row's values
  const float* scales;        // [n_rows]: a score is scale * key scale * (values · key)
  const Visible* visible;     // [n_rows]
  int n_rows;
  int head_dim;         // a multiple of 16
  float score_cap = 0;  // a score x becomes cap * tanh(x / cap) (Bello et al., 1611.09940); 0: it stays
};

// A softmax over some positions, not yet divided: out = sum of exp(score - max) * value. Where nothing is seen, max is
// -infinity and the rest 0.
struct Partial {
  float* out;  // [n_rows, head_dim]
  float* max;  // [n_rows]
  float* sum;  // [n_rows]: of exp(score - max)
};

}  // namespace sotto::kernels
