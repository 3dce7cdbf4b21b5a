// The vocabulary head's coarse pass in plain C++: the reference of the others.
#include <math.h>

#include "kernels/half.h"
#include "kernels/table.h"

namespace sotto::kernels {
namespace {

// Half `h` of one row in a block, times its 16 activations.
int dot(const std::uint8_t* lines, int row, int h, const std::int8_t* x) noexcept {
  int sum = 0;
  for (int i = 0; i < kHalfBlock; ++i) {
    sum += (lines[i / 4 * kLineBytes + row * 4 + i % 4] >> (4 * h) & 15) * x[h * kHalfBlock + i];
  }
  return sum;
}

// Of half `h` of block `b`.
float row_scale(Packing packing, const std::uint8_t* heads, int row, std::int64_t b, int h) noexcept {
  if (packing == Packing::kQ8_0) return half_at(heads + b * kScaleBytes, row);
  const std::uint8_t* head = heads + b / 8 * format_of(packing).head_bytes;
  const int sub_scale = static_cast<std::int8_t>(head[kQ6SubScaleOffset + (b % 8 * 2 + h) * kPanelRows + row]);
  return half_at(head, row) * static_cast<float>(sub_scale);
}

// The products of one row's upper bits in block `b`.
float block_value(Packing packing, const std::uint8_t* panel, int row, std::int64_t k, const std::int8_t* values,
                  float x_scale, std::int64_t b) noexcept {
  const std::uint8_t* lines = panel + heads_bytes(packing, k) + b * kCoarseBytes;
  float value = 0;
  for (int h = 0; h < 2; ++h) {
    value += row_scale(packing, panel, row, b, h) * static_cast<float>(dot(lines, row, h, values + b * kBlock));
  }
  return coarse_grid(packing).step * x_scale * value;
}

template <Packing kPacking>
void coarse(const std::uint8_t* panels, std::int64_t n_panels, const CoarseInput& x, float* estimates,
            float* deviations) noexcept {
  for (std::int64_t i = 0; i < n_panels * kPanelRows; ++i) {
    const int row = static_cast<int>(i % kPanelRows);
    const std::uint8_t* panel = panels + static_cast<std::size_t>(i / kPanelRows) * coarse_panel_bytes(kPacking, x.k);
    float estimate = 0, variance = 0;
    for (std::int64_t b = 0; b < x.k / kBlock; ++b) {
      estimate += block_value(kPacking, panel, row, x.k, x.values, x.scales[b], b);
      for (int h = 0; h < 2; ++h) {
        const float scale = row_scale(kPacking, panel, row, b, h);
        estimate += scale * x.shifts[2 * b + h];
        variance += scale * scale * x.energies[2 * b + h];
      }
    }
    for (std::int64_t j = 0; j < x.n_listed; ++j) {
      const std::int64_t b = x.listed[j];
      estimate += block_value(kPacking, panel, row, x.k, x.remainder, x.remainder_scales[b], b);
    }
    estimates[i] = estimate;
    deviations[i] = sqrtf(variance);
  }
}

}  // namespace

void fill_scalar_head(Table& table) noexcept {
  table.coarse[static_cast<int>(Packing::kQ8_0)] = coarse<Packing::kQ8_0>;
  table.coarse[static_cast<int>(Packing::kQ6_K)] = coarse<Packing::kQ6_K>;
}

}  // namespace sotto::kernels
