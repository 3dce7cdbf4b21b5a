#include "adapter/adapter.h"

#include <vector>

#include <gtest/gtest.h>

namespace sotto::adapter {
namespace {

TEST(AddUp, PutsRanksOneAfterAnotherAndScalesIntoB) {
  const Change a{"m", 2, 2, 1, 2, {1, 2}, {3, 4}}, b{"m", 2, 2, 2, -1, {5, 6, 7, 8}, {1, 2, 3, 4}};
  const Change c{"n", 1, 1, 1, 1, {1}, {1}};
  const Adapter adapters[] = {{"x", {a, c}, 0}, {"y", {b}, 0}};
  const std::vector<Change> sums = add_up(adapters);
  ASSERT_EQ(sums.size(), 2u);
  EXPECT_EQ(sums[0].tensor, "m");
  EXPECT_EQ(sums[0].rank, 3);
  EXPECT_EQ(sums[0].down, (std::vector<float>{1, 2, 5, 6, 7, 8}));
  EXPECT_EQ(sums[0].up, (std::vector<float>{6, -1, -2, 8, -3, -4}));
  EXPECT_EQ(sums[1].tensor, "n");
}

}  // namespace
}  // namespace sotto::adapter
