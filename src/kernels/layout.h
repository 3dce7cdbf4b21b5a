// The packed form of weights: what every matrix kernel reads. Knows nothing of files and threads.
//
// A matrix [rows, k] is cut into panels of 16 rows. A panel holds the bits of its rows' blocks in the file, all of them
// and no others, in another order: it is as long as its rows are in the file. First the heads of all its blocks, in the
// order of k, then the lines of all its blocks. A line is 64 bytes: one dword of each of the 16 rows, which holds 4
// neighbouring values of k, so that one broadcast dword of int8 activations meets 8 rows in a 256-bit and 16 rows in a
// 512-bit register.
//
//   packing  values a block  head                                                      lines a run of 32 values
//   kQ4_0          32        16 f16 scales                                             4 of nibbles
//   kQ4_1          32        16 f16 scales, 16 f16 minimums                            4 of nibbles
//   kQ5_0          32        16 f16 scales                                             4 of nibbles, 1 of fifth bits
//   kQ5_1          32        16 f16 scales, 16 f16 minimums                            4 of nibbles, 1 of fifth bits
//   kQ8_0          32        16 f16 scales                                             8 of int8
//   kQ4_K         256        16 f16 scales, 16 f16 minimums, 192 bytes of sub-scales   4 of nibbles
//   kQ5_K         256        16 f16 scales, 16 f16 minimums, 192 bytes of sub-scales   4 of nibbles, 1 of fifth bits
//   kQ6_K         256        16 f16 scales, 16 x 16 int8 sub-scales                    4 of nibbles, 2 of upper 2 bits
//   kQ3_K         256        16 f16 scales, 192 bytes of sub-scales                    3 of integers of 3 bits
//   kIQ4_NL        32        16 f16 scales                                             4 of nibbles
//   kIQ4_XS       256        16 f16 scales, 96 bytes of sub-scales                     4 of nibbles
//   kMXFP4         32        16 scales in E8M0, a byte each                            4 of nibbles
//
// Nibble line c holds the values k = 4c…4c+3 in its low and k = 16+4c…16+4c+3 in its high halves. In the line of
// fifth bits, bit c of a byte belongs to the low half of line c and bit 4+c to the high half. Of the two lines of
// upper bits, the first belongs to the low halves and the second to the high ones, bits 2c and 2c+1 to line c.
//
// Of kQ3_K's three lines, line i holds the values k = 4i…4i+3 in bits 0 to 2 and k = 12+4i…12+4i+3 in bits 3 to 5. The
// two bits that are left are the lower ones of k = 24…27 in line 0 and of k = 28…31 in line 1; in line 2 they are the
// third bits of both.
//
// Q4_K and Q5_K have a sub-scale and a sub-minimum of 6 bits for each run j of 32 values and each row. Byte 16 j + row
// of the sub-scales holds the low nibble of the sub-scale and, above it, that of the sub-minimum; byte 128 + 16 (j / 2)
// + row holds, from bit 4 (j mod 2) on, the upper two bits of the sub-scale and then of the sub-minimum. Q6_K has a
// sub-scale for each run j of 16 values: byte 16 j + row.
//
// Q3_K has a sub-scale of 6 bits, less 32, for each run j of 16 values, IQ4_XS for each run j of 32. Of n such runs (16
// or 8), nibble j mod 2 of byte 16 (j / 2) + row holds the lower four bits, and byte 8 n + 16 (j / 4) + row, from bit
// 2 (j mod 4) on, the upper two.
//
//   kQ4_0, kQ5_0, kQ8_0   value = scale * (q - 8), (q - 16), q
//   kQ4_1, kQ5_1          value = scale * q + minimum
//   kQ4_K, kQ5_K          value = scale * sub-scale * q - minimum * sub-minimum
//   kQ6_K                 value = scale * sub-scale * (q - 32)
//   kQ3_K                 value = scale * sub-scale * (q - 4)
//   kIQ4_NL               value = scale * codes[q]
//   kIQ4_XS               value = scale * sub-scale * codes[q]
//   kMXFP4                value = scale / 2 * (codes[q] - 16): twice the value of E2M1, so that it is an integer
#pragma once

#include <cstddef>
#include <cstdint>

namespace sotto::kernels {

// Of the bytes that packing writes (here and in ops/pack.cpp): whoever changes them raises it, so that packed weights
// kept on disk are made anew.
inline constexpr std::uint32_t kLayoutVersion = 3;

inline constexpr int kPanelRows = 16;
inline constexpr int kBlock = 32;  // values of k that share a scale of activations
inline constexpr int kLineBytes = 64;

// clang-format off
enum class Packing : std::uint8_t {
  kQ4_0, kQ4_1, kQ5_0, kQ5_1, kQ8_0, kQ4_K, kQ5_K, kQ6_K, kQ3_K, kIQ4_NL, kIQ4_XS, kMXFP4
};
// clang-format on
inline constexpr int kPackings = 12;

// What nibbles stand for where they are no integers themselves: codes[nibble].
enum class Codes : std::uint8_t { kNone, kIQ4, kE2M1 };
static constexpr std::int8_t kCodes[3][16] = {
    {},
    {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113},
    {16, 17, 18, 19, 20, 22, 24, 28, 16, 15, 14, 13, 12, 10, 8, 4}};

struct Format {
  int block;       // values of k that share a head
  int bits;        // of what is multiplied: q, or its code
  int zero_point;  // what is taken from it
  int scale_span;  // values of k that share a scale, or the product of scale and sub-scale
  bool minimum;    // has one for each run of 32 values
  int head_bytes;
  int lines;  // for 32 values of k
  Codes codes = Codes::kNone;
};

static constexpr Format kFormats[kPackings] = {{32, 4, 8, 32, false, 32, 4},
                                               {32, 4, 0, 32, true, 64, 4},
                                               {32, 5, 16, 32, false, 32, 5},
                                               {32, 5, 0, 32, true, 64, 5},
                                               {32, 8, 0, 32, false, 32, 8},
                                               {256, 4, 0, 32, true, 256, 4},
                                               {256, 5, 0, 32, true, 256, 5},
                                               {256, 6, 32, 16, false, 288, 6},
                                               {256, 3, 4, 16, false, 224, 3},
                                               {32, 8, 0, 32, false, 32, 4, Codes::kIQ4},
                                               {256, 8, 0, 32, false, 128, 4, Codes::kIQ4},
                                               {32, 5, 16, 32, false, 16, 4, Codes::kE2M1}};

static constexpr const Format& format_of(Packing packing) { return kFormats[static_cast<int>(packing)]; }

// Of the bytes of a panel of k values a row, those before its lines.
static constexpr std::int64_t heads_bytes(Packing packing, std::int64_t k) {
  return k / format_of(packing).block * format_of(packing).head_bytes;
}

static constexpr std::size_t panel_bytes(Packing packing, std::int64_t k) {
  return static_cast<std::size_t>(heads_bytes(packing, k) + k / kBlock * format_of(packing).lines * kLineBytes);
}

// Packed panels that lie one after another. Of a matrix in two planes (kernels/head.h): the coarse panels, and the fine
// ones, which lie one after another too.
struct Panels {
  const std::uint8_t* bytes;           // [n_panels, panel_bytes()]; in two planes [n_panels, coarse_panel_bytes()]
  const std::uint8_t* fine = nullptr;  // [n_panels, fine_panel_bytes()]; nullptr: `bytes` are whole panels
};

// Byte offsets within a head.
inline constexpr int kScaleBytes = kPanelRows * 2;
inline constexpr int kSubScaleOffset = 2 * kScaleBytes;  // Q4_K, Q5_K
inline constexpr int kSubScaleTopOffset = kSubScaleOffset + 8 * kPanelRows;
inline constexpr int kQ6SubScaleOffset = kScaleBytes;
inline constexpr int kSixBitOffset = kScaleBytes;  // Q3_K, IQ4_XS
static constexpr int six_bit_top_offset(int n_runs) { return kSixBitOffset + n_runs / 2 * kPanelRows; }

using RowWords [[gnu::vector_size(16)]] = std::uint64_t;  // a byte of each of the 16 rows, eight a word

// Of 32 values of k, that kernels take at a time; the last chunk may be shorter.
inline constexpr int kChunkBlocks = 16;
static constexpr std::int64_t n_chunks(std::int64_t k) { return (k / kBlock + kChunkBlocks - 1) / kChunkBlocks; }

// What a kernel of many tokens works in: a chunk of two panels, unpacked, and the sums of so many tokens.
inline constexpr int kSumTokens = 132;
inline constexpr int kUnpackedBytes = 2 * kChunkBlocks * 640, kSumsBytes = kSumTokens * 2 * kPanelRows * 4;
inline constexpr int kScratchBytes = kUnpackedBytes + kSumsBytes;

inline constexpr int kTileTokens = 6;

// Where a sum of products starts, so that the weights' zero point is taken out: minus the zero point times the sum of
// the values. For zero points of 8, 16 and 128 of all 32 values, for 32 of each half. An eighth of the latter serves a
// zero point of 4.
inline constexpr int kStarts = 5;
static constexpr int start_index(int zero_point, int half) {
  return zero_point == 8 ? 0 : zero_point == 16 ? 1 : zero_point == 128 ? 2 : 3 + half;
}

// 32 values of k of up to 6 neighbouring tokens' activations, quantized: value = scale * q. What a kernel needs at a
// time lies together, at distances that the compiler knows, in as few cache lines as can be.
struct alignas(64) QuantizedTile {
  std::int8_t values[kTileTokens][kBlock];  // q in -127…127
  float scales[kTileTokens];
  float sums[kTileTokens];                    // scale times the sum of the values
  std::int32_t starts[kTileTokens][kStarts];  // at start_index()
};

// Activations of any number of tokens. Of sparse ones most blocks are zero: bit i of taken[tile * n_chunks(k) + c] says
// whether the tile has something in block i of chunk c.
struct QuantizedRows {
  const QuantizedTile* tiles;            // [ceil(n_tokens / 6), k / 32]
  std::int64_t k;                        // a multiple of 32
  const std::uint16_t* taken = nullptr;  // [ceil(n_tokens / 6), n_chunks(k)]; nullptr: not sparse, all blocks count
};

}  // namespace sotto::kernels
