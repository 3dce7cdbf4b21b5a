#include "base/highest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sotto::base {
namespace {

TEST(Highest, OfEveryCountAndPlace) {
  for (std::size_t n = 1; n < 40; ++n) {
    for (std::size_t at = 0; at < n; ++at) {
      std::vector<float> values(n, -2.0f);
      values[at] = -1.5f;
      EXPECT_EQ(highest_of(values), -1.5f) << at << " of " << n;
      EXPECT_EQ(index_of_highest(values), static_cast<std::ptrdiff_t>(at)) << n;
      values.back() = -1.5f;
      EXPECT_EQ(index_of_highest(values), static_cast<std::ptrdiff_t>(at)) << n;
    }
  }
}

TEST(Highest, OfNoneAndOfWhatIsNoNumber) {
  EXPECT_EQ(highest_of({}), -INFINITY);
  EXPECT_EQ(highest_of(std::vector<float>(9, -INFINITY)), -INFINITY);
  EXPECT_EQ(index_of_highest({}), -1);
  EXPECT_EQ(index_of_highest(std::vector<float>(9, -INFINITY)), -1);
  EXPECT_EQ(index_of_highest(std::vector<float>(9, NAN)), -1);
  for (std::size_t at = 0; at < 17; ++at) {
    std::vector<float> values(17, 3.0f);
    values[at] = NAN;
    EXPECT_EQ(highest_of(values), 3.0f) << at;
  }
}

}  // namespace
}  // namespace sotto::base
