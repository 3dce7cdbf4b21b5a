#include "catalog/units.h"

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

TEST(Units, ThreeDigits) {
  EXPECT_EQ(human_bytes(0), "0 bytes");
  EXPECT_EQ(human_bytes(999), "999 bytes");
  EXPECT_EQ(human_bytes(1000), "1.00 kB");
  EXPECT_EQ(human_bytes(98362432), "98.4 MB");
  EXPECT_EQ(human_bytes(999'499'999), "999 MB");
  EXPECT_EQ(human_bytes(999'500'000), "1.00 GB");
  EXPECT_EQ(human_bytes(1'060'000'000), "1.06 GB");
  EXPECT_EQ(human_bytes(9'996'000'000), "10.0 GB");
  EXPECT_EQ(human_bytes(UINT64_MAX), "18447 PB");
}

}  // namespace
}  // namespace sotto::catalog
