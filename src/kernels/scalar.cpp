// Every entry in plain C++: the reference that the others are compared with, and the way on unknown processors.
#include "kernels/half.h"
#include "kernels/lanes.inc"
#include "kernels/table.h"

namespace sotto::kernels {
namespace {

// The 32 integers of one row in a block.
void unpack_row(Packing packing, const std::uint8_t* block, int row, int out[kBlock]) noexcept {
  if (packing == Packing::kS8) {
    for (int i = 0; i < kBlock; ++i) {
      out[i] = static_cast<std::int8_t>(block[kS8Offset + (i / 4) * kLineBytes + row * 4 + i % 4]);
    }
    return;
  }
  for (int i = 0; i < kBlock; ++i) {
    const int half = i / 16, line = i % 16 / 4, byte = row * 4 + i % 4;
    int q = (block[kNibbleOffset + line * kLineBytes + byte] >> (4 * half)) & 15;
    if (packing == Packing::kU5) q |= ((block[kHighOffset + byte] >> (4 * half + line)) & 1) << 4;
    if (packing == Packing::kU6) q |= ((block[kHighOffset + half * kLineBytes + byte] >> (2 * line)) & 3) << 4;
    out[i] = q;
  }
}

float half_at(const std::uint8_t* bytes, int index) noexcept {
  std::uint16_t half;
  std::memcpy(&half, bytes + 2 * index, sizeof half);
  return half_to_float(half);
}

int dot(const int* q, const std::int8_t* x, int n) noexcept {
  int sum = 0;
  for (int i = 0; i < n; ++i) sum += q[i] * x[i];
  return sum;
}

float block_value(Packing packing, const std::uint8_t* block, int row, const std::int8_t* x, float scale,
                  const float* sums) noexcept {
  int q[kBlock];
  unpack_row(packing, block, row, q);
  if (packing == Packing::kU6) {
    float value = 0;
    for (int h = 0; h < 2; ++h) {
      const float row_scale = half_at(block + h * kScaleBytes, row);
      const float product = static_cast<float>(dot(q + h * kHalfBlock, x + h * kHalfBlock, kHalfBlock));
      value += row_scale * (scale * product - 32 * sums[h]);
    }
    return value;
  }
  const float product = half_at(block, row) * scale * static_cast<float>(dot(q, x, kBlock));
  if (packing == Packing::kS8) return product;
  return product + half_at(block + kScaleBytes, row) * (sums[0] + sums[1]);
}

float row_value(Packing packing, const std::uint8_t* panel, int row, const QuantizedRows& x,
                std::int64_t token) noexcept {
  const std::int64_t n_blocks = x.k / kBlock, list = token / kTileRows;
  const std::int64_t n_taken = x.listed != nullptr ? x.n_listed[list] : n_blocks;
  float total = 0;
  for (std::int64_t i = 0; i < n_taken; ++i) {
    const std::int64_t b = x.listed != nullptr ? x.listed[list * n_blocks + i] : i;
    total += block_value(packing, panel + kPanelHeaderBytes + b * block_bytes(packing), row,
                         x.values + token * x.k + b * kBlock, x.scales[token * n_blocks + b],
                         x.sums + (token * n_blocks + b) * 2);
  }
  float factor;
  std::memcpy(&factor, panel + 4 * row, sizeof factor);
  return total * factor;
}

template <Packing kPacking>
void matmul(const std::uint8_t* panels, std::int64_t n_panels, const QuantizedRows& x, std::int64_t n_tokens,
            float* out, std::int64_t out_stride) noexcept {
  for (std::int64_t p = 0; p < n_panels; ++p) {
    const std::uint8_t* panel = panels + static_cast<std::size_t>(p) * panel_bytes(kPacking, x.k);
    for (std::int64_t t = 0; t < n_tokens; ++t) {
      for (int r = 0; r < kPanelRows; ++r) {
        float& to = out[t * out_stride + p * kPanelRows + r];
        const float product = row_value(kPacking, panel, r, x, t);
        to = x.listed != nullptr ? to + product : product;
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
  table.isa = "scalar";
  table.matmul[static_cast<int>(Packing::kU4)] = matmul<Packing::kU4>;
  table.matmul[static_cast<int>(Packing::kU5)] = matmul<Packing::kU5>;
  table.matmul[static_cast<int>(Packing::kU6)] = matmul<Packing::kU6>;
  table.matmul[static_cast<int>(Packing::kS8)] = matmul<Packing::kS8>;
  table.gemm = gemm;
  table.f16_to_f32 = f16_to_f32;
  table.f32_to_f16 = f32_to_f16;
  fill_lanes(table);
}

}  // namespace sotto::kernels
