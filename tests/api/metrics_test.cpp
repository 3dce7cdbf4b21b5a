#include "api/metrics.h"

#include <gtest/gtest.h>

namespace sotto::api {
namespace {

TEST(Metrics, AreSumsAndOneMaximum) {
  Metrics metrics;
  Usage usage;
  usage.prompt_tokens = 30;
  usage.cached_tokens = 10;
  usage.completion_tokens = 5;
  usage.drafted_tokens = 4;
  usage.accepted_tokens = 3;
  usage.prefill_ms = 1500;
  usage.decode_ms = 250;
  metrics.add(usage, 20);
  usage.prompt_tokens = 12;
  metrics.add(usage, 2);
  const Totals totals = metrics.totals();
  EXPECT_EQ(totals.answers, 2u);
  EXPECT_EQ(totals.read_tokens, 22u);
  EXPECT_EQ(totals.cached_tokens, 20u);
  EXPECT_EQ(totals.completion_tokens, 10u);
  EXPECT_EQ(totals.drafted_tokens, 8u);
  EXPECT_EQ(totals.accepted_tokens, 6u);
  EXPECT_EQ(totals.most_tokens, 35u);
  EXPECT_DOUBLE_EQ(totals.prefill_s, 3);
  EXPECT_DOUBLE_EQ(totals.decode_s, 0.5);
}

}  // namespace
}  // namespace sotto::api
