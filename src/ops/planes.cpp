#include "ops/planes.h"

#include <cstring>

namespace sotto::ops {
namespace {

using kernels::kLineBytes;
using kernels::Packing;

// `lines`: those of a block of kQ8_0.
void split_q8_0(const std::uint8_t* lines, std::uint8_t* coarse, std::uint8_t* fine) {
  for (int i = 0; i < 4 * kLineBytes; ++i) {
    const unsigned first = lines[i], second = lines[i + 4 * kLineBytes];
    coarse[i] = static_cast<std::uint8_t>((first >> 4 | (second & 0xf0)) ^ 0x88);
    fine[i] = static_cast<std::uint8_t>((first & 15) | (second & 15) << 4);
  }
}

// The upper 4 of 6 bits, whose lower 4 are `nibble` and upper 2 the lowest of `upper`.
unsigned upper_four(unsigned nibble, unsigned upper) { return nibble >> 2 | (upper & 3) << 2; }

// `lines`: those of 32 values of kQ6_K.
void split_q6_k(const std::uint8_t* lines, std::uint8_t* coarse, std::uint8_t* fine) {
  const std::uint8_t* low_halves = lines + 4 * kLineBytes;
  const std::uint8_t* high_halves = low_halves + kLineBytes;
  std::memset(fine, 0, 2 * kLineBytes);
  for (int i = 0; i < 4 * kLineBytes; ++i) {
    const int shift = i / kLineBytes * 2, at = i % kLineBytes;
    const unsigned low = lines[i] & 15u, high = lines[i] >> 4;
    coarse[i] = static_cast<std::uint8_t>(upper_four(low, low_halves[at] >> shift) |
                                          upper_four(high, high_halves[at] >> shift) << 4);
    fine[at] = static_cast<std::uint8_t>(fine[at] | (low & 3) << shift);
    fine[kLineBytes + at] = static_cast<std::uint8_t>(fine[kLineBytes + at] | (high & 3) << shift);
  }
}

}  // namespace

void split_panel(Packing packing, const std::uint8_t* panel, std::int64_t k, std::uint8_t* coarse, std::uint8_t* fine) {
  const std::int64_t heads = kernels::heads_bytes(packing, k);
  const auto split = packing == Packing::kQ8_0 ? split_q8_0 : split_q6_k;
  std::memcpy(coarse, panel, static_cast<std::size_t>(heads));
  panel += heads;
  coarse += heads;
  for (std::int64_t b = 0; b < k / kernels::kBlock; ++b) {
    split(panel, coarse, fine);
    panel += kernels::format_of(packing).lines * kLineBytes;
    coarse += kernels::kCoarseBytes;
    fine += kernels::fine_bytes(packing);
  }
}

}  // namespace sotto::ops
