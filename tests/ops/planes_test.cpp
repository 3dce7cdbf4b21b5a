// Each plane must hold the bits that it should, and both be multiplied as the panels that they were made from.
#include "ops/planes.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "kernels/table.h"

namespace sotto::ops {
namespace {

using kernels::kBlock;
using kernels::kLineBytes;
using kernels::Packing;

struct Planes {
  std::vector<std::uint8_t> coarse, fine;
};

// Panels one after another, each split.
Planes split(Packing packing, const std::vector<std::uint8_t>& panels, std::int64_t k) {
  const std::size_t bytes = kernels::panel_bytes(packing, k), n_panels = panels.size() / bytes;
  const std::size_t coarse = kernels::coarse_panel_bytes(packing, k), fine = kernels::fine_panel_bytes(packing, k);
  Planes planes{std::vector<std::uint8_t>(n_panels * coarse), std::vector<std::uint8_t>(n_panels * fine)};
  for (std::size_t p = 0; p < n_panels; ++p) {
    split_panel(packing, panels.data() + p * bytes, k, planes.coarse.data() + p * coarse,
                planes.fine.data() + p * fine);
  }
  return planes;
}

constexpr int kPlanePanels = 3, kPlaneTokens = 9, kPlaneRows = kPlanePanels * kernels::kPanelRows;

std::vector<std::uint8_t> random_panels(std::mt19937& random, Packing packing, std::int64_t k) {
  const std::size_t bytes = kernels::panel_bytes(packing, k);
  std::vector<std::uint8_t> panels(kPlanePanels * bytes);
  for (auto& byte : panels) byte = static_cast<std::uint8_t>(random());
  const auto head_bytes = static_cast<std::size_t>(kernels::format_of(packing).head_bytes);
  const auto heads = static_cast<std::size_t>(kernels::heads_bytes(packing, k));
  for (std::size_t p = 0; p < kPlanePanels; ++p) {
    for (std::size_t head = 0; head < heads; head += head_bytes) {
      for (std::size_t i = 1; i < kernels::kScaleBytes; i += 2) panels[p * bytes + head + i] &= 0x3b;  // finite
    }
  }
  return panels;
}

// What kernel `table` makes of the first `n_tokens` tokens: [n_tokens, kPlaneRows].
std::vector<float> multiply(const kernels::Table& table, Packing packing, const kernels::Panels& panels,
                            const kernels::QuantizedRows& x, int n_tokens) {
  alignas(64) static std::uint8_t scratch[kernels::kScratchBytes];
  std::vector<float> out(static_cast<std::size_t>(n_tokens) * kPlaneRows);
  table.matmul[static_cast<int>(packing)](panels, kPlanePanels, x, n_tokens, out.data(), kPlaneRows, scratch);
  return out;
}

TEST(Planes, AreMultipliedAsThePanelsTheyWereMadeFrom) {
  std::mt19937 random{5};
  for (const Packing packing : {Packing::kQ8_0, Packing::kQ6_K}) {
    for (const std::int64_t k : {256, 768}) {
      const std::vector<std::uint8_t> panels = random_panels(random, packing, k);
      const Planes planes = split(packing, panels, k);
      EXPECT_EQ(planes.coarse.size() + planes.fine.size(), panels.size());
      std::vector<float> x(static_cast<std::size_t>(kPlaneTokens * k));
      for (float& value : x) value = std::normal_distribution<float>()(random);
      for (const auto isa : kernels::kEveryIsa) {
        const kernels::Table* table = kernels::table_for(isa);
        if (table == nullptr) continue;
        const std::int64_t n_blocks = k / kBlock;
        std::vector<kernels::QuantizedTile> tiles(static_cast<std::size_t>(2 * n_blocks));
        for (int t = 0; t < kPlaneTokens; ++t) {
          table->quantize(x.data() + t * k, n_blocks, tiles.data() + t / kernels::kTileTokens * n_blocks,
                          t % kernels::kTileTokens);
        }
        for (int n_tokens = 1; n_tokens <= kPlaneTokens; ++n_tokens) {
          EXPECT_EQ(multiply(*table, packing, {planes.coarse.data(), planes.fine.data()}, {tiles.data(), k}, n_tokens),
                    multiply(*table, packing, {panels.data()}, {tiles.data(), k}, n_tokens))
              << table->isa << ", " << n_tokens << " tokens";
        }
      }
    }
  }
}

// kernels/head.h's formulas, for every int8 there is: q = 16 (u - 8) + lower.
TEST(Planes, OfInt8AreItsNibbles) {
  const int k = 4 * kBlock;
  const auto heads = static_cast<int>(kernels::heads_bytes(Packing::kQ8_0, k));
  std::vector<std::uint8_t> panel(kernels::panel_bytes(Packing::kQ8_0, k));
  const auto at = [](int line, int byte, int lines, int header) { return header + line % lines * kLineBytes + byte; };
  for (int q = 0; q < 256; ++q) {
    for (int half = 0; half < 2; ++half) {
      const int byte = q % kLineBytes, line = q / kLineBytes + 4 * half;
      panel[static_cast<std::size_t>(at(line, byte, 8, heads))] = static_cast<std::uint8_t>(half == 0 ? q : 255 - q);
    }
  }
  const Planes planes = split(Packing::kQ8_0, panel, k);
  for (int q = 0; q < 256; ++q) {
    const int byte = q % kLineBytes, line = q / kLineBytes;
    const int upper = planes.coarse[static_cast<std::size_t>(at(line, byte, 4, heads))];
    const int lower = planes.fine[static_cast<std::size_t>(at(line, byte, 4, 0))];
    EXPECT_EQ(16 * ((upper & 15) - 8) + (lower & 15), static_cast<std::int8_t>(q));
    EXPECT_EQ(16 * ((upper >> 4) - 8) + (lower >> 4), static_cast<std::int8_t>(255 - q));
  }
}

// q - 32 = 4 u + lower - 32, for one value in the high half of line 2.
TEST(Planes, OfSixBitsAreTheUpperFourAndTheLowerTwo) {
  const int k = 256, byte = 21, line = 2;
  std::vector<std::uint8_t> panel(kernels::panel_bytes(Packing::kQ6_K, k));
  const auto heads = static_cast<std::size_t>(kernels::heads_bytes(Packing::kQ6_K, k));
  for (int q = 0; q < 64; ++q) {
    panel[heads + line * kLineBytes + byte] = static_cast<std::uint8_t>((q & 15) << 4);
    panel[heads + 5 * kLineBytes + byte] = static_cast<std::uint8_t>((q >> 4) << (2 * line));
    const Planes planes = split(Packing::kQ6_K, panel, k);
    const int upper = planes.coarse[heads + line * kLineBytes + byte] >> 4;
    const int lower = planes.fine[kLineBytes + byte] >> (2 * line) & 3;
    EXPECT_EQ(4 * upper + lower, q);
  }
}

}  // namespace
}  // namespace sotto::ops
