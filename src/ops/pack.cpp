#include "ops/pack.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "kernels/half.h"

namespace sotto::ops {
namespace {

using gguf::TensorType;
using kernels::Packing;

// 32 values of one row on their way into a panel; dword c of `nibbles` holds k = 4c…4c+3 low and 16+4c… high.
struct SubBlock {
  std::array<std::uint32_t, 8> dwords{};  // kS8: 8 dwords of int8; others: 4 of nibbles, then the upper bits
  std::array<float, 2> scale{};           // kU6: one for each half; others: the first
  float minimum = 0;
};

template <class T>
T read(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

float read_half(const std::byte* from) { return kernels::half_to_float(read<std::uint16_t>(from)); }

void read_nibbles(const std::byte* from, SubBlock& out) { std::memcpy(out.dwords.data(), from, 16); }

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

void unpack_q4_0(const std::byte* block, SubBlock* out) {
  out->scale[0] = read_half(block);
  out->minimum = -8 * out->scale[0];
  read_nibbles(block + 2, *out);
}

void unpack_q4_1(const std::byte* block, SubBlock* out) {
  out->scale[0] = read_half(block);
  out->minimum = read_half(block + 2);
  read_nibbles(block + 4, *out);
}

void unpack_q5_0(const std::byte* block, SubBlock* out) {
  out->scale[0] = read_half(block);
  out->minimum = -16 * out->scale[0];
  out->dwords[4] = fifth_bits(read<std::uint32_t>(block + 2));
  read_nibbles(block + 6, *out);
}

void unpack_q5_1(const std::byte* block, SubBlock* out) {
  out->scale[0] = read_half(block);
  out->minimum = read_half(block + 2);
  out->dwords[4] = fifth_bits(read<std::uint32_t>(block + 4));
  read_nibbles(block + 8, *out);
}

void unpack_q8_0(const std::byte* block, SubBlock* out) {
  out->scale[0] = read_half(block);
  std::memcpy(out->dwords.data(), block + 2, 32);
}

// The 6-bit scale and minimum of sub-block `s`, packed into 12 bytes (Q4_K and Q5_K).
void read_k_scales(const std::byte* block, int s, SubBlock& out) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(block + 4);
  int scale, minimum;
  if (s < 4) {
    scale = bytes[s] & 63;
    minimum = bytes[s + 4] & 63;
  } else {
    scale = (bytes[s + 4] & 15) | (bytes[s - 4] >> 6) << 4;
    minimum = (bytes[s + 4] >> 4) | (bytes[s] >> 6) << 4;
  }
  out.scale[0] = read_half(block) * static_cast<float>(scale);
  out.minimum = -read_half(block + 2) * static_cast<float>(minimum);
}

// Sub-blocks 2j and 2j+1 share 32 bytes: their low and their high halves.
void read_k_nibbles(const std::byte* bytes, bool high, SubBlock& out) {
  for (int c = 0; c < 4; ++c) {
    const auto first = read<std::uint32_t>(bytes + 4 * c), second = read<std::uint32_t>(bytes + 16 + 4 * c);
    out.dwords[c] = high ? (first >> 4 & 0x0f0f0f0fu) | (second & 0xf0f0f0f0u)
                         : (first & 0x0f0f0f0fu) | (second << 4 & 0xf0f0f0f0u);
  }
}

void unpack_q4_k(const std::byte* block, SubBlock* out) {
  for (int s = 0; s < 8; ++s) {
    read_k_scales(block, s, out[s]);
    read_k_nibbles(block + 16 + 32 * (s / 2), s % 2 == 1, out[s]);
  }
}

void unpack_q5_k(const std::byte* block, SubBlock* out) {
  const std::byte* fifth = block + 16;
  for (int s = 0; s < 8; ++s) {
    read_k_scales(block, s, out[s]);
    read_k_nibbles(block + 48 + 32 * (s / 2), s % 2 == 1, out[s]);
    std::uint32_t line = 0;
    for (int group = 0; group < 8; ++group) {
      line |= (read<std::uint32_t>(fifth + 4 * group) >> s & 0x01010101u) << group;
    }
    out[s].dwords[4] = line;
  }
}

void unpack_q6_k(const std::byte* block, SubBlock* out) {
  const float d = read_half(block + 208);
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
      out[s].scale[half] = d * static_cast<float>(read<std::int8_t>(block + 192 + 2 * s + half));
    }
  }
}

struct Format {
  TensorType type;
  Packing packing;
  int sub_blocks;  // runs of 32 values in a block of the file
  void (*unpack)(const std::byte* block, SubBlock* out);
};

constexpr Format kFormats[] = {
    {TensorType::kQ4_0, Packing::kU4, 1, unpack_q4_0}, {TensorType::kQ4_1, Packing::kU4, 1, unpack_q4_1},
    {TensorType::kQ5_0, Packing::kU5, 1, unpack_q5_0}, {TensorType::kQ5_1, Packing::kU5, 1, unpack_q5_1},
    {TensorType::kQ8_0, Packing::kS8, 1, unpack_q8_0}, {TensorType::kQ4_K, Packing::kU4, 8, unpack_q4_k},
    {TensorType::kQ5_K, Packing::kU5, 8, unpack_q5_k}, {TensorType::kQ6_K, Packing::kU6, 8, unpack_q6_k},
};

const Format* format_of(TensorType type) {
  const auto* found = std::find_if(std::begin(kFormats), std::end(kFormats), [&](const Format& f) { return f.type == type; });
  return found != std::end(kFormats) ? found : nullptr;
}

void write_half(std::uint8_t* to, float value) {
  const std::uint16_t half = kernels::float_to_half(value);
  std::memcpy(to, &half, sizeof half);
}

void write_lines(std::uint8_t* to, const std::uint32_t* dwords, int n, int row) {
  for (int i = 0; i < n; ++i) std::memcpy(to + i * kernels::kLineBytes + 4 * row, dwords + i, 4);
}

void write_sub_block(Packing packing, const SubBlock& in, float inverse_factor, int row, std::uint8_t* block) {
  write_half(block + 2 * row, in.scale[0] * inverse_factor);
  if (packing == Packing::kS8) return write_lines(block + kernels::kS8Offset, in.dwords.data(), 8, row);
  write_half(block + kernels::kScaleBytes + 2 * row, (packing == Packing::kU6 ? in.scale[1] : in.minimum) * inverse_factor);
  const int lines = packing == Packing::kU4 ? 4 : packing == Packing::kU5 ? 5 : 6;
  write_lines(block + kernels::kNibbleOffset, in.dwords.data(), lines, row);
}

// The scales of K types are products that may leave f16's range: a power of two a row brings the greatest to 2^14.
float row_factor(const Format& format, const std::byte* row, std::size_t block_bytes, std::int64_t n_blocks) {
  if (format.sub_blocks == 1) return 1.0f;
  float greatest = 0;
  SubBlock parts[8];
  for (std::int64_t b = 0; b < n_blocks; ++b) {
    format.unpack(row + static_cast<std::size_t>(b) * block_bytes, parts);
    for (const SubBlock& part : parts) {
      greatest = std::max({greatest, std::fabs(part.scale[0]), std::fabs(part.scale[1]), std::fabs(part.minimum)});
    }
  }
  if (!(greatest > 0) || !std::isfinite(greatest)) return 1.0f;
  return std::ldexp(1.0f, std::ilogb(greatest) - 14);
}

}  // namespace

std::optional<Packing> packing_for(TensorType type) {
  const Format* format = format_of(type);
  return format != nullptr ? std::optional(format->packing) : std::nullopt;
}

void pack_panel(TensorType type, const std::byte* rows, std::size_t row_bytes, int n_rows, std::int64_t k,
                std::uint8_t* panel) {
  const Format& format = *format_of(type);
  const int out_bytes = kernels::block_bytes(format.packing);
  const std::int64_t n_blocks = k / kernels::kBlock / format.sub_blocks;
  const std::size_t in_bytes = row_bytes / static_cast<std::size_t>(n_blocks);
  if (n_rows < kernels::kPanelRows) std::memset(panel, 0, kernels::panel_bytes(format.packing, k));
  for (int r = 0; r < n_rows; ++r) {
    const std::byte* row = rows + static_cast<std::size_t>(r) * row_bytes;
    const float factor = row_factor(format, row, in_bytes, n_blocks);
    std::memcpy(panel + 4 * r, &factor, sizeof factor);
    std::uint8_t* out = panel + kernels::kPanelHeaderBytes;
    for (std::int64_t b = 0; b < n_blocks; ++b) {
      SubBlock parts[8];
      format.unpack(row + static_cast<std::size_t>(b) * in_bytes, parts);
      for (int s = 0; s < format.sub_blocks; ++s, out += out_bytes) {
        write_sub_block(format.packing, parts[s], 1 / factor, r, out);
      }
    }
  }
}

}  // namespace sotto::ops
