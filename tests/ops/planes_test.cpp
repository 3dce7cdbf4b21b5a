// Two planes and back: every byte of a panel must return, and each plane hold the bits that it should.
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

Planes split(Packing packing, const std::vector<std::uint8_t>& panel, std::int64_t k) {
  Planes planes{std::vector<std::uint8_t>(kernels::coarse_panel_bytes(packing, k)),
                std::vector<std::uint8_t>(kernels::fine_panel_bytes(packing, k))};
  split_panel(packing, panel.data(), k, planes.coarse.data(), planes.fine.data());
  return planes;
}

TEST(Planes, JoinedAgainAreThePanel) {
  std::mt19937 random{5};
  for (const Packing packing : {Packing::kQ8_0, Packing::kQ6_K}) {
    for (const std::int64_t k : {256, 768}) {
      std::vector<std::uint8_t> panel(kernels::panel_bytes(packing, k));
      for (auto& byte : panel) byte = static_cast<std::uint8_t>(random());
      const Planes planes = split(packing, panel, k);
      EXPECT_EQ(planes.coarse.size() + planes.fine.size(), panel.size());
      for (const auto isa : {kernels::Isa::kScalar, kernels::Isa::kAvx2, kernels::Isa::kAvx512Vnni}) {
        const kernels::Table* table = kernels::table_for(isa);
        if (table == nullptr) continue;
        std::vector<std::uint8_t> joined(panel.size());
        table->join[static_cast<int>(packing)](planes.coarse.data(), planes.fine.data(), k, joined.data());
        EXPECT_EQ(joined, panel) << table->isa;
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
