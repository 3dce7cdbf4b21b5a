// The coarse pass: scalar against a formula in double precision, and every instruction set against scalar.
#include "kernels/head.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/half.h"
#include "kernels/table.h"

namespace sotto::kernels {
namespace {

constexpr int kK = 256, kPanels = 3, kRows = kPanels * kPanelRows;

struct Case {
  explicit Case(Packing of) : packing(of), panels(kPanels * coarse_panel_bytes(of, kK)) {
    for (auto& byte : panels) byte = static_cast<std::uint8_t>(random());
    for (int p = 0; p < kPanels; ++p) set_scales(panels.data() + p * coarse_panel_bytes(of, kK));
    fill(row, row_scales);
    fill(remainder, remainder_scales);
    for (std::size_t i = 0; i < shifts.size(); ++i) {
      shifts[i] = normal();
      energies[i] = std::fabs(normal());
    }
  }

  float normal() { return std::normal_distribution<float>()(random); }

  void set_scales(std::uint8_t* panel) {
    const int head_bytes = format_of(packing).head_bytes;
    for (int b = 0; b < kK / format_of(packing).block; ++b) {
      for (int r = 0; r < kPanelRows; ++r) {
        const std::uint16_t half = float_to_half(normal() * 0.05f);
        std::memcpy(panel + b * head_bytes + 2 * r, &half, sizeof half);
      }
    }
  }

  // The first block at the bounds of int8.
  void fill(std::vector<std::int8_t>& values, std::vector<float>& scales) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = i < kBlock ? std::int8_t{127} : static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
    }
    for (float& scale : scales) scale = std::fabs(normal()) * 0.1f;
  }

  CoarseInput input() const {
    return {kK,     row.data(), remainder.data(), row_scales.data(), remainder_scales.data(),
            listed, 1,          shifts.data(),    energies.data()};
  }

  void run(const Table& table, std::vector<float>& estimates, std::vector<float>& deviations) const {
    estimates.assign(kRows, NAN);
    deviations.assign(kRows, NAN);
    table.coarse[static_cast<int>(packing)](panels.data(), kPanels, input(), estimates.data(), deviations.data());
  }

  std::mt19937 random{11};
  Packing packing;
  std::vector<std::uint8_t> panels;
  std::vector<std::int8_t> row = std::vector<std::int8_t>(kK), remainder = row;
  std::vector<float> row_scales = std::vector<float>(kK / kBlock), remainder_scales = row_scales;
  std::vector<float> shifts = std::vector<float>(kK / kHalfBlock), energies = shifts;
  std::uint16_t listed[1] = {1};
};

struct Exact {
  double estimate = 0, variance = 0, size = 0;  // size: the sum of the terms' magnitudes
};

// The header's layout and formula, value by value.
Exact exact_row(const Case& c, int row) {
  const std::uint8_t* panel = c.panels.data() + row / kPanelRows * coarse_panel_bytes(c.packing, kK);
  const int r = row % kPanelRows;
  const std::uint8_t* lines = panel + kK / format_of(c.packing).block * format_of(c.packing).head_bytes;
  Exact exact;
  const auto add = [&](double term) {
    exact.estimate += term;
    exact.size += std::fabs(term);
  };
  for (int i = 0; i < kK; ++i) {
    const int b = i / kBlock, half = i % kBlock / kHalfBlock, line = i % kHalfBlock / 4;
    std::uint16_t bits;
    std::memcpy(&bits, panel + (c.packing == Packing::kQ8_0 ? 32 * b : 0) + 2 * r, sizeof bits);
    double scale = half_to_float(bits);
    if (c.packing == Packing::kQ6_K) scale *= static_cast<std::int8_t>(panel[32 + 16 * (2 * b + half) + r]);
    const int u = lines[(4 * b + line) * kLineBytes + 4 * r + i % 4] >> (4 * half) & 15;
    const auto at = static_cast<std::size_t>(i);
    const double rest = b == c.listed[0] ? double{c.remainder_scales[at / kBlock]} * c.remainder[at] : 0.0;
    const double x = double{c.row_scales[at / kBlock]} * c.row[at] + rest;
    add(scale * coarse_grid(c.packing).step * u * x);
    if (i % kHalfBlock != 0) continue;
    add(scale * c.shifts[at / kHalfBlock]);
    exact.variance += scale * scale * c.energies[at / kHalfBlock];
  }
  return exact;
}

TEST(CoarsePass, IsTheFormulaOnEveryInstructionSet) {
  for (const Packing packing : {Packing::kQ8_0, Packing::kQ6_K}) {
    const Case c(packing);
    for (const Isa isa : kEveryIsa) {
      const Table* table = table_for(isa);
      if (table == nullptr) continue;
      std::vector<float> estimates, deviations;
      c.run(*table, estimates, deviations);
      for (int row = 0; row < kRows; ++row) {
        const Exact exact = exact_row(c, row);
        const auto at = static_cast<std::size_t>(row);
        EXPECT_NEAR(estimates[at], exact.estimate, 1e-6 * exact.size) << table->isa << " row " << row;
        EXPECT_NEAR(deviations[at], std::sqrt(exact.variance), 1e-6 * std::sqrt(exact.variance)) << table->isa;
      }
    }
  }
}

// Constants of the header against what they stand for: mean and variance of the bits that the coarse plane lacks.
TEST(CoarsePass, GridHasTheMomentsOfTheLowerBits) {
  for (const auto& [packing, n_lower, zero_point] : {std::tuple{Packing::kQ8_0, 16, -128}, {Packing::kQ6_K, 4, -32}}) {
    double mean = 0, variance = 0;
    for (int lower = 0; lower < n_lower; ++lower) mean += double(lower) / n_lower;
    for (int lower = 0; lower < n_lower; ++lower) variance += (lower - mean) * (lower - mean) / n_lower;
    const CoarseGrid grid = coarse_grid(packing);
    EXPECT_EQ(grid.step, static_cast<float>(n_lower));
    EXPECT_FLOAT_EQ(grid.offset, static_cast<float>(zero_point + mean));
    EXPECT_FLOAT_EQ(grid.variance, static_cast<float>(variance));
  }
}

TEST(CoarsePass, WhatIsNoNumberIsNotHidden) {
  for (const Packing packing : {Packing::kQ8_0, Packing::kQ6_K}) {
    for (const Isa isa : kEveryIsa) {
      const Table* table = table_for(isa);
      if (table == nullptr) continue;
      std::vector<float> estimates, deviations;
      Case in_x(packing);
      in_x.row_scales[1] = NAN;
      in_x.run(*table, estimates, deviations);
      for (const float estimate : estimates) EXPECT_TRUE(std::isnan(estimate)) << table->isa;

      Case in_weights(packing);
      const std::uint16_t nan = 0x7e00;
      std::memcpy(in_weights.panels.data() + 2 * 5, &nan, sizeof nan);
      in_weights.run(*table, estimates, deviations);
      for (int row = 0; row < kRows; ++row) EXPECT_EQ(std::isnan(estimates[static_cast<std::size_t>(row)]), row == 5);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels
