// Every entry in plain C++: the reference that the others are compared with, and the way on unknown processors.
#include "kernels/half.h"
#include "kernels/lanes.inc"
#include "kernels/table.h"

namespace sotto::kernels {

void fill_scalar_attention(Table& table) noexcept;
void fill_scalar_head(Table& table) noexcept;

namespace {

// Of kQ3_K: value 4 c + byte mod 4.
int three_bits(const std::uint8_t* lines, int c, int byte) noexcept {
  if (c < 6) return lines[c % 3 * kLineBytes + byte] >> (c / 3 * 3) & 7;
  return lines[(c - 6) * kLineBytes + byte] >> 6 | (lines[2 * kLineBytes + byte] >> c & 1) << 2;
}

// Value i of 32 of one row, without its zero point.
int integer_at(Packing packing, const std::uint8_t* lines, int row, int i) noexcept {
  const Format format = format_of(packing);
  if (format.lines == 8) return static_cast<std::int8_t>(lines[i / 4 * kLineBytes + row * 4 + i % 4]);
  const int half = i / 16, line = i % 16 / 4, byte = row * 4 + i % 4;
  if (format.bits == 3) return three_bits(lines, i / 4, byte);
  const int q = (lines[line * kLineBytes + byte] >> (4 * half)) & 15;
  if (format.codes != Codes::kNone) return kCodes[static_cast<int>(format.codes)][q];
  const std::uint8_t* upper = lines + 4 * kLineBytes;
  if (format.bits == 5) return q | ((upper[byte] >> (4 * half + line)) & 1) << 4;
  if (format.bits == 6) return q | ((upper[half * kLineBytes + byte] >> (2 * line)) & 3) << 4;
  return q;
}

// The same from two planes.
int joined_at(Packing packing, const std::uint8_t* coarse, const std::uint8_t* fine, int row, int i) noexcept {
  const int half = i / 16, line = i % 16 / 4, byte = row * 4 + i % 4;
  const int upper = (coarse[line * kLineBytes + byte] >> (4 * half)) & 15;
  if (packing == Packing::kQ6_K) return upper << 2 | ((fine[half * kLineBytes + byte] >> (2 * line)) & 3);
  return (upper << 4 | ((fine[line * kLineBytes + byte] >> (4 * half)) & 15)) - 128;
}

// The 6-bit sub-scale of a run of 32 values, or its sub-minimum.
int six_bits(const std::uint8_t* head, int run, int row, bool minimum) noexcept {
  const int low = head[kSubScaleOffset + run * kPanelRows + row] >> (minimum ? 4 : 0) & 15;
  const int shift = 4 * (run % 2) + (minimum ? 2 : 0);
  return low | (head[kSubScaleTopOffset + run / 2 * kPanelRows + row] >> shift & 3) << 4;
}

// The 6-bit sub-scale of run j of n_runs.
int six_bit_scale(const std::uint8_t* head, int n_runs, int j, int row) noexcept {
  const int low = head[kSixBitOffset + j / 2 * kPanelRows + row] >> (4 * (j % 2)) & 15;
  const int top = head[six_bit_top_offset(n_runs) + j / 4 * kPanelRows + row] >> (2 * (j % 4)) & 3;
  return (low | top << 4) - 32;
}

float scale_of(Packing packing, const std::uint8_t* head, int run, int half, int row) noexcept {
  if (packing == Packing::kMXFP4) return __builtin_ldexpf(1.0f, head[row] - 128);
  const float scale = half_at(head, row);
  if (packing == Packing::kQ3_K) return scale * static_cast<float>(six_bit_scale(head, 16, 2 * run + half, row));
  if (packing == Packing::kIQ4_XS) return scale * static_cast<float>(six_bit_scale(head, 8, run, row));
  if (packing == Packing::kQ6_K) {
    const int sub_scale = static_cast<std::int8_t>(head[kQ6SubScaleOffset + (2 * run + half) * kPanelRows + row]);
    return scale * static_cast<float>(sub_scale);
  }
  return format_of(packing).block == kBlock ? scale : scale * static_cast<float>(six_bits(head, run, row, false));
}

float minimum_of(Packing packing, const std::uint8_t* head, int run, int row) noexcept {
  const float minimum = half_at(head + kScaleBytes, row);
  return format_of(packing).block == kBlock ? minimum : -minimum * static_cast<float>(six_bits(head, run, row, true));
}

// What block b of a row adds to its product with a token.
float add_block(Packing packing, const Panels& panel, int row, const QuantizedRows& x, std::int64_t token,
                std::int64_t b, float total) noexcept {
  const Format format = format_of(packing);
  const std::int64_t runs = format.block / kBlock;
  const QuantizedTile& tile = x.tiles[token / kTileTokens * (x.k / kBlock) + b];
  const auto t = token % kTileTokens;
  const std::uint8_t* head = panel.bytes + b / runs * format.head_bytes;
  const std::uint8_t* lines = panel.bytes + heads_bytes(packing, x.k);
  const auto integer = [&](int i) {
    if (panel.fine == nullptr) return integer_at(packing, lines + b * format.lines * kLineBytes, row, i);
    return joined_at(packing, lines + b * kCoarseBytes, panel.fine + b * fine_bytes(packing), row, i);
  };
  const int run = static_cast<int>(b % runs);
  for (int first = 0; first < kBlock; first += format.scale_span) {
    int sum = 0;
    for (int i = first; i < first + format.scale_span; ++i) sum += (integer(i) - format.zero_point) * tile.values[t][i];
    total += scale_of(packing, head, run, first / 16, row) * tile.scales[t] * static_cast<float>(sum);
  }
  return format.minimum ? total + minimum_of(packing, head, run, row) * tile.sums[t] : total;
}

bool is_taken(const QuantizedRows& x, std::int64_t token, std::int64_t b) noexcept {
  if (x.taken == nullptr) return true;
  const std::int64_t chunk = b / kChunkBlocks, bit = b % kChunkBlocks;
  return (x.taken[token / kTileTokens * n_chunks(x.k) + chunk] >> bit & 1) != 0;
}

template <Packing kPacking>
void matmul(const Panels& panels, std::int64_t n_panels, const QuantizedRows& x, std::int64_t n_tokens, float* out,
            std::int64_t out_stride, std::uint8_t*) noexcept {
  const bool whole = panels.fine == nullptr;
  const std::size_t stride = whole ? panel_bytes(kPacking, x.k) : coarse_panel_bytes(kPacking, x.k);
  const std::size_t fine_stride = whole ? 0 : fine_panel_bytes(kPacking, x.k);
  for (std::int64_t p = 0; p < n_panels; ++p) {
    const auto at = static_cast<std::size_t>(p);
    const Panels panel{panels.bytes + at * stride, panels.fine + at * fine_stride};
    for (std::int64_t t = 0; t < n_tokens; ++t) {
      for (int r = 0; r < kPanelRows; ++r) {
        float& total = out[t * out_stride + p * kPanelRows + r];
        if (x.taken == nullptr) total = 0;
        for (std::int64_t b = 0; b < x.k / kBlock; ++b) {
          if (is_taken(x, t, b)) total = add_block(kPacking, panel, r, x, t, b, total);
        }
      }
    }
  }
}

void gemm(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, float* c, std::int64_t c_stride,
          std::int64_t m, std::int64_t n, std::int64_t k) noexcept {
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) c[i * c_stride + j] = 0;
    for (std::int64_t l = 0; l < k; ++l) {
      for (std::int64_t j = 0; j < n; ++j) c[i * c_stride + j] += a[i * a_stride + l] * b[l * b_stride + j];
    }
  }
}

void f16_to_f32(const std::uint16_t* x, float* out, std::int64_t n) noexcept {
  for (std::int64_t i = 0; i < n; ++i) out[i] = half_to_float(x[i]);
}

void f32_to_f16(const float* x, std::uint16_t* out, std::int64_t n) noexcept {
  for (std::int64_t i = 0; i < n; ++i) out[i] = float_to_half(x[i]);
}

}  // namespace

void fill_scalar(Table& table) noexcept {
  const MatmulFn kernels[kPackings] = {matmul<Packing::kQ4_0>,   matmul<Packing::kQ4_1>,   matmul<Packing::kQ5_0>,
                                       matmul<Packing::kQ5_1>,   matmul<Packing::kQ8_0>,   matmul<Packing::kQ4_K>,
                                       matmul<Packing::kQ5_K>,   matmul<Packing::kQ6_K>,   matmul<Packing::kQ3_K>,
                                       matmul<Packing::kIQ4_NL>, matmul<Packing::kIQ4_XS>, matmul<Packing::kMXFP4>};
  for (int i = 0; i < kPackings; ++i) table.matmul[i] = kernels[i];
  table.gemm = gemm;
  table.f16_to_f32 = f16_to_f32;
  table.f32_to_f16 = f32_to_f16;
  fill_lanes(table);
  fill_scalar_attention(table);
  fill_scalar_head(table);
}

}  // namespace sotto::kernels
