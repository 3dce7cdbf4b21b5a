// The packed form of weights: what every matrix kernel reads. Knows nothing of files and threads.
//
// A matrix [rows, k] is cut into panels of 16 rows, a panel into blocks of 32 values of k. A panel begins with
// 16 f32 row factors (powers of two that keep the f16 scales in range), then its blocks follow. Within a block a
// 64-byte line holds one dword of each of the 16 rows: 4 neighbouring values of k, so that one broadcast dword of
// int8 activations meets 8 rows in a 256-bit and 16 rows in a 512-bit register.
//
//   kU4  16 f16 scales | 16 f16 minimums | 4 lines of nibbles                             320 bytes, 5.0 bits a value
//   kU5  16 f16 scales | 16 f16 minimums | 4 lines of nibbles | 1 line of fifth bits      384 bytes, 6.0 bits
//   kU6  2 x 16 f16 scales               | 4 lines of nibbles | 2 lines of upper 2 bits   448 bytes, 7.0 bits
//   kS8  16 f16 scales                   | 8 lines of int8                                544 bytes, 8.5 bits
//
// Nibble line c holds the values k = 4c…4c+3 in its low and k = 16+4c…16+4c+3 in its high halves. In the line of
// fifth bits, bit c of a byte belongs to the low half of line c and bit 4+c to the high half. Of the two lines of
// upper bits, the first belongs to the low halves and the second to the high ones, bits 2c and 2c+1 to line c.
// Value = scale * q + minimum; for kU6 the scales hold for 16 values each and value = scale * (q - 32).
//
// Bounds that the kernels rely on, with |activation| <= 127: a step multiplies 4 values and adds neighbouring pairs
// into int16. 4 bits: 8 steps, 8 * 2 * 15 * 127 = 30,480. 5 bits: 4 steps, 31,496. 6 bits: 2 steps, 32,004.
// 8 bits: |q| <= 128, one step, 32,512. All below 32,768.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sotto::kernels {

// Of the bytes that packing writes (here and in ops/pack.cpp): whoever changes them raises it, so that packed weights
// kept on disk are made anew.
inline constexpr std::uint32_t kLayoutVersion = 1;

inline constexpr int kPanelRows = 16;
inline constexpr int kBlock = 32;      // values of k that share a scale
inline constexpr int kHalfBlock = 16;  // values that share a sum of activations
inline constexpr int kLineBytes = 64;
inline constexpr int kPanelHeaderBytes = kPanelRows * 4;

enum class Packing : std::uint8_t { kU4, kU5, kU6, kS8 };
inline constexpr int kPackings = 4;

static constexpr int block_bytes(Packing packing) {
  constexpr int kSizes[kPackings] = {320, 384, 448, 544};
  return kSizes[static_cast<int>(packing)];
}

static constexpr std::size_t panel_bytes(Packing packing, std::int64_t k) {
  return kPanelHeaderBytes + static_cast<std::size_t>(k / kBlock) * block_bytes(packing);
}

// Byte offsets within a block.
inline constexpr int kScaleBytes = kPanelRows * 2;
inline constexpr int kNibbleOffset = 2 * kScaleBytes;               // kU4, kU5, kU6
inline constexpr int kHighOffset = kNibbleOffset + 4 * kLineBytes;  // kU5, kU6
inline constexpr int kS8Offset = kScaleBytes;

inline constexpr int kTileRows = 8;  // rows of activations that share a list of blocks

// Rows of activations, quantized in blocks of 32: value = scale * q. Of sparse rows most blocks are zero: rows
// [8 i, 8 i + 8) have something in the blocks listed[i * k / 32 + j], j < n_listed[i], ascending, and nothing
// elsewhere.
struct QuantizedRows {
  const std::int8_t* values;                // [n_rows, k] in -127…127
  const float* scales;                      // [n_rows, k / 32]
  const float* sums;                        // [n_rows, k / 16]: scale times the sum of the values
  std::int64_t k;                           // a multiple of 32
  const std::uint16_t* listed = nullptr;    // [ceil(n_rows / 8), k / 32]; nullptr: not sparse, all blocks count
  const std::uint16_t* n_listed = nullptr;  // [ceil(n_rows / 8)]
};

}  // namespace sotto::kernels
