#include "engine/rng.h"

#include <gtest/gtest.h>
#include <vector>

namespace sotto::engine {
namespace {

// The values that the algorithm's published reference gives.
TEST(Rng, MatchesThePublishedSequence) {
  Rng rng(1234567);
  for (const std::uint64_t expected :
       {6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u, 16408922859458223821u})
    EXPECT_EQ(rng.next(), expected);
}

TEST(Rng, UniformFillsTheUnitIntervalEvenly) {
  Rng rng(3);
  std::vector<int> bins(64);
  const int draws = 64 * 4000;
  for (int i = 0; i < draws; ++i) {
    const double u = rng.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    ++bins[static_cast<std::size_t>(u * 64)];
  }
  double chi_square = 0;
  for (const int n : bins) chi_square += (n - 4000.0) * (n - 4000.0) / 4000.0;
  EXPECT_LT(chi_square, 103.4);  // 63 degrees of freedom, p = 0.001
}

}  // namespace
}  // namespace sotto::engine
