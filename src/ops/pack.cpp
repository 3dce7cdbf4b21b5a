#include "ops/pack.h"

#include <algorithm>
#include <cstring>

namespace sotto::ops {
namespace {

using gguf::TensorType;
using kernels::kLineBytes;
using kernels::kPanelRows;
using kernels::Packing;

template <class T>
T read(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// Where the bits of one row go: its part of the head and of the lines of a block.
struct Place {
  std::uint8_t* head;
  std::uint8_t* lines;
  int row;

  void write_half(int offset, const std::byte* from) const { std::memcpy(head + offset + 2 * row, from, 2); }
  void write_dword(int line, std::uint32_t dword) const { std::memcpy(lines + line * kLineBytes + 4 * row, &dword, 4); }
};

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

void copy_lines(const std::byte* from, int count, const Place& to) {
  for (int c = 0; c < count; ++c) to.write_dword(c, read<std::uint32_t>(from + 4 * c));
}

void pack_q4_0(const std::byte* block, const Place& to) {
  to.write_half(0, block);
  copy_lines(block + 2, 4, to);
}

void pack_q4_1(const std::byte* block, const Place& to) {
  to.write_half(0, block);
  to.write_half(kernels::kScaleBytes, block + 2);
  copy_lines(block + 4, 4, to);
}

void pack_q5_0(const std::byte* block, const Place& to) {
  to.write_half(0, block);
  to.write_dword(4, fifth_bits(read<std::uint32_t>(block + 2)));
  copy_lines(block + 6, 4, to);
}

void pack_q5_1(const std::byte* block, const Place& to) {
  to.write_half(0, block);
  to.write_half(kernels::kScaleBytes, block + 2);
  to.write_dword(4, fifth_bits(read<std::uint32_t>(block + 4)));
  copy_lines(block + 8, 4, to);
}

void pack_q8_0(const std::byte* block, const Place& to) {
  to.write_half(0, block);
  copy_lines(block + 2, 8, to);
}

// Of Q4_K and Q5_K: 12 bytes hold 8 sub-scales and 8 sub-minimums of 6 bits.
void pack_sub_scales(const std::byte* from, const Place& to) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(from);
  std::uint8_t* low = to.head + kernels::kSubScaleOffset + to.row;
  std::uint8_t* top = to.head + kernels::kSubScaleTopOffset + to.row;
  for (int pair = 0; pair < 4; ++pair) top[pair * kPanelRows] = 0;
  for (int j = 0; j < 8; ++j) {
    const int scale = j < 4 ? bytes[j] & 63 : (bytes[j + 4] & 15) | (bytes[j - 4] >> 6) << 4;
    const int minimum = j < 4 ? bytes[j + 4] & 63 : (bytes[j + 4] >> 4) | (bytes[j] >> 6) << 4;
    low[j * kPanelRows] = static_cast<std::uint8_t>((scale & 15) | (minimum & 15) << 4);
    const int upper = scale >> 4 | (minimum >> 4) << 2;
    top[j / 2 * kPanelRows] = static_cast<std::uint8_t>(top[j / 2 * kPanelRows] | upper << (4 * (j % 2)));
  }
}

// 32 values, of which the low or the high halves of 32 bytes hold 4 bits each, to four lines.
void pack_nibbles(const std::byte* bytes, bool high, int first_line, const Place& to) {
  for (int c = 0; c < 4; ++c) {
    const auto first = read<std::uint32_t>(bytes + 4 * c), second = read<std::uint32_t>(bytes + 16 + 4 * c);
    to.write_dword(first_line + c, high ? (first >> 4 & 0x0f0f0f0fu) | (second & 0xf0f0f0f0u)
                                        : (first & 0x0f0f0f0fu) | (second << 4 & 0xf0f0f0f0u));
  }
}

void pack_q4_k(const std::byte* block, const Place& to) {
  to.write_half(0, block);
  to.write_half(kernels::kScaleBytes, block + 2);
  pack_sub_scales(block + 4, to);
  for (int run = 0; run < 8; ++run) pack_nibbles(block + 16 + 32 * (run / 2), run % 2 == 1, 4 * run, to);
}

void pack_q5_k(const std::byte* block, const Place& to) {
  to.write_half(0, block);
  to.write_half(kernels::kScaleBytes, block + 2);
  pack_sub_scales(block + 4, to);
  for (int run = 0; run < 8; ++run) {
    pack_nibbles(block + 48 + 32 * (run / 2), run % 2 == 1, 5 * run, to);
    std::uint32_t fifth = 0;
    for (int c = 0; c < 8; ++c) fifth |= (read<std::uint32_t>(block + 16 + 4 * c) >> run & 0x01010101u) << c;
    to.write_dword(5 * run + 4, fifth);
  }
}

void pack_q6_k(const std::byte* block, const Place& to) {
  to.write_half(0, block + 208);
  for (int j = 0; j < 16; ++j)
    to.head[kernels::kQ6SubScaleOffset + j * kPanelRows + to.row] = static_cast<std::uint8_t>(block[192 + j]);
  for (int run = 0; run < 8; ++run) {
    const int n = run / 4, quarter = run % 4;  // halves of 128 values, each of four runs of 32
    pack_nibbles(block + 64 * n + 32 * (quarter % 2), quarter >= 2, 6 * run, to);
    for (int half = 0; half < 2; ++half) {
      std::uint32_t upper = 0;
      for (int c = 0; c < 4; ++c) {
        const auto bits = read<std::uint32_t>(block + 128 + 32 * n + 16 * half + 4 * c);
        upper |= (bits >> (2 * quarter) & 0x03030303u) << (2 * c);
      }
      to.write_dword(6 * run + 4 + half, upper);
    }
  }
}

// The sub-scale of 6 bits of run j of n_runs. Its place is zero.
void write_six_bits(int scale, int n_runs, int j, const Place& to) {
  std::uint8_t& low = to.head[kernels::kSixBitOffset + j / 2 * kPanelRows + to.row];
  std::uint8_t& top = to.head[kernels::six_bit_top_offset(n_runs) + j / 4 * kPanelRows + to.row];
  low = static_cast<std::uint8_t>(low | (scale & 15) << 4 * (j % 2));
  top = static_cast<std::uint8_t>(top | scale >> 4 << 2 * (j % 4));
}

void clear_six_bits(int n_runs, const Place& to) {
  for (int byte = 0; byte < n_runs * 3 / 4; ++byte) to.head[kernels::kSixBitOffset + byte * kPanelRows + to.row] = 0;
}

// 16 sub-scales of 6 bits in 12 bytes: the lower four bits of scale j in byte j mod 8, the upper two in byte 8 + j
// mod 4.
void pack_q3_k_scales(const std::byte* from, const Place& to) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(from);
  clear_six_bits(16, to);
  for (int j = 0; j < 16; ++j) {
    const int low = bytes[j % 8] >> 4 * (j / 8) & 15, top = bytes[8 + j % 4] >> 2 * (j / 4) & 3;
    write_six_bits(low | top << 4, 16, j, to);
  }
}

void pack_q3_k(const std::byte* block, const Place& to) {
  to.write_half(0, block + 108);
  pack_q3_k_scales(block + 96, to);
  for (int run = 0; run < 8; ++run) {
    std::uint32_t q[8];
    for (int c = 0; c < 8; ++c) {
      const auto pairs = read<std::uint32_t>(block + 32 + 32 * (run / 4) + 4 * c);
      const auto third = read<std::uint32_t>(block + 4 * c);
      q[c] = (pairs >> (2 * (run % 4)) & 0x03030303u) | (third >> run & 0x01010101u) << 2;
    }
    to.write_dword(3 * run, q[0] | q[3] << 3 | (q[6] & 0x03030303u) << 6);
    to.write_dword(3 * run + 1, q[1] | q[4] << 3 | (q[7] & 0x03030303u) << 6);
    to.write_dword(3 * run + 2, q[2] | q[5] << 3 | (q[6] & 0x04040404u) << 4 | (q[7] & 0x04040404u) << 5);
  }
}

void pack_iq4_xs(const std::byte* block, const Place& to) {
  to.write_half(0, block);
  clear_six_bits(8, to);
  const unsigned top = read<std::uint16_t>(block + 2);
  for (int run = 0; run < 8; ++run) {
    const int low = static_cast<int>(block[4 + run / 2]) >> 4 * (run % 2) & 15;
    write_six_bits(low | static_cast<int>(top >> 2 * run & 3) << 4, 8, run, to);
  }
  copy_lines(block + 8, 32, to);
}

void pack_mxfp4(const std::byte* block, const Place& to) {
  to.head[to.row] = static_cast<std::uint8_t>(block[0]);
  copy_lines(block + 1, 4, to);
}

struct Packer {
  TensorType type;
  Packing packing;
  void (*pack_block)(const std::byte* block, const Place& to);
};

constexpr Packer kPackers[] = {
    {TensorType::kQ4_0, Packing::kQ4_0, pack_q4_0},       {TensorType::kQ4_1, Packing::kQ4_1, pack_q4_1},
    {TensorType::kQ5_0, Packing::kQ5_0, pack_q5_0},       {TensorType::kQ5_1, Packing::kQ5_1, pack_q5_1},
    {TensorType::kQ8_0, Packing::kQ8_0, pack_q8_0},       {TensorType::kQ4_K, Packing::kQ4_K, pack_q4_k},
    {TensorType::kQ5_K, Packing::kQ5_K, pack_q5_k},       {TensorType::kQ6_K, Packing::kQ6_K, pack_q6_k},
    {TensorType::kQ3_K, Packing::kQ3_K, pack_q3_k},       {TensorType::kIQ4_NL, Packing::kIQ4_NL, pack_q4_0},
    {TensorType::kIQ4_XS, Packing::kIQ4_XS, pack_iq4_xs}, {TensorType::kMXFP4, Packing::kMXFP4, pack_mxfp4},
};

const Packer* packer_of(TensorType type) {
  const auto* found =
      std::find_if(std::begin(kPackers), std::end(kPackers), [&](const Packer& p) { return p.type == type; });
  return found != std::end(kPackers) ? found : nullptr;
}

}  // namespace

std::optional<Packing> packing_for(TensorType type) {
  const Packer* packer = packer_of(type);
  return packer != nullptr ? std::optional(packer->packing) : std::nullopt;
}

void pack_panel(TensorType type, const std::byte* rows, std::size_t row_bytes, int n_rows, std::int64_t k,
                std::uint8_t* panel) {
  const Packer& packer = *packer_of(type);
  const kernels::Format format = kernels::format_of(packer.packing);
  if (n_rows < kPanelRows) std::memset(panel, 0, kernels::panel_bytes(packer.packing, k));
  const std::int64_t n_blocks = k / format.block;
  const std::size_t block_bytes = row_bytes / static_cast<std::size_t>(n_blocks);
  std::uint8_t* lines = panel + kernels::heads_bytes(packer.packing, k);
  const std::int64_t lines_bytes = format.block / kernels::kBlock * format.lines * kLineBytes;
  for (std::int64_t b = 0; b < n_blocks; ++b) {
    for (int r = 0; r < n_rows; ++r) {
      packer.pack_block(rows + static_cast<std::size_t>(r) * row_bytes + static_cast<std::size_t>(b) * block_bytes,
                        {panel + b * format.head_bytes, lines + b * lines_bytes, r});
    }
  }
}

}  // namespace sotto::ops
