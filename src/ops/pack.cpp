#include "ops/pack.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/half.h"

namespace sotto::ops {
namespace {

using gguf::TensorType;
using kernels::Packing;

// 32 values of one row on their way into a panel.
struct SubBlock {
  std::uint32_t dwords[8];   // the row's dword of each line: kS8: 8 of int8; others: 4 of nibbles, then the upper bits
  std::uint16_t headers[2];  // f16: the scale, and the minimum (kU6: the second half's scale)
};

template <class T>
T read(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::uint16_t read_half_bits(const std::byte* from) { return read<std::uint16_t>(from); }

float read_half(const std::byte* from) { return kernels::half_to_float(read_half_bits(from)); }

void read_nibbles(const std::byte* from, SubBlock& out) { std::memcpy(out.dwords, from, 16); }

// Bits 0, 4, 8 … 28 of `bits`, side by side.
std::uint32_t gather_every_fourth(std::uint32_t bits) {
  bits &= 0x11111111u;
  bits = (bits | bits >> 3) & 0x03030303u;
  bits = (bits | bits >> 6) & 0x000f000fu;
  return (bits | bits >> 12) & 0xffu;
}

// One bit a value, in the order of k, to a dword of the line of fifth bits.
std::uint32_t fifth_bits(std::uint32_t bits) {
  std::uint32_t line = 0;
  for (int byte = 0; byte < 4; ++byte) line |= gather_every_fourth(bits >> byte) << (8 * byte);
  return line;
}

// Each unpacks one block of a file into its runs of 32 values; `inverse` is 1 / the row's factor, for types whose
// scales are products.
void unpack_q4_0(const std::byte* block, float, SubBlock* out) {
  out->headers[0] = read_half_bits(block);
  out->headers[1] = kernels::float_to_half(-8 * read_half(block));
  read_nibbles(block + 2, *out);
}

void unpack_q4_1(const std::byte* block, float, SubBlock* out) {
  out->headers[0] = read_half_bits(block);
  out->headers[1] = read_half_bits(block + 2);
  read_nibbles(block + 4, *out);
}

void unpack_q5_0(const std::byte* block, float, SubBlock* out) {
  out->headers[0] = read_half_bits(block);
  out->headers[1] = kernels::float_to_half(-16 * read_half(block));
  out->dwords[4] = fifth_bits(read<std::uint32_t>(block + 2));
  read_nibbles(block + 6, *out);
}

void unpack_q5_1(const std::byte* block, float, SubBlock* out) {
  out->headers[0] = read_half_bits(block);
  out->headers[1] = read_half_bits(block + 2);
  out->dwords[4] = fifth_bits(read<std::uint32_t>(block + 4));
  read_nibbles(block + 8, *out);
}

void unpack_q8_0(const std::byte* block, float, SubBlock* out) {
  out->headers[0] = read_half_bits(block);
  std::memcpy(out->dwords, block + 2, 32);
}

// The 6-bit scale and minimum of sub-block `s`, packed into 12 bytes (Q4_K and Q5_K).
void read_k_scales(const std::byte* block, int s, float inverse, SubBlock& out) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(block + 4);
  int scale, minimum;
  if (s < 4) {
    scale = bytes[s] & 63;
    minimum = bytes[s + 4] & 63;
  } else {
    scale = (bytes[s + 4] & 15) | (bytes[s - 4] >> 6) << 4;
    minimum = (bytes[s + 4] >> 4) | (bytes[s] >> 6) << 4;
  }
  out.headers[0] = kernels::float_to_half(read_half(block) * inverse * static_cast<float>(scale));
  out.headers[1] = kernels::float_to_half(-read_half(block + 2) * inverse * static_cast<float>(minimum));
}

// Sub-blocks 2j and 2j+1 share 32 bytes: their low and their high halves.
void read_k_nibbles(const std::byte* bytes, bool high, SubBlock& out) {
  for (int c = 0; c < 4; ++c) {
    const auto first = read<std::uint32_t>(bytes + 4 * c), second = read<std::uint32_t>(bytes + 16 + 4 * c);
    out.dwords[c] = high ? (first >> 4 & 0x0f0f0f0fu) | (second & 0xf0f0f0f0u)
                         : (first & 0x0f0f0f0fu) | (second << 4 & 0xf0f0f0f0u);
  }
}

void unpack_q4_k(const std::byte* block, float inverse, SubBlock* out) {
  for (int s = 0; s < 8; ++s) {
    read_k_scales(block, s, inverse, out[s]);
    read_k_nibbles(block + 16 + 32 * (s / 2), s % 2 == 1, out[s]);
  }
}

void unpack_q5_k(const std::byte* block, float inverse, SubBlock* out) {
  const std::byte* fifth = block + 16;
  for (int s = 0; s < 8; ++s) {
    read_k_scales(block, s, inverse, out[s]);
    read_k_nibbles(block + 48 + 32 * (s / 2), s % 2 == 1, out[s]);
    std::uint32_t line = 0;
    for (int group = 0; group < 8; ++group) {
      line |= (read<std::uint32_t>(fifth + 4 * group) >> s & 0x01010101u) << group;
    }
    out[s].dwords[4] = line;
  }
}

void unpack_q6_k(const std::byte* block, float inverse, SubBlock* out) {
  const float d = read_half(block + 208) * inverse;
  for (int s = 0; s < 8; ++s) {
    const int n = s / 4, quarter = s % 4;  // halves of 128 values, each of four runs of 32
    const std::byte* low = block + 64 * n + 32 * (quarter % 2);
    const std::byte* high = block + 128 + 32 * n;
    read_k_nibbles(low, quarter >= 2, out[s]);
    for (int half = 0; half < 2; ++half) {
      std::uint32_t line = 0;
      for (int c = 0; c < 4; ++c) {
        line |= (read<std::uint32_t>(high + 16 * half + 4 * c) >> (2 * quarter) & 0x03030303u) << (2 * c);
      }
      out[s].dwords[4 + half] = line;
      out[s].headers[half] =
          kernels::float_to_half(d * static_cast<float>(read<std::int8_t>(block + 192 + 2 * s + half)));
    }
  }
}

// A bound on the magnitude of a block's scales and minimums; 0 where the scales are plain f16 and need no factor.
float no_bound(const std::byte*) { return 0; }

float bound_q45_k(const std::byte* block) {
  return 63 * std::max(std::fabs(read_half(block)), std::fabs(read_half(block + 2)));
}

float bound_q6_k(const std::byte* block) { return 128 * std::fabs(read_half(block + 208)); }

struct Rows {
  const std::byte* first;
  std::size_t row_bytes;
  int count;
  std::int64_t k;
};

// A power of two that brings the greatest product of scales below 2^14, well within f16's range.
template <float (*kBound)(const std::byte*)>
float row_factor(const std::byte* row, std::size_t block_bytes, std::int64_t n_blocks) {
  float greatest = 0;
  for (std::int64_t b = 0; b < n_blocks; ++b)
    greatest = std::max(greatest, kBound(row + static_cast<std::size_t>(b) * block_bytes));
  if (!(greatest > 0) || !std::isfinite(greatest)) return 1.0f;
  return std::ldexp(1.0f, std::ilogb(greatest) - 13);
}

template <Packing kPacking>
void write_sub_block(const SubBlock& in, int row, std::uint8_t* block) {
  constexpr int kHeaders = kPacking == Packing::kS8 ? 1 : 2;
  constexpr int kLines = kPacking == Packing::kS8 ? 8 : kPacking == Packing::kU4 ? 4 : kPacking == Packing::kU5 ? 5 : 6;
  for (int i = 0; i < kHeaders; ++i) std::memcpy(block + i * kernels::kScaleBytes + 2 * row, in.headers + i, 2);
  std::uint8_t* lines = block + kHeaders * kernels::kScaleBytes;
  for (int i = 0; i < kLines; ++i) std::memcpy(lines + i * kernels::kLineBytes + 4 * row, in.dwords + i, 4);
}

template <Packing kPacking, int kSubBlocks, void (*kUnpack)(const std::byte*, float, SubBlock*),
          float (*kBound)(const std::byte*)>
void pack(const Rows& rows, std::uint8_t* panel) {
  const std::int64_t n_blocks = rows.k / kernels::kBlock / kSubBlocks;
  const std::size_t in_bytes = rows.row_bytes / static_cast<std::size_t>(n_blocks);
  float factors[kernels::kPanelRows] = {}, inverses[kernels::kPanelRows];
  for (int r = 0; r < rows.count; ++r) {
    factors[r] = row_factor<kBound>(rows.first + static_cast<std::size_t>(r) * rows.row_bytes, in_bytes, n_blocks);
    inverses[r] = 1 / factors[r];
  }
  std::memcpy(panel, factors, sizeof factors);
  std::uint8_t* out = panel + kernels::kPanelHeaderBytes;
  for (std::int64_t b = 0; b < n_blocks; ++b, out += kSubBlocks * kernels::block_bytes(kPacking)) {
    for (int r = 0; r < rows.count; ++r) {
      SubBlock parts[kSubBlocks];
      kUnpack(rows.first + static_cast<std::size_t>(r) * rows.row_bytes + static_cast<std::size_t>(b) * in_bytes,
              inverses[r], parts);
      for (int s = 0; s < kSubBlocks; ++s)
        write_sub_block<kPacking>(parts[s], r, out + s * kernels::block_bytes(kPacking));
    }
  }
}

struct Format {
  TensorType type;
  Packing packing;
  void (*pack)(const Rows& rows, std::uint8_t* panel);
};

constexpr Format kFormats[] = {
    {TensorType::kQ4_0, Packing::kU4, pack<Packing::kU4, 1, unpack_q4_0, no_bound>},
    {TensorType::kQ4_1, Packing::kU4, pack<Packing::kU4, 1, unpack_q4_1, no_bound>},
    {TensorType::kQ5_0, Packing::kU5, pack<Packing::kU5, 1, unpack_q5_0, no_bound>},
    {TensorType::kQ5_1, Packing::kU5, pack<Packing::kU5, 1, unpack_q5_1, no_bound>},
    {TensorType::kQ8_0, Packing::kS8, pack<Packing::kS8, 1, unpack_q8_0, no_bound>},
    {TensorType::kQ4_K, Packing::kU4, pack<Packing::kU4, 8, unpack_q4_k, bound_q45_k>},
    {TensorType::kQ5_K, Packing::kU5, pack<Packing::kU5, 8, unpack_q5_k, bound_q45_k>},
    {TensorType::kQ6_K, Packing::kU6, pack<Packing::kU6, 8, unpack_q6_k, bound_q6_k>},
};

const Format* format_of(TensorType type) {
  const auto* found =
      std::find_if(std::begin(kFormats), std::end(kFormats), [&](const Format& f) { return f.type == type; });
  return found != std::end(kFormats) ? found : nullptr;
}

}  // namespace

std::optional<Packing> packing_for(TensorType type) {
  const Format* format = format_of(type);
  return format != nullptr ? std::optional(format->packing) : std::nullopt;
}

void pack_panel(TensorType type, const std::byte* rows, std::size_t row_bytes, int n_rows, std::int64_t k,
                std::uint8_t* panel) {
  const Format& format = *format_of(type);
  if (n_rows < kernels::kPanelRows) std::memset(panel, 0, kernels::panel_bytes(format.packing, k));
  format.pack({rows, row_bytes, n_rows, k}, panel);
}

}  // namespace sotto::ops
